#ifndef _SYS_IOCTL_H
#define _SYS_IOCTL_H
#include <asm/ioctls.h>
#include <features.h>
#include <linux/ioctl.h>
__BEGIN_DECLS
struct winsize {
  unsigned short ws_row, ws_col, ws_xpixel, ws_ypixel;
};
int ioctl(int fd, unsigned long request, ...);
__END_DECLS
#endif
