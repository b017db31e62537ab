# The probe tests alone: make probe-host-tests (decoder, classifier, simulator, trace ring; quick to build).
PROBE_TEST_SRCS := kernel/lib/format.cc $(call rglob,kernel/arch/riscv/insn,*.cc) $(call rglob,kernel/arch/riscv/probe,*_pure.cc) \
                   $(call rglob,tests/host/trace,*.cc) $(call rglob,tests/host/probe,*.cc) tests/host/main.cc
PROBE_TEST_OBJS := $(PROBE_TEST_SRCS:%=$(B)/h/%.o)

$(B)/host/probe-tests: $(PROBE_TEST_OBJS)
	@mkdir -p $(@D)
	$(CLANGXX) $(HOST_LDFLAGS) $(HOST_SAN) $^ -o $@
.PHONY: probe-host-tests
probe-host-tests: $(B)/host/probe-tests
	$(B)/host/probe-tests

-include $(PROBE_TEST_OBJS:.o=.d)

# The simulator against the processor, under qemu-riscv64: make probe-native-test.
PROBE_NATIVE_SRCS := kernel/lib/string.cc tests/probe/simulate_native.cc $(wildcard kernel/arch/riscv/probe/*_pure.cc)
PROBE_NATIVE_OBJS := $(PROBE_NATIVE_SRCS:%=$(B)/n/%.o)
PROBE_NATIVE := $(B)/host/probe-native
HOST_TOOLS += $(PROBE_NATIVE)

$(B)/n/%.cc.o: %.cc
	@mkdir -p $(@D)
	$(Q)$(CLANGXX) $(KERNEL_CXXFLAGS) $(DEPFLAGS) -c $< -o $@
$(PROBE_NATIVE): $(PROBE_NATIVE_OBJS)
	@mkdir -p $(@D)
	$(LLD) -static -nostdlib --no-relax $^ -o $@
.PHONY: probe-native-test
probe-native-test: $(PROBE_NATIVE)
	$(QEMU_USER) $(PROBE_NATIVE)

-include $(PROBE_NATIVE_OBJS:.o=.d)
