# Trap entry and exit, the context switch, and the first steps of a new thread. All of it is .noprobe.text: a breakpoint in
# here would trap while the trap state is in use.
#
# tp holds the current arch::Thread while in the kernel. sscratch holds it while in user mode, and 0 while in the kernel:
# that is how the entry tells where it came from.

#include "arch/riscv/asm_offsets.h"
#include "arch/riscv/layout.h"
#include "uapi/ptrace.h"

.section .noprobe.text, "ax"

# The frame record below pt_regs makes backtraces run through a trap.
#define FRAME_RECORD 16

.macro for_each_caller_register op
    \op t1, (SKEP_PT_T0 + 8)(sp)
    \op t2, (SKEP_PT_T0 + 16)(sp)
    \op s0, SKEP_PT_S0(sp)
    \op s1, (SKEP_PT_S0 + 8)(sp)
    \op a0, SKEP_PT_A0(sp)
    \op a1, (SKEP_PT_A0 + 8)(sp)
    \op a2, (SKEP_PT_A0 + 16)(sp)
    \op a3, (SKEP_PT_A0 + 24)(sp)
    \op a4, (SKEP_PT_A0 + 32)(sp)
    \op a5, (SKEP_PT_A0 + 40)(sp)
    \op a6, (SKEP_PT_A0 + 48)(sp)
    \op a7, (SKEP_PT_A0 + 56)(sp)
    \op s2, SKEP_PT_S2(sp)
    \op s3, (SKEP_PT_S2 + 8)(sp)
    \op s4, (SKEP_PT_S2 + 16)(sp)
    \op s5, (SKEP_PT_S2 + 24)(sp)
    \op s6, (SKEP_PT_S2 + 32)(sp)
    \op s7, (SKEP_PT_S2 + 40)(sp)
    \op s8, (SKEP_PT_S2 + 48)(sp)
    \op s9, (SKEP_PT_S2 + 56)(sp)
    \op s10, (SKEP_PT_S2 + 64)(sp)
    \op s11, (SKEP_PT_S2 + 72)(sp)
    \op t3, SKEP_PT_T3(sp)
    \op t4, (SKEP_PT_T3 + 8)(sp)
    \op t5, (SKEP_PT_T3 + 16)(sp)
    \op t6, (SKEP_PT_T3 + 24)(sp)
.endm

.globl trap_vector
.balign 4
trap_vector:
    csrrw   tp, sscratch, tp
    bnez    tp, 1f
    # From the kernel: tp was exchanged with 0.
    csrr    tp, sscratch
    sd      sp, THREAD_SCRATCH0(tp)
    sd      t0, THREAD_SCRATCH1(tp)
    addi    sp, sp, -SKEP_PT_BYTES
    srli    t0, sp, SKEP_STACK_SHIFT
    andi    t0, t0, 1
    bnez    t0, 2f
    # The stack has run into its guard: continue on this hart's spare stack, to say so.
    ld      sp, THREAD_HART(tp)
    ld      sp, HART_OVERFLOW_STACK(sp)
    addi    sp, sp, -SKEP_PT_BYTES
    j       2f
1:  # From user mode: to the top of the thread's kernel stack.
    sd      sp, THREAD_SCRATCH0(tp)
    sd      t0, THREAD_SCRATCH1(tp)
    ld      sp, THREAD_KERNEL_SP(tp)
    addi    sp, sp, -SKEP_PT_BYTES
2:  sd      ra, SKEP_PT_RA(sp)
    sd      gp, SKEP_PT_GP(sp)
    for_each_caller_register sd
    ld      t0, THREAD_SCRATCH1(tp)
    sd      t0, SKEP_PT_T0(sp)
    ld      t0, THREAD_SCRATCH0(tp)
    sd      t0, SKEP_PT_SP(sp)
    csrr    t1, sscratch
    sd      t1, SKEP_PT_TP(sp)
    csrw    sscratch, zero
    # User memory and floating point stay out of reach of kernel code that does not ask for them.
    li      t0, SKEP_SSTATUS_SUM | SKEP_SSTATUS_FS
    csrrc   t1, sstatus, t0
    sd      t1, SKEP_PT_STATUS(sp)
    csrr    t2, sepc
    sd      t2, SKEP_PT_EPC(sp)
    csrr    t3, stval
    sd      t3, SKEP_PT_BADADDR(sp)
    csrr    t4, scause
    sd      t4, SKEP_PT_CAUSE(sp)
    sd      a0, SKEP_PT_ORIG_A0(sp)

    mv      a0, sp
    addi    sp, sp, -FRAME_RECORD
    andi    t0, t1, SKEP_SSTATUS_SPP
    beqz    t0, 3f
    sd      s0, 0(sp)
    sd      t2, 8(sp)
    addi    s0, sp, FRAME_RECORD
    call    trap_from_kernel
    addi    sp, sp, FRAME_RECORD
    ld      t0, SKEP_PT_STATUS(sp)
    j       restore_registers
3:  sd      zero, 0(sp)
    sd      zero, 8(sp)
    addi    s0, sp, FRAME_RECORD
    call    trap_from_user

# sp: FRAME_RECORD below a pt_regs that returns to user mode; interrupts masked.
return_to_user:
    addi    sp, sp, FRAME_RECORD
    ld      t0, SKEP_PT_STATUS(sp)
    csrw    sscratch, tp
    ld      gp, SKEP_PT_GP(sp)
    ld      tp, SKEP_PT_TP(sp)

