// The program's entry. The kernel leaves at sp: argc, argv[], NULL, envp[], NULL, auxv (System V psABI, Linux's form).
    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    .option push
    .option norelax
    lla gp, __global_pointer$
    .option pop
    mv a0, sp
    li s0, 0                // end of the frame-pointer chain
    li ra, 0
    andi sp, sp, -16
    call __libc_start
    ebreak                  // __libc_start does not return
    .size _start, . - _start
    .weak __global_pointer$
    .section .note.GNU-stack, "", @progbits
