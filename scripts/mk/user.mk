# User space of the guest. user/crt + user/libc -> libc.a, user/libbpf -> libbpf.a, user/bin/common -> libcommon.a (what
# the small programs share). Every user/bin/NAME.{c,cc}, and every folder user/bin/NAME of such files, is a program
# /bin/NAME; every tests/guest/NAME.{c,cc} is a test /tests/NAME.
LIBC_SRCS   := $(call rglob,user/libc,*.cc) $(call rglob,user/libc,*.c) $(call rglob,user/libc,*.S)
CRT_SRCS    := $(call rglob,user/crt,*.S) $(call rglob,user/crt,*.cc)
LIBBPF_SRCS := $(call rglob,user/libbpf,*.cc)
# The library code of the kernel that user space shares (formatting, string functions are libc's own).
USER_LIB_SRCS := kernel/lib/format.cc
LIBC_OBJS   := $(LIBC_SRCS:%=$(B)/u/%.o) $(USER_LIB_SRCS:%=$(B)/u/%.o)
CRT_OBJS    := $(CRT_SRCS:%=$(B)/u/%.o)
LIBBPF_OBJS := $(LIBBPF_SRCS:%=$(B)/u/%.o)

USER_BIN_SRCS   := $(wildcard user/bin/*.c user/bin/*.cc)
USER_BIN_DIRS   := $(filter-out common,$(patsubst user/bin/%/,%,$(sort $(dir $(wildcard user/bin/*/*.c user/bin/*/*.cc)))))
USER_BINS       := $(patsubst user/bin/%,$(B)/bin/%,$(basename $(USER_BIN_SRCS))) $(USER_BIN_DIRS:%=$(B)/bin/%)
COMMON_SRCS     := $(wildcard user/bin/common/*.c user/bin/common/*.cc)
COMMON_OBJS     := $(COMMON_SRCS:%=$(B)/u/%.o)
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

$(B)/u/libcommon.a: $(COMMON_OBJS)
	@rm -f $@
	$(call say,AR)
	$(Q)$(LLVM_AR) rcs $@ $^

USER_ARCHIVES := $(B)/u/libcommon.a $(B)/u/libbpf.a $(B)/u/libc.a
USER_LIBS := $(CRT_OBJS) $(USER_ARCHIVES)
# The program as the guest gets it has its symbols but no debug information; NAME.debug beside it has both.
LINK_USER = $(LLD) $(USER_LDFLAGS) $(CRT_OBJS) $(filter-out $(CRT_OBJS),$(filter %.o,$^)) --start-group $(USER_ARCHIVES) --end-group -o $@.debug && \
            $(LLVM_OBJCOPY) --strip-debug --discard-locals $@.debug $@
# $(1): a program of several files. (An explicit rule, which wins over the pattern rules below.)
define USER_DIR_PROGRAM
DIR_OBJS_$(1) := $(patsubst %,$(B)/u/%.o,$(wildcard user/bin/$(1)/*.c user/bin/$(1)/*.cc))
$(B)/bin/$(1): $$(DIR_OBJS_$(1)) $(USER_LIBS)
	@mkdir -p $$(@D)
	$$(call say,LD)
	$$(Q)$$(LINK_USER)
-include $$(DIR_OBJS_$(1):.o=.d)
endef
$(foreach p,$(USER_BIN_DIRS),$(eval $(call USER_DIR_PROGRAM,$(p))))
# bpfdump prints with the host's listing and the kernel's disassemblers.
LISTING_SRCS := $(wildcard tools/listing/*.cc kernel/bpf/isa/*.cc kernel/arch/riscv/insn/*.cc)
LISTING_OBJS := $(LISTING_SRCS:%=$(B)/u/%.o)
$(LISTING_OBJS) $(B)/u/user/bin/bpfdump/main.cc.o: USER_CXXFLAGS += -I.
$(B)/bin/bpfdump: $(LISTING_OBJS)
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

-include $(COMMON_OBJS:.o=.d) $(LIBC_OBJS:.o=.d) $(CRT_OBJS:.o=.d) $(LIBBPF_OBJS:.o=.d)
-include $(patsubst %,$(B)/u/%.d,$(USER_BIN_SRCS) $(GUEST_TEST_SRCS) $(LISTING_SRCS))
