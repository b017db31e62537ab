# The kernel: every .cc and .S below kernel/ is part of it. Linked twice: the symbol table of the first link becomes
# kallsyms of the second.
KERNEL_SRCS := $(call rglob,kernel,*.cc) $(call rglob,kernel,*.S)
KERNEL_OBJS := $(KERNEL_SRCS:%=$(B)/%.o)
KERNEL_ELF  := $(B)/skep.elf

$(B)/kernel/%.cc.o: kernel/%.cc
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CLANGXX) $(KERNEL_CXXFLAGS) $(DEPFLAGS) -c $< -o $@
$(B)/kernel/%.S.o: kernel/%.S
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CLANG) $(KERNEL_ASFLAGS) -MMD -MP -c $< -o $@

# The kernel's own types for BPF programs.
KERNEL_BTF := $(B)/gen/kernel.btf
$(KERNEL_BTF): kernel/bpf_port/kernel_types.c
	@mkdir -p $(@D)
	$(call say,GEN)
	$(Q)$(CLANG) -target bpf -g -O2 -std=gnu2x -ffreestanding -Ikernel -Wall -Werror -MMD -MP -MT $@ -MF $@.d -c $< -o $@.o
	$(Q)$(LLVM_OBJCOPY) --dump-section .BTF=$@ $@.o /dev/null
-include $(KERNEL_BTF).d
$(B)/kernel/bpf_port/kernel_btf.S.o: KERNEL_ASFLAGS += -Wa,-I$(B)/gen
$(B)/kernel/bpf_port/kernel_btf.S.o: $(KERNEL_BTF)

KERNEL_LDFLAGS := -T linker.ld --no-relax -static -nostdlib --gc-sections -z max-page-size=4096 -z noexecstack

$(B)/kallsyms.0.S: scripts/kallsyms.py
	@mkdir -p $(@D)
	$(call say,GEN)
	$(Q)$(PYTHON) scripts/kallsyms.py --empty > $@
$(B)/skep.1.elf: $(KERNEL_OBJS) $(B)/kallsyms.0.S.o linker.ld
	$(call say,LD)
	$(Q)$(LLD) $(KERNEL_LDFLAGS) $(KERNEL_OBJS) $(B)/kallsyms.0.S.o -o $@
$(B)/kallsyms.1.S: $(B)/skep.1.elf scripts/kallsyms.py
	$(call say,NM)
	$(Q)$(LLVM_NM) -n --defined-only $< | $(PYTHON) scripts/kallsyms.py > $@
$(B)/kallsyms.%.S.o: $(B)/kallsyms.%.S
	$(call say,CC)
	$(Q)$(CLANG) $(KERNEL_ASFLAGS) -c $< -o $@
$(B)/skep.2.elf: $(B)/skep.1.elf $(B)/kallsyms.1.S.o
	$(call say,LD)
	$(Q)$(LLD) $(KERNEL_LDFLAGS) $(KERNEL_OBJS) $(B)/kallsyms.1.S.o -o $@
# The table's size moved the symbols once (0 -> n entries); this pass gives the addresses that no longer move.
$(B)/kallsyms.2.S: $(B)/skep.2.elf scripts/kallsyms.py
	$(call say,NM)
	$(Q)$(LLVM_NM) -n --defined-only $< | $(PYTHON) scripts/kallsyms.py > $@
$(KERNEL_ELF): $(B)/skep.2.elf $(B)/kallsyms.2.S.o
	$(call say,LD)
	$(Q)$(LLD) $(KERNEL_LDFLAGS) $(KERNEL_OBJS) $(B)/kallsyms.2.S.o -o $@
	$(call say,NM)
	$(Q)$(LLVM_NM) -n --defined-only $@ | $(PYTHON) scripts/kallsyms.py | cmp - $(B)/kallsyms.2.S

-include $(KERNEL_OBJS:.o=.d)
$(B)/kernel/lib/string.cc.o: KERNEL_CXXFLAGS += -fno-builtin
