// Entry of the static riscv64 Linux program, its system calls, and the call through which JIT code is entered in tests.

    .section .text
    .globl _start
_start:
    mv a0, sp            // argc, argv as the kernel left them
    andi sp, sp, -16
    call runner_start
    // not reached

// long raw_syscall(long number, long a, long b, long c, long d, long e, long f)
    .globl raw_syscall
raw_syscall:
    mv a7, a0
    mv a0, a1
    mv a1, a2
    mv a2, a3
    mv a3, a4
    mv a4, a5
    mv a5, a6
    ecall
    ret

// rt_sigreturn, as the return address of signal handlers.
    .globl signal_return
signal_return:
    li a7, 139
    ecall

// uint64_t checked_call_at(uint64_t entry, uint64_t r1, uint64_t r2, uint64_t* differences)
// Calls entry(r1, r2) with a known value in every callee-saved register and compares them afterwards; *differences gets
// bit n for sn, bit 12 for sp, 13 for gp, 14 for tp. Temporaries and arguments enter with rubbish.
    .globl checked_call_at
checked_call_at:
    addi sp, sp, -160
    sd ra, 0(sp)
    sd s0, 8(sp)
    sd s1, 16(sp)
    sd s2, 24(sp)
    sd s3, 32(sp)
    sd s4, 40(sp)
    sd s5, 48(sp)
    sd s6, 56(sp)
    sd s7, 64(sp)
    sd s8, 72(sp)
    sd s9, 80(sp)
    sd s10, 88(sp)
    sd s11, 96(sp)
    sd a3, 104(sp)
    sd gp, 112(sp)
    sd tp, 120(sp)
    la t0, expected_sp
    sd sp, 0(t0)
    mv t0, a0
    mv a0, a1
    mv a1, a2
    li t1, 0x5a5a5a5a12345678
    .macro each_saved op
    \op s0, 1
    \op s1, 2
    \op s2, 3
    \op s3, 4
    \op s4, 5
    \op s5, 6
    \op s6, 7
    \op s7, 8
    \op s8, 9
    \op s9, 10
    \op s10, 11
    \op s11, 12
    .endm
    .macro set_register r, n
    addi \r, t1, \n
    .endm
    each_saved set_register
    mv a2, t1
    mv a3, t1
    mv a4, t1
    mv a5, t1
    mv a6, t1
    mv a7, t1
    mv t2, t1
    mv t3, t1
    mv t4, t1
    mv t5, t1
    mv t6, t1
    jalr t0
    la t0, expected_sp
    ld t0, 0(t0)
    xor t2, t0, sp
    mv sp, t0            // whatever happened, the saved values lie there
    li t1, 0x5a5a5a5a12345678
    li t3, 0
    .macro check_register r, n
    addi t4, t1, \n
    xor t4, t4, \r
    snez t4, t4
    slli t4, t4, \n - 1
    or t3, t3, t4
    .endm
    each_saved check_register
    snez t2, t2
    slli t2, t2, 12
    or t3, t3, t2
    ld t4, 112(sp)
    xor t4, t4, gp
    snez t4, t4
    slli t4, t4, 13
    or t3, t3, t4
    ld t4, 120(sp)
    xor t4, t4, tp
    snez t4, t4
    slli t4, t4, 14
    or t3, t3, t4
    ld t4, 104(sp)
    sd t3, 0(t4)
    ld ra, 0(sp)
    ld s0, 8(sp)
    ld s1, 16(sp)
    ld s2, 24(sp)
    ld s3, 32(sp)
    ld s4, 40(sp)
    ld s5, 48(sp)
    ld s6, 56(sp)
    ld s7, 64(sp)
    ld s8, 72(sp)
    ld s9, 80(sp)
    ld s10, 88(sp)
    ld s11, 96(sp)
    addi sp, sp, 160
    ret

    .section .bss
    .balign 8
expected_sp:
    .zero 8
