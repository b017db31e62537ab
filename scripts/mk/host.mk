# Host tests: the portable sources and tests/host, one Catch2 program under ASan and UBSan.
HOST_PORTABLE_SRCS := $(wildcard kernel/lib/format.cc) kernel/fs/cpio.cc kernel/task/elf.cc kernel/arch/riscv/fdt.cc $(call rglob,kernel/bpf,*.cc) $(call rglob,kernel/arch/riscv/insn,*.cc) \
                      $(call rglob,kernel/arch/riscv/probe,*_pure.cc)
HOST_TEST_SRCS := $(call rglob,tests/host,*.cc)
HOST_TEST_OBJS := $(HOST_PORTABLE_SRCS:%=$(B)/h/%.o) $(HOST_TEST_SRCS:%=$(B)/h/%.o)
HOST_TESTS := $(B)/host/tests

$(B)/h/%.cc.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CLANGXX) $(HOST_CXXFLAGS) $(HOST_SAN) $(USE_PCH) $(DEPFLAGS) -c $< -o $@
# Most of a file's compile time is the standard library's headers, and Catch2's in the tests: precompiled once.
# main.cc instantiates Catch2 and goes without; it needs neither speed nor more than libc++'s containers agree on.
$(B)/h/tests/host/main.cc.o: HOST_CXXFLAGS := $(filter-out -g -O1,$(HOST_CXXFLAGS))
$(B)/h/tests/host/main.cc.o: HOST_SAN := -fsanitize=address
# (A variable of its own: it must not take on the flags that some objects add.)
HOST_PCH_FLAGS := $(HOST_CXXFLAGS) $(HOST_SAN) -fpch-instantiate-templates
$(B)/h/%.pch: %.h
	@mkdir -p $(@D)
	$(call say,PCH)
	$(Q)$(CLANGXX) $(HOST_PCH_FLAGS) -MMD -MP -MF $@.d -x c++-header $< -o $@
HOST_PCH := $(B)/h/tests/host/prefix.pch
HOST_LIBRARY_PCH := $(B)/h/tests/host/library.pch
-include $(HOST_PCH).d $(HOST_LIBRARY_PCH).d
HOST_PCH_OBJS := $(patsubst %,$(B)/h/%.o,$(shell grep -l 'catch2/catch.hpp' $(filter-out tests/host/main.cc,$(HOST_TEST_SRCS))))
$(HOST_PCH_OBJS): USE_PCH := -include-pch $(HOST_PCH)
$(HOST_PCH_OBJS): $(HOST_PCH)
# (tests/host/uapi compares Linux headers with ours, and chooses itself what comes first.)
HOST_LIBRARY_OBJS := $(filter-out $(HOST_PCH_OBJS) $(B)/h/tests/host/uapi/% $(B)/h/tests/host/main.cc.o,$(HOST_TEST_OBJS))
$(HOST_LIBRARY_OBJS): USE_PCH := -include-pch $(HOST_LIBRARY_PCH)
$(HOST_LIBRARY_OBJS): $(HOST_LIBRARY_PCH)

$(HOST_TESTS): $(HOST_TEST_OBJS)
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CLANGXX) $(HOST_LDFLAGS) $(HOST_SAN) $^ -o $@

-include $(HOST_TEST_OBJS:.o=.d)
