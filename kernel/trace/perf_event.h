// Perf events: what perf_event_open(2) makes. A kprobe event counts the hits of one kernel instruction and runs at most
// one BPF program on each; several events may stand on one instruction. Events of other types are refused with ENOENT.
#pragma once

#include <stdint.h>

#include "bpf/platform.h"
#include "fs/file.h"
#include "lib/result.h"

namespace skep::trace {

// perf_event_attr.type of kprobe events, as /sys/bus/event_source/devices/kprobe/type tells user space.
inline constexpr uint32_t kKprobeEventType = 6;
inline constexpr uint32_t kUprobeEventType = 7;

// The hook behind an open perf event, for BPF_LINK_CREATE; EINVAL when `file` is no event that programs can be attached
// to. The hook keeps the event, and with it the probe, in place until it is released. Task.
Result<Ref<bpf::AttachHook>> hook_of_perf_event(File& file);

// Registers the event sources below /sys/bus/event_source/devices. Boot, after the file system.
void init_perf_events();

}  // namespace skep::trace

// perf_event_open(2): a descriptor or a negative error number.
extern "C" long sys_perf_event_open(uint64_t attr, int64_t pid, int64_t cpu, int64_t group_fd, uint64_t flags);
