# The first instructions of every hart. OpenSBI enters in S-mode with the MMU off, the hart id in a0 and the device tree's
# physical address in a1 (first hart) or the argument of hart_start (the others; SBI specification, "Hart State Management").

#include "arch/riscv/asm_offsets.h"
#include "arch/riscv/layout.h"

#define PTE_LEAF 0xcf   /* D A X W R V */

# Sets satp to the boot page table and continues at the label's virtual address. Uses t0, t1.
.macro enter_virtual label
    la      t0, boot_page_table
    srli    t0, t0, SKEP_PAGE_SHIFT
    li      t1, 8                   # mode Sv39
    slli    t1, t1, 60
    or      t0, t0, t1
    sfence.vma
    csrw    satp, t0
    la      t0, \label              # still pc-relative: the physical address
    li      t1, SKEP_IMAGE_OFFSET
    add     t0, t0, t1
    jr      t0
.endm

.section .text.boot, "ax"
.globl boot_entry
boot_entry:
    csrw    sie, zero
    csrw    sip, zero
    mv      s0, a0
    mv      s1, a1
    enter_virtual boot_virtual
boot_virtual:
    la      t0, bss_start
    la      t1, bss_end
1:  bgeu    t0, t1, 2f
    sd      zero, 0(t0)
    addi    t0, t0, 8
    j       1b
2:  la      sp, boot_stack_top
    la      tp, boot_task_place     # preemption counters are usable from the first C++ line on
    la      t0, trap_vector
    csrw    stvec, t0
    csrw    sscratch, zero
    mv      a0, s0
    mv      a1, s1
    li      s0, 0                   # ends every backtrace
    li      ra, 0
    call    kernel_main
    unimp

# a1: virtual address of a HartStart (kernel/arch/riscv/smp.cc).
.globl secondary_entry
secondary_entry:
    csrw    sie, zero
    csrw    sip, zero
    enter_virtual secondary_virtual
secondary_virtual:
    ld      sp, HART_START_STACK(a1)
    ld      tp, HART_START_THREAD(a1)
    ld      t0, HART_START_SATP(a1)
    csrw    satp, t0                # from here on W^X holds on this hart
    sfence.vma
    la      t0, trap_vector
    csrw    stvec, t0
    csrw    sscratch, zero
    li      s0, 0
    li      ra, 0
    call    secondary_main
    unimp

# Gigapages: an identity map of the image (needed for the instruction after csrw satp), the linear map of the first 32 GiB
# from 0x80000000 on, and the image's place. Replaced by kernel_map.cc; kept for the start of other harts.
.section .data.page_aligned, "aw"
.balign SKEP_PAGE_BYTES
.globl boot_page_table
boot_page_table:
    .zero   2 * 8
    .quad   ((SKEP_IMAGE_PHYS >> SKEP_PAGE_SHIFT) << 10) | PTE_LEAF
    .zero   (258 - 3) * 8
    .set    gigapage, SKEP_IMAGE_PHYS
    .rept   32
    .quad   ((gigapage >> SKEP_PAGE_SHIFT) << 10) | PTE_LEAF
    .set    gigapage, gigapage + 0x40000000
    .endr
    .zero   (510 - 258 - 32) * 8
    .quad   ((SKEP_IMAGE_PHYS >> SKEP_PAGE_SHIFT) << 10) | PTE_LEAF
    .zero   8

.section .bss.page_aligned, "aw", @nobits
.balign SKEP_STACK_SLOT_BYTES
    .zero   SKEP_STACK_BYTES        # where a guard would be: lets the overflow test of the trap entry hold here too
    .zero   SKEP_STACK_BYTES
.globl boot_stack_top
boot_stack_top:
