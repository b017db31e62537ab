# Host tests: the portable sources and tests/host, one Catch2 program under ASan and UBSan.
HOST_PORTABLE_SRCS := $(wildcard kernel/lib/format.cc) kernel/fs/cpio.cc kernel/task/elf.cc kernel/arch/riscv/fdt.cc $(call rglob,kernel/bpf,*.cc) $(call rglob,kernel/arch/riscv/insn,*.cc) \
                      $(call rglob,kernel/arch/riscv/probe,*_pure.cc)
HOST_TEST_SRCS := $(call rglob,tests/host,*.cc)
HOST_TEST_OBJS := $(HOST_PORTABLE_SRCS:%=$(B)/h/%.o) $(HOST_TEST_SRCS:%=$(B)/h/%.o)
HOST_TESTS := $(B)/host/tests

$(B)/h/%.cc.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CLANGXX) $(HOST_CXXFLAGS) $(HOST_SAN) $(DEPFLAGS) -c $< -o $@
$(HOST_TESTS): $(HOST_TEST_OBJS)
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CLANGXX) $(HOST_LDFLAGS) $(HOST_SAN) $^ -o $@

-include $(HOST_TEST_OBJS:.o=.d)
