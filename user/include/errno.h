// errno. The numbers are the kernel's (kernel/uapi/errno.h).
#ifndef _ERRNO_H
#define _ERRNO_H
#include <features.h>
#include <uapi/errno.h>
__BEGIN_DECLS
// Programs have one thread, so there is one errno; the function leaves room for one per thread.
int* __errno_location(void) __attribute__((const));
#define errno (*__errno_location())
extern char* program_invocation_name;
extern char* program_invocation_short_name;
__END_DECLS
#endif
