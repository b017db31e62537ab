// The helper functions themselves, as the engines call them (HelperFunction). Each runs in any context, preemption off;
// the verifier has checked the arguments, so sizes fit the memory they speak of. A negative errno comes back as a
// 64-bit two's complement number, as in Linux. What each does: the helper's section in Linux's bpf-helpers(7).
#pragma once

#include <stdint.h>

namespace skep::bpf {

#define SKEP_HELPER_FUNCTION(name) \
  uint64_t helper_##name(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)

// map_helpers.cc; r1 is the Map.
SKEP_HELPER_FUNCTION(map_lookup_elem);
SKEP_HELPER_FUNCTION(map_update_elem);
SKEP_HELPER_FUNCTION(map_delete_elem);
SKEP_HELPER_FUNCTION(map_lookup_percpu_elem);

// callback_helpers.cc
SKEP_HELPER_FUNCTION(loop);
SKEP_HELPER_FUNCTION(for_each_map_elem);
SKEP_HELPER_FUNCTION(tail_call);

// ringbuf_helpers.cc; r1 is the Map, or the record.
SKEP_HELPER_FUNCTION(ringbuf_output);
SKEP_HELPER_FUNCTION(ringbuf_reserve);
SKEP_HELPER_FUNCTION(ringbuf_submit);
SKEP_HELPER_FUNCTION(ringbuf_discard);
SKEP_HELPER_FUNCTION(ringbuf_query);

// task_helpers.cc: time, processor, current task
SKEP_HELPER_FUNCTION(ktime_get_ns);
SKEP_HELPER_FUNCTION(ktime_get_boot_ns);
SKEP_HELPER_FUNCTION(jiffies64);
SKEP_HELPER_FUNCTION(get_prandom_u32);
SKEP_HELPER_FUNCTION(get_smp_processor_id);
SKEP_HELPER_FUNCTION(get_numa_node_id);
SKEP_HELPER_FUNCTION(get_current_pid_tgid);
SKEP_HELPER_FUNCTION(get_current_uid_gid);
SKEP_HELPER_FUNCTION(get_current_comm);
SKEP_HELPER_FUNCTION(get_current_task);
SKEP_HELPER_FUNCTION(get_current_task_btf);
SKEP_HELPER_FUNCTION(task_pt_regs);

// spin_lock.cc
SKEP_HELPER_FUNCTION(spin_lock);
SKEP_HELPER_FUNCTION(spin_unlock);

// probe_read.cc
SKEP_HELPER_FUNCTION(probe_read);
SKEP_HELPER_FUNCTION(probe_read_str);
SKEP_HELPER_FUNCTION(probe_read_user);
SKEP_HELPER_FUNCTION(probe_read_kernel);
SKEP_HELPER_FUNCTION(probe_read_user_str);
SKEP_HELPER_FUNCTION(probe_read_kernel_str);

// printk.cc
SKEP_HELPER_FUNCTION(trace_printk);
SKEP_HELPER_FUNCTION(trace_vprintk);
SKEP_HELPER_FUNCTION(snprintf);
SKEP_HELPER_FUNCTION(strncmp);
SKEP_HELPER_FUNCTION(strtol);
SKEP_HELPER_FUNCTION(strtoul);

#undef SKEP_HELPER_FUNCTION

}  // namespace skep::bpf
