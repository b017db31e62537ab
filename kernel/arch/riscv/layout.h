/* The kernel's memory map (Sv39: 39-bit addresses, sign-extended), for C++ and assembly.

   0x0000000000000000  user, 256 GiB
   0xffffffc000000000  linear map: all RAM at base + physical address, never executable
   0xffffffd000000000  device registers at base + physical address
   0xffffffd800000000  kernel stacks, each with a guard area below it
   0xffffffff80000000  kernel image (physical 0x80000000 + offset)
   0xffffffff90000000  code region: JIT programs, probe slots; within +-2 GiB of kernel text, for direct calls
   0xffffffffbf000000  fixmap: short-lived aliases of text pages that are being patched */
#ifndef SKEP_ARCH_RISCV_LAYOUT_H
#define SKEP_ARCH_RISCV_LAYOUT_H

#define SKEP_PAGE_SHIFT 12
#define SKEP_PAGE_BYTES 4096

#define SKEP_USER_END 0x0000004000000000
#define SKEP_LINEAR_BASE 0xffffffc000000000
#define SKEP_LINEAR_BYTES 0x0000001000000000
#define SKEP_DEVICE_BASE 0xffffffd000000000
#define SKEP_DEVICE_BYTES 0x0000000800000000
#define SKEP_STACK_REGION 0xffffffd800000000
#define SKEP_IMAGE_BASE 0xffffffff80000000
#define SKEP_IMAGE_PHYS 0x80000000
#define SKEP_IMAGE_OFFSET 0xffffffff00000000 /* virtual - physical, for the image */
#define SKEP_CODE_REGION 0xffffffff90000000
#define SKEP_CODE_REGION_BYTES 0x4000000
#define SKEP_FIXMAP 0xffffffffbf000000

/* A kernel stack is the upper half of a slot of twice its size: in a valid stack pointer (one that has a frame below
   the top) the bit kStackBytes is set, and clear in the guard half below. The trap entry tests that one bit. */
#define SKEP_STACK_SHIFT 14
#define SKEP_STACK_BYTES 16384
#define SKEP_STACK_SLOT_BYTES 32768

/* sstatus and scause bits that assembly needs. The RISC-V Instruction Set Manual, Volume II, "Supervisor Status
 * Register". */
#define SKEP_SSTATUS_SIE 0x2
#define SKEP_SSTATUS_SPIE 0x20
#define SKEP_SSTATUS_SPP 0x100
#define SKEP_SSTATUS_FS 0x6000
#define SKEP_SSTATUS_SUM 0x40000

#endif
