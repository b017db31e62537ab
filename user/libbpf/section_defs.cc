#include "section_defs.h"

#include "attach.h"
#include "errors.h"
#include "print.h"

namespace skep::libbpf {
namespace {

using enum SectionForm;

// The first entry that fits counts. Facts: libbpf's documentation, "Program Types and ELF Sections".
constexpr SectionDef kDefs[] = {
    {"socket", kExact, BPF_PROG_TYPE_SOCKET_FILTER, {}},
    {"socket_filter", kExact, BPF_PROG_TYPE_SOCKET_FILTER, {}},
    {"kprobe", kMayRest, BPF_PROG_TYPE_KPROBE, {}, attach_kprobe_section},
    {"kretprobe", kMayRest, BPF_PROG_TYPE_KPROBE, {}, attach_kretprobe_section},
    {"ksyscall", kMayRest, BPF_PROG_TYPE_KPROBE, {}, attach_ksyscall_section},
    {"kretsyscall", kMayRest, BPF_PROG_TYPE_KPROBE, {}, attach_kretsyscall_section},
    {"kprobe.multi", kMayRest, BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI},
    {"kretprobe.multi", kMayRest, BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI},
    {"uprobe", kMayRest, BPF_PROG_TYPE_KPROBE, {}},
    {"uprobe.s", kMayRest, BPF_PROG_TYPE_KPROBE, {}, nullptr, true},
    {"uretprobe", kMayRest, BPF_PROG_TYPE_KPROBE, {}},
    {"uretprobe.s", kMayRest, BPF_PROG_TYPE_KPROBE, {}, nullptr, true},
    {"usdt", kMayRest, BPF_PROG_TYPE_KPROBE, {}},
    {"tracepoint", kMayRest, BPF_PROG_TYPE_TRACEPOINT, {}, attach_tracepoint_section},
    {"tp", kMayRest, BPF_PROG_TYPE_TRACEPOINT, {}, attach_tracepoint_section},
    {"raw_tracepoint", kMayRest, BPF_PROG_TYPE_RAW_TRACEPOINT, {}, attach_raw_tracepoint_section},
    {"raw_tp", kMayRest, BPF_PROG_TYPE_RAW_TRACEPOINT, {}, attach_raw_tracepoint_section},
    {"raw_tracepoint.w", kMayRest, BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, {}, attach_raw_tracepoint_section},
    {"raw_tp.w", kMayRest, BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, {}, attach_raw_tracepoint_section},
    {"tp_btf", kMayRest, BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, attach_trace_section, false, true},
    {"fentry", kMayRest, BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, attach_trace_section, false, true},
    {"fentry.s", kMayRest, BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, attach_trace_section, true, true},
    {"fexit", kMayRest, BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, attach_trace_section, false, true},
    {"fexit.s", kMayRest, BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, attach_trace_section, true, true},
    {"fmod_ret", kMayRest, BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, attach_trace_section, false, true},
    {"fmod_ret.s", kMayRest, BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, attach_trace_section, true, true},
    {"freplace", kMayRest, BPF_PROG_TYPE_EXT, {}, nullptr, false, true},
    {"lsm", kMayRest, BPF_PROG_TYPE_LSM, BPF_LSM_MAC, attach_trace_section, false, true},
    {"lsm.s", kMayRest, BPF_PROG_TYPE_LSM, BPF_LSM_MAC, attach_trace_section, true, true},
    {"iter", kMayRest, BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, nullptr, false, true},
    {"iter.s", kMayRest, BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, nullptr, true, true},
    {"syscall", kExact, BPF_PROG_TYPE_SYSCALL, {}, nullptr, true},
    {"perf_event", kExact, BPF_PROG_TYPE_PERF_EVENT, {}},
    {"tc", kExact, BPF_PROG_TYPE_SCHED_CLS, {}},
    {"classifier", kExact, BPF_PROG_TYPE_SCHED_CLS, {}},
    {"action", kExact, BPF_PROG_TYPE_SCHED_ACT, {}},
    {"xdp", kExact, BPF_PROG_TYPE_XDP, BPF_XDP},
    {"cgroup_skb/ingress", kExact, BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS},
    {"cgroup_skb/egress", kExact, BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS},
    {"cgroup/skb", kExact, BPF_PROG_TYPE_CGROUP_SKB, {}},
    {"cgroup/sock", kExact, BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE},
    {"cgroup/dev", kExact, BPF_PROG_TYPE_CGROUP_DEVICE, BPF_CGROUP_DEVICE},
    {"cgroup/sysctl", kExact, BPF_PROG_TYPE_CGROUP_SYSCTL, BPF_CGROUP_SYSCTL},
    {"sockops", kExact, BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS},
    {"sk_skb", kExact, BPF_PROG_TYPE_SK_SKB, {}},
    {"sk_msg", kExact, BPF_PROG_TYPE_SK_MSG, BPF_SK_MSG_VERDICT},
    {"sk_reuseport", kExact, BPF_PROG_TYPE_SK_REUSEPORT, BPF_SK_REUSEPORT_SELECT},
    {"sk_lookup", kExact, BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP},
    {"flow_dissector", kExact, BPF_PROG_TYPE_FLOW_DISSECTOR, BPF_FLOW_DISSECTOR},
    {"lwt_in", kExact, BPF_PROG_TYPE_LWT_IN, {}},
    {"lwt_out", kExact, BPF_PROG_TYPE_LWT_OUT, {}},
    {"lwt_xmit", kExact, BPF_PROG_TYPE_LWT_XMIT, {}},
    {"struct_ops", kMayRest, BPF_PROG_TYPE_STRUCT_OPS, {}},
};

bool fits(const SectionDef& def, std::string_view name) {
  if (name == def.prefix) return true;
  return def.form == kMayRest && name.size() > def.prefix.size() && name.starts_with(def.prefix) &&
         name[def.prefix.size()] == '/';
}

}  // namespace

const SectionDef* find_section_def(std::string_view section_name) {
  // "?kprobe/f": as "kprobe/f", but not loaded unless asked for.
  if (section_name.starts_with('?')) section_name.remove_prefix(1);
  for (const SectionDef& def : kDefs) {
    if (fits(def, section_name)) return &def;
  }
  return nullptr;
}

std::string_view section_rest(const SectionDef& def, std::string_view section_name) {
  if (section_name.starts_with('?')) section_name.remove_prefix(1);
  if (section_name.size() <= def.prefix.size() + 1) return {};
  return section_name.substr(def.prefix.size() + 1);
}

}  // namespace skep::libbpf

using namespace skep::libbpf;

int libbpf_prog_type_by_name(const char* name, enum bpf_prog_type* prog_type,
                             enum bpf_attach_type* expected_attach_type) {
  if (!name) return set_errno(-EINVAL);
  const SectionDef* def = find_section_def(name);
  if (!def) {
    LOG_DEBUG("failed to guess program type from ELF section '%s'\n", name);
    return set_errno(-ESRCH);
  }
  *prog_type = def->prog_type;
  *expected_attach_type = def->attach_type;
  return 0;
}

int libbpf_attach_type_by_name(const char* name, enum bpf_attach_type* attach_type) {
  if (!name) return set_errno(-EINVAL);
  const SectionDef* def = find_section_def(name);
  if (!def || (def->attach_type == bpf_attach_type{} && def->prog_type != BPF_PROG_TYPE_CGROUP_SKB)) {
    LOG_DEBUG("failed to guess attach type from ELF section '%s'\n", name);
    return set_errno(-EINVAL);
  }
  *attach_type = def->attach_type;
  return 0;
}
