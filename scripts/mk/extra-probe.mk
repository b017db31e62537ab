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