# sp: pt_regs. t0: its status.
restore_registers:
    csrw    sstatus, t0
    ld      t1, SKEP_PT_EPC(sp)
    csrw    sepc, t1
    # Ends a reservation that the interrupted code may hold: its sc must not succeed on what others changed meanwhile.
    addi    t2, sp, SKEP_PT_ORIG_A0
    sc.d    zero, t1, (t2)
    ld      ra, SKEP_PT_RA(sp)
    for_each_caller_register ld
    ld      t0, SKEP_PT_T0(sp)
    ld      sp, SKEP_PT_SP(sp)
    sret
.globl trap_code_end
trap_code_end:

# void switch_context(arch::Thread* from, arch::Thread* to): saves what the C ABI preserves, continues `to` where it called.
.globl switch_context
switch_context:
    sd      ra, (THREAD_CONTEXT + 0)(a0)
    sd      sp, (THREAD_CONTEXT + 8)(a0)
    sd      s0, (THREAD_CONTEXT + 16)(a0)
    sd      s1, (THREAD_CONTEXT + 24)(a0)
    sd      s2, (THREAD_CONTEXT + 32)(a0)
    sd      s3, (THREAD_CONTEXT + 40)(a0)
    sd      s4, (THREAD_CONTEXT + 48)(a0)
    sd      s5, (THREAD_CONTEXT + 56)(a0)
    sd      s6, (THREAD_CONTEXT + 64)(a0)
    sd      s7, (THREAD_CONTEXT + 72)(a0)
    sd      s8, (THREAD_CONTEXT + 80)(a0)
    sd      s9, (THREAD_CONTEXT + 88)(a0)
    sd      s10, (THREAD_CONTEXT + 96)(a0)
    sd      s11, (THREAD_CONTEXT + 104)(a0)
    ld      ra, (THREAD_CONTEXT + 0)(a1)
    ld      sp, (THREAD_CONTEXT + 8)(a1)
    ld      s0, (THREAD_CONTEXT + 16)(a1)
    ld      s1, (THREAD_CONTEXT + 24)(a1)
    ld      s2, (THREAD_CONTEXT + 32)(a1)
    ld      s3, (THREAD_CONTEXT + 40)(a1)
    ld      s4, (THREAD_CONTEXT + 48)(a1)
    ld      s5, (THREAD_CONTEXT + 56)(a1)
    ld      s6, (THREAD_CONTEXT + 64)(a1)
    ld      s7, (THREAD_CONTEXT + 72)(a1)
    ld      s8, (THREAD_CONTEXT + 80)(a1)
    ld      s9, (THREAD_CONTEXT + 88)(a1)
    ld      s10, (THREAD_CONTEXT + 96)(a1)
    ld      s11, (THREAD_CONTEXT + 104)(a1)
    mv      tp, a1
    ret

# Where a new thread begins: s1 is its function (null: it starts in user mode with the pt_regs at sp + FRAME_RECORD),
# s2 the argument, s3 the function that ends the switch.
.globl thread_start
thread_start:
    li      s0, 0
    jalr    s3
    beqz    s1, 1f
    mv      a0, s2
    jalr    s1
    unimp
1:  addi    a0, sp, FRAME_RECORD
    call    user_thread_start
    j       return_to_user

# void panic_line(std::string_view cause) (lib/log.h): keeps the caller's registers as a pt_regs, for the report.
.globl _ZN4skep10panic_lineENSt6__skep17basic_string_viewIcNS0_11char_traitsIcEEEE
_ZN4skep10panic_lineENSt6__skep17basic_string_viewIcNS0_11char_traitsIcEEEE:
    addi    sp, sp, -SKEP_PT_BYTES
    sd      ra, SKEP_PT_EPC(sp)
    sd      ra, SKEP_PT_RA(sp)
    sd      gp, SKEP_PT_GP(sp)
    sd      tp, SKEP_PT_TP(sp)
    sd      t0, SKEP_PT_T0(sp)
    for_each_caller_register sd
    addi    t0, sp, SKEP_PT_BYTES
    sd      t0, SKEP_PT_SP(sp)
    csrr    t0, sstatus
    sd      t0, SKEP_PT_STATUS(sp)
    sd      zero, SKEP_PT_BADADDR(sp)
    sd      zero, SKEP_PT_CAUSE(sp)
    sd      zero, SKEP_PT_ORIG_A0(sp)
    mv      a2, sp
    call    panic_at_call

# void save_fp_state(FpState*), load_fp_state(const FpState*): 32 double registers and fcsr.
.option push
.option arch, +d
.macro for_each_fp_register op
    .set    fp_index, 0
    .irp    r, f0,f1,f2,f3,f4,f5,f6,f7,f8,f9,f10,f11,f12,f13,f14,f15,f16,f17,f18,f19,f20,f21,f22,f23,f24,f25,f26,f27,f28,f29,f30,f31
    \op     \r, (fp_index * 8)(a0)
    .set    fp_index, fp_index + 1
    .endr
.endm
.globl save_fp_state
save_fp_state:
    li      t0, SKEP_SSTATUS_FS
    csrs    sstatus, t0
    for_each_fp_register fsd
    frcsr   t1
    sw      t1, 256(a0)
    csrc    sstatus, t0
    ret
.globl load_fp_state
load_fp_state:
    li      t0, SKEP_SSTATUS_FS
    csrs    sstatus, t0
    for_each_fp_register fld
    lw      t1, 256(a0)
    fscsr   t1
    csrc    sstatus, t0
    ret
.option pop
