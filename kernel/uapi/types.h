/* Integer names of Linux's user ABI, for C and C++. */
#ifndef SKEP_UAPI_TYPES_H
#define SKEP_UAPI_TYPES_H
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef signed short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u64 __attribute__((aligned(8))) __aligned_u64;
#endif
