/* The registers of an interrupted context as Linux's riscv64 user ABI lays them out: what a kprobe program gets as its
   context. For C, C++ and BPF programs; assembly takes the offsets below, which a static_assert in arch/riscv compares.
 */
#ifndef SKEP_UAPI_PTRACE_H
#define SKEP_UAPI_PTRACE_H

#define SKEP_PT_EPC 0
#define SKEP_PT_RA 8
#define SKEP_PT_SP 16
#define SKEP_PT_GP 24
#define SKEP_PT_TP 32
#define SKEP_PT_T0 40
#define SKEP_PT_S0 64
#define SKEP_PT_A0 80
#define SKEP_PT_S2 144
#define SKEP_PT_T3 224
#define SKEP_PT_STATUS 256
#define SKEP_PT_BADADDR 264
#define SKEP_PT_CAUSE 272
#define SKEP_PT_ORIG_A0 280
#define SKEP_PT_BYTES 288

#ifndef __ASSEMBLER__
struct pt_regs {
  unsigned long epc;
  unsigned long ra, sp, gp, tp;
  unsigned long t0, t1, t2;
  unsigned long s0, s1;
  unsigned long a0, a1, a2, a3, a4, a5, a6, a7;
  unsigned long s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
  unsigned long t3, t4, t5, t6;
  unsigned long status;
  unsigned long badaddr;
  unsigned long cause;
  unsigned long orig_a0;
};
#endif

#endif
