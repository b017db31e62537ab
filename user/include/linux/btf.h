/* <linux/btf.h>: the kernel's own statement of the format. */
#ifndef SKEP_LINUX_BTF_H
#define SKEP_LINUX_BTF_H
#include <linux/types.h>

#include "uapi/btf.h"
#endif
