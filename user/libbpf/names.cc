// Texts of the enums of <linux/bpf.h>: the constant's name in lower case without its prefix, as libbpf has it.
#include <bpf/libbpf.h>

#include <bit>
#include <iterator>

#include "errors.h"

namespace {

// C callers may hand in any number, which is not a value of the enum then; so its bits are looked at.
template <typename Enum, size_t N>
const char* name_at(const char* const (&names)[N], const Enum& value) {
  const auto index = std::bit_cast<uint32_t>(value);
  return index < N ? names[index] : nullptr;
}

constexpr const char* kAttachTypes[] = {
    "cgroup_inet_ingress",
    "cgroup_inet_egress",
    "cgroup_inet_sock_create",
    "cgroup_sock_ops",
    "sk_skb_stream_parser",
    "sk_skb_stream_verdict",
    "cgroup_device",
    "sk_msg_verdict",
    "cgroup_inet4_bind",
    "cgroup_inet6_bind",
    "cgroup_inet4_connect",
    "cgroup_inet6_connect",
    "cgroup_inet4_post_bind",
    "cgroup_inet6_post_bind",
    "cgroup_udp4_sendmsg",
    "cgroup_udp6_sendmsg",
    "lirc_mode2",
    "flow_dissector",
    "cgroup_sysctl",
    "cgroup_udp4_recvmsg",
    "cgroup_udp6_recvmsg",
    "cgroup_getsockopt",
    "cgroup_setsockopt",
    "trace_raw_tp",
    "trace_fentry",
    "trace_fexit",
    "modify_return",
    "lsm_mac",
    "trace_iter",
    "cgroup_inet4_getpeername",
    "cgroup_inet6_getpeername",
    "cgroup_inet4_getsockname",
    "cgroup_inet6_getsockname",
    "xdp_devmap",
    "cgroup_inet_sock_release",
    "xdp_cpumap",
    "sk_lookup",
    "xdp",
    "sk_skb_verdict",
    "sk_reuseport_select",
    "sk_reuseport_select_or_migrate",
    "perf_event",
    "trace_kprobe_multi",
    "lsm_cgroup",
};
static_assert(std::size(kAttachTypes) == BPF_LSM_CGROUP + 1);

constexpr const char* kLinkTypes[] = {
    "unspec", "raw_tracepoint", "tracing", "cgroup", "iter", "netns", "xdp", "perf_event", "kprobe_multi", "struct_ops",
};
static_assert(std::size(kLinkTypes) == BPF_LINK_TYPE_STRUCT_OPS + 1);

constexpr const char* kMapTypes[] = {
    "unspec",
    "hash",
    "array",
    "prog_array",
    "perf_event_array",
    "percpu_hash",
    "percpu_array",
    "stack_trace",
    "cgroup_array",
    "lru_hash",
    "lru_percpu_hash",
    "lpm_trie",
    "array_of_maps",
    "hash_of_maps",
    "devmap",
    "sockmap",
    "cpumap",
    "xskmap",
    "sockhash",
    "cgroup_storage",
    "reuseport_sockarray",
    "percpu_cgroup_storage",
    "queue",
    "stack",
    "sk_storage",
    "devmap_hash",
    "struct_ops",
    "ringbuf",
    "inode_storage",
    "task_storage",
    "bloom_filter",
    "user_ringbuf",
};
static_assert(std::size(kMapTypes) == BPF_MAP_TYPE_USER_RINGBUF + 1);

constexpr const char* kProgTypes[] = {
    "unspec",
    "socket_filter",
    "kprobe",
    "sched_cls",
    "sched_act",
    "tracepoint",
    "xdp",
    "perf_event",
    "cgroup_skb",
    "cgroup_sock",
    "lwt_in",
    "lwt_out",
    "lwt_xmit",
    "sock_ops",
    "sk_skb",
    "cgroup_device",
    "sk_msg",
    "raw_tracepoint",
    "cgroup_sock_addr",
    "lwt_seg6local",
    "lirc_mode2",
    "sk_reuseport",
    "flow_dissector",
    "cgroup_sysctl",
    "raw_tracepoint_writable",
    "cgroup_sockopt",
    "tracing",
    "struct_ops",
    "ext",
    "lsm",
    "sk_lookup",
    "syscall",
};
static_assert(std::size(kProgTypes) == BPF_PROG_TYPE_SYSCALL + 1);

}  // namespace

const char* libbpf_bpf_attach_type_str(enum bpf_attach_type t) { return name_at(kAttachTypes, t); }
const char* libbpf_bpf_link_type_str(enum bpf_link_type t) { return name_at(kLinkTypes, t); }
const char* libbpf_bpf_map_type_str(enum bpf_map_type t) { return name_at(kMapTypes, t); }
const char* libbpf_bpf_prog_type_str(enum bpf_prog_type t) { return name_at(kProgTypes, t); }
