# linux-bench (tests/bench): a static, freestanding riscv64 program, with its BPF programs as arrays inside.
BENCH_SRC := tests/bench/linux-bench
BENCH_DIR := $(B)/bench
BENCH_TARGET := --target=riscv64-linux-gnu -mabi=lp64d -O2 -fno-builtin -ffreestanding -fno-pic -mcmodel=medany -fno-stack-protector \
                -fno-asynchronous-unwind-tables -Wall

$(BENCH_DIR)/bench.bpf.o: $(BENCH_SRC)/bench.bpf.c $(BENCH_SRC)/kernels.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CLANG) -O2 -target bpf -mcpu=v3 -fno-builtin -Wall -Wno-unused-value -c $< -o $@
$(BENCH_DIR)/progs.h: $(BENCH_DIR)/bench.bpf.o $(BENCH_SRC)/gen.py
	$(call say,GEN)
	$(Q)$(PYTHON) $(BENCH_SRC)/gen.py $< > $@
$(BENCH_DIR)/native.o: BENCH_FLAGS := -march=rv64gc '-DNAT(x)=nat_\#\#x'
$(BENCH_DIR)/nativeb.o: BENCH_FLAGS := -march=rv64gc_zba_zbb '-DNAT(x)=natb_\#\#x'
$(BENCH_DIR)/native.o $(BENCH_DIR)/nativeb.o: $(BENCH_SRC)/native.c $(BENCH_SRC)/kernels.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CLANG) $(BENCH_TARGET) $(BENCH_FLAGS) -c $< -o $@
$(BENCH_DIR)/bench.o: $(BENCH_SRC)/bench.c $(BENCH_SRC)/kernels.h $(BENCH_DIR)/progs.h
	$(call say,CC)
	$(Q)$(CLANG) $(BENCH_TARGET) -march=rv64gc -I$(BENCH_DIR) -c $< -o $@
$(BENCH_DIR)/bench: $(BENCH_DIR)/bench.o $(BENCH_DIR)/native.o $(BENCH_DIR)/nativeb.o
	$(call say,LD)
	$(Q)$(LLD) -static -nostdlib $^ -o $@

# What a load costs against the program's size: a guest program like the tests.
$(BENCH_DIR)/growth: $(B)/u/tests/bench/growth.c.o $(USER_LIBS)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LINK_USER)
-include $(B)/u/tests/bench/growth.c.d
HOST_TOOLS += $(BENCH_DIR)/growth  # part of `make test`

.PHONY: bench
SECTIONS ?= NTKMJG
UPDATE ?=
# With all sections, also what each pass of the JIT buys.
PASSES ?= $(if $(filter NTKMJG,$(SECTIONS)),1)
bench: $(KERNEL_ELF) $(INITRAMFS) $(BENCH_DIR)/bench $(BENCH_DIR)/growth $(RUNNER) ## instruction counts against the stored ones and Linux's (SECTIONS=NTKMJG, UPDATE=1)
	tests/bench/run-bench --sections $(SECTIONS) $(if $(UPDATE),--update) $(if $(PASSES),--passes)
