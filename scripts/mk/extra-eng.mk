# The engines' tools and tests: encoder check, the riscv64 runner, skep on the host.

# The runner: engines for riscv64, the kernel's own objects, on bare Linux system calls.
RUNNER_SRCS := $(filter-out tests/runner/list_encodings.cc,$(wildcard tests/runner/*.cc)) tests/runner/start.S
RUNNER_KERNEL_SRCS := $(wildcard kernel/bpf/isa/*.cc kernel/bpf/interp/*.cc kernel/bpf/jit/*.cc kernel/bpf/jit/opt/*.cc) \
                      kernel/bpf/packet.cc kernel/bpf/verifier/constants.cc kernel/lib/format.cc kernel/lib/string.cc kernel/lib/cxx_runtime.cc
RUNNER_OBJS := $(RUNNER_SRCS:%=$(B)/r/%.o) $(RUNNER_KERNEL_SRCS:%=$(B)/%.o)
RUNNER := $(B)/host/runner

$(B)/r/%.cc.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CLANGXX) $(KERNEL_CXXFLAGS) -I. $(DEPFLAGS) -c $< -o $@
$(B)/r/%.S.o: %.S
	@mkdir -p $(@D)
	$(call say,AS)
	$(Q)$(CLANG) $(KERNEL_ASFLAGS) -MMD -MP -c $< -o $@
$(RUNNER): $(RUNNER_OBJS)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LLD) -static -nostdlib --gc-sections -z max-page-size=4096 --image-base=0x10000 $(RUNNER_OBJS) -o $@
-include $(RUNNER_OBJS:.o=.d)

$(B)/host/list_encodings: $(patsubst %,$(B)/h/%.o,tests/runner/list_encodings.cc kernel/bpf/jit/constant.cc kernel/arch/riscv/insn/disassemble.cc kernel/lib/format.cc)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CLANGXX) $(HOST_LDFLAGS) $(HOST_SAN) $^ -o $@
-include $(B)/h/tests/runner/list_encodings.cc.d

HOST_TOOLS += $(RUNNER) $(B)/host/list_encodings

# Without sanitisers, for speed: skep judges batches, and long runs of fuzzers and soundness tests take a tenth of the time.
PLAIN_CXXFLAGS := $(filter-out -g -O1 -fno-omit-frame-pointer,$(HOST_CXXFLAGS)) -O2 -gline-tables-only
$(B)/o/%.cc.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CLANGXX) $(PLAIN_CXXFLAGS) $(USE_PCH) $(DEPFLAGS) -c $< -o $@
PLAIN_PCH_FLAGS := $(PLAIN_CXXFLAGS) -fpch-instantiate-templates
PLAIN_LIBRARY_PCH := $(B)/o/tests/host/library.pch
$(PLAIN_LIBRARY_PCH): tests/host/library.h
	@mkdir -p $(@D)
	$(call say,PCH)
	$(Q)$(CLANGXX) $(PLAIN_PCH_FLAGS) -MMD -MP -MF $@.d -x c++-header $< -o $@
-include $(PLAIN_LIBRARY_PCH).d

# The fuzzer on the build machine, compiled code simulated (tests/runner/sim): with the host tests' objects under sanitisers
# for the slice in `make test`, and optimised for long runs.
JIT_FUZZ_SRCS := tests/runner/fuzz.cc tests/runner/random_program.cc tests/runner/helpers.cc tests/runner/fake_maps.cc tests/runner/prog_array.cc $(wildcard tests/runner/sim/*.cc) \
                 $(wildcard kernel/bpf/isa/*.cc kernel/bpf/interp/*.cc kernel/bpf/jit/*.cc kernel/bpf/jit/opt/*.cc) kernel/bpf/packet.cc kernel/lib/format.cc \
                 kernel/bpf/verifier/constants.cc
$(B)/host/jit_fuzz: $(JIT_FUZZ_SRCS:%=$(B)/h/%.o)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CLANGXX) $(HOST_LDFLAGS) $(HOST_SAN) $^ -o $@
$(B)/host/jit_fuzz_fast: $(JIT_FUZZ_SRCS:%=$(B)/o/%.o)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CLANGXX) $(HOST_LDFLAGS) $^ -o $@
-include $(JIT_FUZZ_SRCS:%=$(B)/h/%.d) $(JIT_FUZZ_SRCS:%=$(B)/o/%.d)

HOST_TOOLS += $(B)/host/jit_fuzz

# The core-runner: the whole BPF core as riscv64 code, the kernel's own objects, on the runner's platform.
CORE_RUNNER_OBJS := $(patsubst %,$(B)/%.o,$(call rglob,kernel/bpf,*.cc) kernel/lib/format.cc kernel/lib/string.cc kernel/lib/cxx_runtime.cc) \
                    $(patsubst %,$(B)/r/%.o,tests/runner/start.S tests/runner/platform.cc $(wildcard tests/runner/core/*.cc) tools/skep/session.cc)
CORE_RUNNER := $(B)/host/core-runner
$(CORE_RUNNER): $(CORE_RUNNER_OBJS)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LLD) -static -nostdlib --gc-sections -z max-page-size=4096 --image-base=0x10000 $(CORE_RUNNER_OBJS) -o $@
-include $(CORE_RUNNER_OBJS:.o=.d)
HOST_TOOLS += $(CORE_RUNNER)

# skep on the host: the portable core with the host platform, as an archive, of which each tool takes what it needs.
SKEP_LIB_SRCS := kernel/lib/format.cc $(call rglob,kernel/bpf,*.cc) $(call rglob,kernel/arch/riscv/insn,*.cc) \
                 $(wildcard tests/host/platform/*.cc) $(wildcard tools/listing/*.cc) $(filter-out tools/skep/main.cc tools/skep/conformance_plugin.cc tools/skep/command_%,$(wildcard tools/skep/*.cc))
# skep opens objects with the guest's own library.
SKEP_LIBBPF_SRCS := $(filter-out user/libbpf/sys.cc,$(call rglob,user/libbpf,*.cc))
SKEP_LIB_SRCS += $(SKEP_LIBBPF_SRCS)
SKEP_LIBBPF_USERS := $(wildcard tools/skep/object_file.cc tools/skep/object_verify.cc tools/skep/object_jit.cc tools/listing/loaded_program.cc)
$(patsubst %,$(B)/o/%.o,$(SKEP_LIBBPF_SRCS) $(SKEP_LIBBPF_USERS)): PLAIN_CXXFLAGS += -isystem user/libbpf/include -Wno-missing-designated-field-initializers
SKEP_SRCS := tools/skep/main.cc $(wildcard tools/skep/command_*.cc)
SKEP_LIB := $(B)/host/skep.a
$(SKEP_LIB): $(SKEP_LIB_SRCS:%=$(B)/o/%.o)
	@mkdir -p $(@D)
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(LLVM_AR) rcs $@ $^
$(B)/host/skep: $(SKEP_SRCS:%=$(B)/o/%.o) $(SKEP_LIB)
$(B)/host/bpf_conformance_plugin: $(B)/o/tools/skep/conformance_plugin.cc.o $(SKEP_LIB)
$(B)/host/skep $(B)/host/bpf_conformance_plugin: | $(RUNNER) $(CORE_RUNNER)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CLANGXX) $(HOST_LDFLAGS) $^ -o $@
SKEP_OBJS := $(patsubst %,$(B)/o/%.o,$(SKEP_LIB_SRCS) $(SKEP_SRCS) tools/skep/conformance_plugin.cc)
$(SKEP_OBJS): USE_PCH := -include-pch $(PLAIN_LIBRARY_PCH)
$(SKEP_OBJS): $(PLAIN_LIBRARY_PCH)
-include $(SKEP_OBJS:.o=.d)

HOST_TOOLS += $(B)/host/skep $(B)/host/bpf_conformance_plugin

# The verifier's tests without sanitisers: a tenth of the time, for soundness runs over millions of programs.
VERIFIER_TESTS := $(B)/host/verifier-tests
VERIFIER_TEST_SRCS := $(call rglob,tests/host/verifier,*.cc) tests/host/main.cc
$(VERIFIER_TESTS): $(VERIFIER_TEST_SRCS:%=$(B)/o/%.o) $(SKEP_LIB)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CLANGXX) $(HOST_LDFLAGS) $^ -o $@
-include $(VERIFIER_TEST_SRCS:%=$(B)/o/%.d)

.PHONY: engine-tests fuzz-jit
engine-tests: $(RUNNER) $(B)/host/jit_fuzz $(B)/host/list_encodings $(B)/host/skep $(B)/host/bpf_conformance_plugin ## interpreter, JIT and encoder tests only
	tests/runner/run-engine-tests
FUZZ_SEED ?= 1
FUZZ_COUNT ?= 1000000
fuzz-jit: $(B)/host/jit_fuzz_fast ## random programs, interpreter against JIT (FUZZ_SEED=, FUZZ_COUNT=); ends with a table of executed ISA rows
	$< $(FUZZ_SEED) $(FUZZ_COUNT) --rows --least 1000
