# The verifier's long runs, none of them part of `make test`: the fuzzer of PROG_LOAD, random programs by the million.

# Coverage-guided, under AddressSanitizer and UndefinedBehaviorSanitizer (libFuzzer: package libclang-rt-19-dev).
FUZZ_FLAGS := -fsanitize=fuzzer-no-link $(HOST_SAN) -gline-tables-only
FUZZ_SRCS := $(wildcard tests/fuzz/*.cc) $(addprefix tests/host/verifier/,random_program.cc random_features.cc kernel_types.cc) $(wildcard tests/host/platform/*.cc) kernel/lib/format.cc \
             $(call rglob,kernel/bpf,*.cc) $(call rglob,kernel/arch/riscv/insn,*.cc)
# libFuzzer itself is built on the other C++ library; the two share a process well.
FUZZ_PROG_LOAD := $(B)/host/fuzz-prog-load
$(B)/f/%.cc.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CLANGXX) $(filter-out -g,$(HOST_CXXFLAGS)) $(FUZZ_FLAGS) $(DEPFLAGS) -c $< -o $@
$(FUZZ_PROG_LOAD): $(FUZZ_SRCS:%=$(B)/f/%.o)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CLANGXX) $(HOST_LDFLAGS) -fsanitize=fuzzer $(HOST_SAN) $^ -l:libstdc++.so.6 -o $@
-include $(FUZZ_SRCS:%=$(B)/f/%.d)

FUZZ_SECONDS ?= 60
FUZZ_CORPUS ?= $(B)/fuzz/prog-load
.PHONY: fuzz-prog-load soundness docs
fuzz-prog-load: $(FUZZ_PROG_LOAD) $(VERIFIER_TESTS) ## fuzz PROG_LOAD with hostile programs and BTF (FUZZ_SECONDS=)
	tests/fuzz/make-seeds $(VERIFIER_TESTS) $(B)/fuzz/seeds
	@mkdir -p $(FUZZ_CORPUS)
	$(FUZZ_PROG_LOAD) -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -timeout=60 -rss_limit_mb=2048 -print_final_stats=1 \
	  -artifact_prefix=$(B)/fuzz/ $(FUZZ_CORPUS) $(B)/fuzz/seeds

SOUNDNESS_PROGRAMS ?= 100000
SOUNDNESS_SEED ?= 1
soundness: $(VERIFIER_TESTS) ## random accepted programs against the verifier's claims (SOUNDNESS_PROGRAMS=, SOUNDNESS_SEED=)
	SKEP_RANDOM_PROGRAMS=$(SOUNDNESS_PROGRAMS) SKEP_RANDOM_SEED=$(SOUNDNESS_SEED) $(VERIFIER_TESTS) "verifier soundness*" -s

docs: $(VERIFIER_TESTS) $(B)/host/skep ## write docs/verifier-rules.md and the tables of other pages anew
	B=$(B) scripts/tables-docs
	TESTS=$(VERIFIER_TESTS) B=$(B) scripts/verifier-rules
