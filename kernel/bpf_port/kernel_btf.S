# The kernel's BTF, made of kernel_types.c.
  .section .rodata.kernel_btf, "a"
  .balign 8
  .global kernel_btf_start
kernel_btf_start:
  .incbin "kernel.btf"
  .global kernel_btf_end
kernel_btf_end:
