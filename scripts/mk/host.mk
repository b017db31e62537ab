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
# The tests' own files begin with Catch2, most of their compile time: precompiled once. main.cc instantiates it.
HOST_PCH := $(B)/h/tests/host/prefix.pch
$(HOST_PCH): tests/host/prefix.h
	@mkdir -p $(@D)
	$(call say,PCH)
	$(Q)$(CLANGXX) $(HOST_CXXFLAGS) $(HOST_SAN) -fpch-instantiate-templates -MMD -MP -MF $@.d -x c++-header $< -o $@
-include $(HOST_PCH).d
HOST_PCH_OBJS := $(patsubst %,$(B)/h/%.o,$(shell grep -l 'catch2/catch.hpp' $(filter-out tests/host/main.cc,$(HOST_TEST_SRCS))))
$(HOST_PCH_OBJS): USE_PCH := -include-pch $(HOST_PCH)
$(HOST_PCH_OBJS): $(HOST_PCH)

$(HOST_TESTS): $(HOST_TEST_OBJS)
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CLANGXX) $(HOST_LDFLAGS) $(HOST_SAN) $^ -o $@

-include $(HOST_TEST_OBJS:.o=.d)
