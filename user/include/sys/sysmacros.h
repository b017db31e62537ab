#ifndef _SYS_SYSMACROS_H
#define _SYS_SYSMACROS_H
// Linux's user-space form of a device number: 12 + 20 bits of major and minor, spread over 64.
#define major(dev) ((unsigned)((((dev) >> 8) & 0xfff) | (((dev) >> 32) & ~0xfffUL)))
#define minor(dev) ((unsigned)(((dev) & 0xff) | (((dev) >> 12) & ~0xffUL)))
#define makedev(major, minor)                                                              \
  ((((unsigned long)(major) & ~0xfffUL) << 32) | (((unsigned long)(major) & 0xfff) << 8) | \
   (((unsigned long)(minor) & ~0xffUL) << 12) | ((unsigned long)(minor) & 0xff))
#endif
