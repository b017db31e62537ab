// setjmp and longjmp: the registers that a called function must keep. Layout of jmp_buf: user/include/setjmp.h.
    .macro each_register op, fop
    \op ra, 0(a0)
    \op sp, 8(a0)
    \op s0, 16(a0)
    \op s1, 24(a0)
    \op s2, 32(a0)
    \op s3, 40(a0)
    \op s4, 48(a0)
    \op s5, 56(a0)
    \op s6, 64(a0)
    \op s7, 72(a0)
    \op s8, 80(a0)
    \op s9, 88(a0)
    \op s10, 96(a0)
    \op s11, 104(a0)
    \fop fs0, 112(a0)
    \fop fs1, 120(a0)
    \fop fs2, 128(a0)
    \fop fs3, 136(a0)
    \fop fs4, 144(a0)
    \fop fs5, 152(a0)
    \fop fs6, 160(a0)
    \fop fs7, 168(a0)
    \fop fs8, 176(a0)
    \fop fs9, 184(a0)
    \fop fs10, 192(a0)
    \fop fs11, 200(a0)
    .endm

    .section .text.setjmp, "ax", @progbits
    .globl setjmp, _setjmp
    .type setjmp, @function
    .type _setjmp, @function
setjmp:
_setjmp:
    each_register sd, fsd
    li a0, 0
    ret
    .size setjmp, . - setjmp

// sigsetjmp(env, save_mask): the mask is fetched by sigprocmask(SIG_SETMASK, NULL, &env[27]); env[26] says that it was.
    .section .text.sigsetjmp, "ax", @progbits
    .globl sigsetjmp
    .type sigsetjmp, @function
sigsetjmp:
    each_register sd, fsd
    sd a1, 208(a0)
    beqz a1, 1f
    addi a2, a0, 216
    li a0, 2
    li a1, 0
    li a3, 8
    li a7, 135              // rt_sigprocmask
    ecall
1:  li a0, 0
    ret
    .size sigsetjmp, . - sigsetjmp

    .section .text.siglongjmp, "ax", @progbits
    .globl siglongjmp
    .type siglongjmp, @function
siglongjmp:
    ld t0, 208(a0)
    beqz t0, longjmp
    mv t1, a0
    mv t2, a1
    li a0, 2
    addi a1, t1, 216
    li a2, 0
    li a3, 8
    li a7, 135
    ecall
    mv a0, t1
    mv a1, t2
    tail longjmp
    .size siglongjmp, . - siglongjmp

    .section .text.longjmp, "ax", @progbits
    .globl longjmp, _longjmp
    .type longjmp, @function
    .type _longjmp, @function
longjmp:
_longjmp:
    each_register ld, fld
    seqz a0, a1             // longjmp(env, 0) returns 1
    add a0, a0, a1
    ret
    .size longjmp, . - longjmp
    .section .note.GNU-stack, "", @progbits
