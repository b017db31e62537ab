# User space of the guest. user/crt + user/libc -> libc.a, user/libbpf -> libbpf.a; every user/bin/NAME.{c,cc} is a
# program /bin/NAME, every tests/guest/NAME.{c,cc} a test /tests/NAME.
LIBC_SRCS   := $(call rglob,user/libc,*.cc) $(call rglob,user/libc,*.c) $(call rglob,user/libc,*.S)
CRT_SRCS    := $(call rglob,user/crt,*.S) $(call rglob,user/crt,*.cc)
LIBBPF_SRCS := $(call rglob,user/libbpf,*.cc)
# The library code of the kernel that user space shares (formatting, string functions are libc's own).
USER_LIB_SRCS := kernel/lib/format.cc
LIBC_OBJS   := $(LIBC_SRCS:%=$(B)/u/%.o) $(USER_LIB_SRCS:%=$(B)/u/%.o)
CRT_OBJS    := $(CRT_SRCS:%=$(B)/u/%.o)
LIBBPF_OBJS := $(LIBBPF_SRCS:%=$(B)/u/%.o)

USER_BIN_SRCS   := $(wildcard user/bin/*.c user/bin/*.cc)
USER_BINS       := $(patsubst user/bin/%,$(B)/bin/%,$(basename $(USER_BIN_SRCS)))
GUEST_TEST_SRCS := $(wildcard tests/guest/*.c tests/guest/*.cc)
GUEST_TESTS     := $(patsubst tests/guest/%,$(B)/tests/guest/%,$(basename $(GUEST_TEST_SRCS)))

$(B)/u/%.cc.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CLANGXX) $(USER_CXXFLAGS) $(DEPFLAGS) -c $< -o $@
$(B)/u/%.c.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CLANG) $(USER_CFLAGS) $(DEPFLAGS) -c $< -o $@
$(B)/u/%.S.o: %.S
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CLANG) $(USER_TARGET) -Ikernel -Iuser/include -MMD -MP -c $< -o $@
# libc must not have its loops turned into calls of themselves.
$(LIBC_OBJS): USER_CFLAGS += -fno-builtin
$(LIBC_OBJS): USER_CXXFLAGS += -fno-builtin

$(B)/u/libc.a: $(LIBC_OBJS)
	@rm -f $@
	$(call say,AR)
	$(Q)$(LLVM_AR) rcs $@ $^
$(B)/u/libbpf.a: $(LIBBPF_OBJS)
	@rm -f $@
	$(call say,AR)
	$(Q)$(LLVM_AR) rcs $@ $^

USER_LIBS := $(CRT_OBJS) $(B)/u/libbpf.a $(B)/u/libc.a
LINK_USER = $(LLD) $(USER_LDFLAGS) $(CRT_OBJS) $< --start-group $(B)/u/libbpf.a $(B)/u/libc.a --end-group -o $@
$(B)/bin/%: $(B)/u/user/bin/%.c.o $(USER_LIBS)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LINK_USER)
$(B)/bin/%: $(B)/u/user/bin/%.cc.o $(USER_LIBS)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LINK_USER)
$(B)/tests/guest/%: $(B)/u/tests/guest/%.c.o $(USER_LIBS)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LINK_USER)
$(B)/tests/guest/%: $(B)/u/tests/guest/%.cc.o $(USER_LIBS)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LINK_USER)

-include $(LIBC_OBJS:.o=.d) $(CRT_OBJS:.o=.d) $(LIBBPF_OBJS:.o=.d)
-include $(patsubst %,$(B)/u/%.d,$(USER_BIN_SRCS) $(GUEST_TEST_SRCS))
