# Copies whose loads and stores may fault: each such instruction has an entry in .ex_table, and the copy then returns how
# many bytes are left. In .noprobe.text because probes read memory through it.

#include "arch/riscv/layout.h"

.macro may_fault insn:vararg
99: \insn
    .pushsection .ex_table, "a"
    .balign 4
    .4byte  99b - .
    .4byte  copy_faulted - .
    .popsection
.endm

.section .noprobe.text, "ax"

# size_t copy_faultable(void* dst, const void* src, size_t bytes)
.globl copy_faultable
copy_faultable:
    xor     t0, a0, a1
    andi    t0, t0, 7
    bnez    t0, 4f
    # Same alignment: bytes up to a word boundary, then words.
1:  andi    t0, a0, 7
    beqz    t0, 2f
    beqz    a2, 5f
    may_fault lb t1, 0(a1)
    may_fault sb t1, 0(a0)
    addi    a0, a0, 1
    addi    a1, a1, 1
    addi    a2, a2, -1
    j       1b
2:  li      t0, 32
3:  bltu    a2, t0, 6f
    may_fault ld t1, 0(a1)
    may_fault ld t2, 8(a1)
    may_fault ld t3, 16(a1)
    may_fault ld t4, 24(a1)
    may_fault sd t1, 0(a0)
    may_fault sd t2, 8(a0)
    may_fault sd t3, 16(a0)
    may_fault sd t4, 24(a0)
    addi    a0, a0, 32
    addi    a1, a1, 32
    addi    a2, a2, -32
    j       3b
6:  li      t0, 8
7:  bltu    a2, t0, 4f
    may_fault ld t1, 0(a1)
    may_fault sd t1, 0(a0)
    addi    a0, a0, 8
    addi    a1, a1, 8
    addi    a2, a2, -8
    j       7b
4:  beqz    a2, 5f
    may_fault lb t1, 0(a1)
    may_fault sb t1, 0(a0)
    addi    a0, a0, 1
    addi    a1, a1, 1
    addi    a2, a2, -1
    j       4b
5:  li      a0, 0
    ret
copy_faulted:
    mv      a0, a2
    ret
