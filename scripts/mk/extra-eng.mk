# The engines' tools and tests: encoder check, the riscv64 runner, skep on the host.
$(B)/host/list_encodings: tests/runner/list_encodings.cc $(wildcard kernel/arch/riscv/insn/*.h)
	@mkdir -p $(@D)
	$(CLANGXX) $(HOST_CXXFLAGS) $(HOST_LDFLAGS) $< -o $@
HOST_TOOLS += $(B)/host/list_encodings
