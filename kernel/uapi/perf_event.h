/* perf_event_open(2): the part of Linux's ABI that is implemented. tests/host compares it with the system's header. */
#ifndef SKEP_UAPI_PERF_EVENT_H
#define SKEP_UAPI_PERF_EVENT_H

#include "uapi/types.h"

enum perf_type_id {
  PERF_TYPE_HARDWARE = 0,
  PERF_TYPE_SOFTWARE = 1,
  PERF_TYPE_TRACEPOINT = 2,
  PERF_TYPE_HW_CACHE = 3,
  PERF_TYPE_RAW = 4,
  PERF_TYPE_BREAKPOINT = 5,
  PERF_TYPE_MAX
};

/* Fields of the value that read(2) returns. */
enum perf_event_read_format {
  PERF_FORMAT_TOTAL_TIME_ENABLED = 1u << 0,
  PERF_FORMAT_TOTAL_TIME_RUNNING = 1u << 1,
  PERF_FORMAT_ID = 1u << 2,
  PERF_FORMAT_GROUP = 1u << 3,
  PERF_FORMAT_LOST = 1u << 4,
  PERF_FORMAT_MAX = 1u << 5
};

/* sizeof(struct perf_event_attr) over the years; a caller may use any, and say so in attr.size. */
#define PERF_ATTR_SIZE_VER0 64
#define PERF_ATTR_SIZE_VER1 72
#define PERF_ATTR_SIZE_VER2 80
#define PERF_ATTR_SIZE_VER3 96
#define PERF_ATTR_SIZE_VER4 104
#define PERF_ATTR_SIZE_VER5 112
#define PERF_ATTR_SIZE_VER6 120
#define PERF_ATTR_SIZE_VER7 128

struct perf_event_attr {
  __u32 type;
  __u32 size;
  __u64 config;
  union {
    __u64 sample_period;
    __u64 sample_freq;
  };
  __u64 sample_type;
  __u64 read_format;
  __u64 disabled : 1;
  __u64 inherit : 1;
  __u64 pinned : 1;
  __u64 exclusive : 1;
  __u64 exclude_user : 1;
  __u64 exclude_kernel : 1;
  __u64 exclude_hv : 1;
  __u64 exclude_idle : 1;
  __u64 mmap : 1;
  __u64 comm : 1;
  __u64 freq : 1;
  __u64 inherit_stat : 1;
  __u64 enable_on_exec : 1;
  __u64 task : 1;
  __u64 watermark : 1;
  __u64 precise_ip : 2;
  __u64 mmap_data : 1;
  __u64 sample_id_all : 1;
  __u64 exclude_host : 1;
  __u64 exclude_guest : 1;
  __u64 exclude_callchain_kernel : 1;
  __u64 exclude_callchain_user : 1;
  __u64 mmap2 : 1;
  __u64 comm_exec : 1;
  __u64 use_clockid : 1;
  __u64 context_switch : 1;
  __u64 write_backward : 1;
  __u64 namespaces : 1;
  __u64 ksymbol : 1;
  __u64 bpf_event : 1;
  __u64 aux_output : 1;
  __u64 cgroup : 1;
  __u64 text_poke : 1;
  __u64 build_id : 1;
  __u64 inherit_thread : 1;
  __u64 remove_on_exec : 1;
  __u64 sigtrap : 1;
  __u64 __reserved_1 : 26;
  union {
    __u32 wakeup_events;
    __u32 wakeup_watermark;
  };
  __u32 bp_type;
  union {
    __u64 bp_addr;
    __u64 kprobe_func; /* user address of the function's name */
    __u64 uprobe_path;
    __u64 config1;
  };
  union {
    __u64 bp_len;
    __u64 kprobe_addr;  /* when kprobe_func is 0 */
    __u64 probe_offset; /* when it is not */
    __u64 config2;
  };
  __u64 branch_sample_type;
  __u64 sample_regs_user;
  __u32 sample_stack_user;
  __s32 clockid;
  __u64 sample_regs_intr;
  __u32 aux_watermark;
  __u16 sample_max_stack;
  __u16 __reserved_2;
  __u32 aux_sample_size;
  __u32 __reserved_3;
  __u64 sig_data;
};

struct perf_event_query_bpf {
  __u32 ids_len;  /* in: room in ids */
  __u32 prog_cnt; /* out: programs there are */
  __u32 ids[];
};

/* ioctl requests, '$' as their type; encoded as asm-generic/ioctl.h does: direction << 30 | size << 16 | '$' << 8 |
 * number. */
#define PERF_EVENT_IOC_ENABLE 0x2400u
#define PERF_EVENT_IOC_DISABLE 0x2401u
#define PERF_EVENT_IOC_REFRESH 0x2402u
#define PERF_EVENT_IOC_RESET 0x2403u
#define PERF_EVENT_IOC_PERIOD 0x40082404u
#define PERF_EVENT_IOC_SET_OUTPUT 0x2405u
#define PERF_EVENT_IOC_SET_FILTER 0x40082406u
#define PERF_EVENT_IOC_ID 0x80082407u
#define PERF_EVENT_IOC_SET_BPF 0x40042408u
#define PERF_EVENT_IOC_PAUSE_OUTPUT 0x40042409u
#define PERF_EVENT_IOC_QUERY_BPF 0xc008240au
#define PERF_EVENT_IOC_MODIFY_ATTRIBUTES 0x4008240bu

#define PERF_IOC_FLAG_GROUP 1u

/* perf_event_open's flags. */
#define PERF_FLAG_FD_NO_GROUP (1ul << 0)
#define PERF_FLAG_FD_OUTPUT (1ul << 1)
#define PERF_FLAG_PID_CGROUP (1ul << 2)
#define PERF_FLAG_FD_CLOEXEC (1ul << 3)

#endif
