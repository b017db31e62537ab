# BPF programs, built by stock clang and shipped as it wrote them. user/bpf/NAME.bpf.c -> /lib/bpf/NAME.bpf.o,
# tests/guest/bpf/NAME.bpf.c -> /tests/bpf/NAME.bpf.o.
BPF_CFLAGS := -O2 -g -target bpf -D__TARGET_ARCH_riscv -I/usr/riscv64-linux-gnu/include
BPF_SRCS := $(wildcard user/bpf/*.bpf.c)
BPF_OBJS := $(patsubst user/bpf/%.c,$(B)/bpf/%.o,$(BPF_SRCS))
BPF_TEST_SRCS := $(wildcard tests/guest/bpf/*.bpf.c)
BPF_TEST_OBJS := $(patsubst tests/guest/bpf/%.c,$(B)/tests/bpf/%.o,$(BPF_TEST_SRCS))

$(B)/bpf/%.o: user/bpf/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@
$(B)/tests/bpf/%.o: tests/guest/bpf/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

-include $(BPF_OBJS:.o=.d) $(BPF_TEST_OBJS:.o=.d)
