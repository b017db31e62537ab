/* Offsets into C++ structures that assembly uses. thread.h and smp.cc static_assert each of them. */
#ifndef SKEP_ARCH_RISCV_ASM_OFFSETS_H
#define SKEP_ARCH_RISCV_ASM_OFFSETS_H

/* arch::Thread */
#define THREAD_KERNEL_SP 0
#define THREAD_SCRATCH0 8
#define THREAD_SCRATCH1 16
#define THREAD_HART 24
#define THREAD_CONTEXT 32
#define THREAD_FP 144
/* arch::Hart */
#define HART_OVERFLOW_STACK 0
/* HartStart */
#define HART_START_STACK 0
#define HART_START_THREAD 8
#define HART_START_SATP 16

#endif
