#ifndef _LINUX_PERF_EVENT_H
#define _LINUX_PERF_EVENT_H
#include <linux/ioctl.h>
#include <linux/types.h>
#include <uapi/perf_event.h>
#endif
