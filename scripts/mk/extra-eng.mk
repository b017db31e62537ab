# The engines' tools and tests: encoder check, the riscv64 runner, skep on the host.

# The runner: engines for riscv64, compiled as for the kernel, on bare Linux system calls.
RUNNER_SRCS := $(wildcard tests/runner/*.cc) tests/runner/start.S $(wildcard kernel/bpf/isa/*.cc kernel/bpf/interp/*.cc kernel/bpf/jit/*.cc kernel/bpf/jit/opt/*.cc) \
               kernel/bpf/packet.cc kernel/lib/format.cc kernel/lib/string.cc kernel/lib/cxx_runtime.cc
RUNNER_SRCS := $(filter-out tests/runner/list_encodings.cc,$(RUNNER_SRCS))
RUNNER_OBJS := $(RUNNER_SRCS:%=$(B)/r/%.o)
RUNNER := $(B)/host/runner

$(B)/r/%.cc.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CLANGXX) $(KERNEL_CXXFLAGS) -I. $(DEPFLAGS) -c $< -o $@
$(B)/r/%.S.o: %.S
	@mkdir -p $(@D)
	$(call say,AS)
	$(Q)$(CLANG) $(KERNEL_ASFLAGS) -MMD -MP -c $< -o $@
$(B)/r/kernel/lib/string.cc.o: KERNEL_CXXFLAGS += -fno-builtin
$(RUNNER): $(RUNNER_OBJS)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LLD) -static -nostdlib --gc-sections -z max-page-size=4096 --image-base=0x10000 $(RUNNER_OBJS) -o $@
-include $(RUNNER_OBJS:.o=.d)

$(B)/host/list_encodings: $(B)/h/tests/runner/list_encodings.cc.o $(B)/h/kernel/bpf/jit/constant.cc.o
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CLANGXX) $(HOST_LDFLAGS) $(HOST_SAN) $^ -o $@
-include $(B)/h/tests/runner/list_encodings.cc.d

HOST_TOOLS += $(RUNNER) $(B)/host/list_encodings

# The fuzzer on the build machine, compiled code simulated (tests/runner/sim): with the host tests' objects under sanitisers
# for the slice in `make test`, and optimised for long runs.
JIT_FUZZ_SRCS := tests/runner/fuzz.cc tests/runner/random_program.cc tests/runner/helpers.cc $(wildcard tests/runner/sim/*.cc) \
                 $(wildcard kernel/bpf/isa/*.cc kernel/bpf/interp/*.cc kernel/bpf/jit/*.cc kernel/bpf/jit/opt/*.cc) kernel/bpf/packet.cc kernel/lib/format.cc
$(B)/host/jit_fuzz: $(JIT_FUZZ_SRCS:%=$(B)/h/%.o)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CLANGXX) $(HOST_LDFLAGS) $(HOST_SAN) $^ -o $@
$(B)/o/%.cc.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CLANGXX) $(HOST_CXXFLAGS) -O2 $(DEPFLAGS) -c $< -o $@
$(B)/host/jit_fuzz_fast: $(JIT_FUZZ_SRCS:%=$(B)/o/%.o)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CLANGXX) $(HOST_LDFLAGS) $^ -o $@
-include $(JIT_FUZZ_SRCS:%=$(B)/h/%.d) $(JIT_FUZZ_SRCS:%=$(B)/o/%.d)

HOST_TOOLS += $(B)/host/jit_fuzz

# skep on the host: the portable core with the host platform, as an archive, of which each tool takes what it needs. The
# objects are those of the host tests, sanitisers included: compiling them once more would cost minutes.
SKEP_LIB_SRCS := $(HOST_PORTABLE_SRCS) $(wildcard tests/host/platform/*.cc) tools/skep/engine.cc tools/skep/json.cc
SKEP_SRCS := tools/skep/main.cc $(wildcard tools/skep/command_*.cc)
SKEP_LIB := $(B)/host/skep.a
$(SKEP_LIB): $(SKEP_LIB_SRCS:%=$(B)/h/%.o)
	@mkdir -p $(@D)
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(LLVM_AR) rcs $@ $^
$(B)/host/skep: $(SKEP_SRCS:%=$(B)/h/%.o) $(SKEP_LIB)
$(B)/host/bpf_conformance_plugin: $(B)/h/tools/skep/conformance_plugin.cc.o $(SKEP_LIB)
$(B)/host/skep $(B)/host/bpf_conformance_plugin: | $(RUNNER)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CLANGXX) $(HOST_LDFLAGS) $(HOST_SAN) $^ -o $@
-include $(SKEP_LIB_SRCS:%=$(B)/h/%.d) $(SKEP_SRCS:%=$(B)/h/%.d)

HOST_TOOLS += $(B)/host/skep $(B)/host/bpf_conformance_plugin

.PHONY: engine-tests fuzz-jit
engine-tests: $(RUNNER) $(B)/host/jit_fuzz $(B)/host/list_encodings $(B)/host/skep $(B)/host/bpf_conformance_plugin ## interpreter, JIT and encoder tests only
	tests/runner/run-engine-tests
FUZZ_SEED ?= 1
FUZZ_COUNT ?= 1000000
fuzz-jit: $(B)/host/jit_fuzz_fast ## random programs, interpreter against JIT (FUZZ_SEED=, FUZZ_COUNT=); ends with a table of executed ISA rows
	$< $(FUZZ_SEED) $(FUZZ_COUNT) --rows --least 1000
