# The test kernel: as the kernel, with the file through which tests/guest/test_engines runs unverified programs. Its symbol
# table is empty (kallsyms): nothing of it is probed.
TEST_KERNEL := $(B)/skep-test.elf
TEST_KERNEL_SRCS := $(wildcard tests/kernel/*.cc)
TEST_KERNEL_OBJS := $(filter-out $(B)/kernel/test_hook.cc.o,$(KERNEL_OBJS)) $(TEST_KERNEL_SRCS:%=$(B)/k/%.o)
$(B)/k/%.cc.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CLANGXX) $(KERNEL_CXXFLAGS) $(DEPFLAGS) -c $< -o $@
$(TEST_KERNEL): $(TEST_KERNEL_OBJS) $(B)/kallsyms.0.S.o linker.ld
	$(call say,LD)
	$(Q)$(LLD) $(KERNEL_LDFLAGS) $(TEST_KERNEL_OBJS) $(B)/kallsyms.0.S.o -o $@
-include $(TEST_KERNEL_SRCS:%=$(B)/k/%.d)

HOST_TOOLS += $(TEST_KERNEL)
