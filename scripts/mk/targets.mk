# What a person types. A line "name: ## text" is what `make help` prints.
.PHONY: all help setup demo run test host-tests guest-tests compile-commands clean

all: $(KERNEL_ELF) $(INITRAMFS) $(HOST_TOOLS) ## build kernel, user space, BPF programs and host tools
	@$(MAKE) compile-commands
help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
setup: ## install missing Debian packages
	scripts/setup
demo: ## set up, build, boot and run lathist
	@scripts/setup
	@$(MAKE) --no-print-directory $(KERNEL_ELF) $(INITRAMFS)
	scripts/demo
run: $(KERNEL_ELF) $(INITRAMFS) ## a shell in the guest
	scripts/skep-qemu
test: ## set up, build and run all tests
	@scripts/setup
	@scripts/run-tests
host-tests: $(HOST_TESTS) ## the Catch2 tests only
	$(HOST_TESTS)
compile-commands: ## build/compile_commands.json
	@{ echo '['; find $(B) -name '*.o.json' -exec cat {} + | sed '$$ s/,$$//'; echo ']'; } > $(B)/compile_commands.json
clean: ## remove everything built
	rm -rf $(B)
.PHONY: mutants
mutants: ## break single lines in a scratch copy; the tests must notice
	scripts/mutants
.PHONY: tidy
tidy: all ## clang-tidy over kernel, user and tools (half an hour of CPU; no part of `make test`)
	scripts/tidy
