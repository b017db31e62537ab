// Every helper of Linux 6.1 that a program type of this kernel may call. The argument kinds are those of Linux's
// bpf_func_proto tables (kernel/bpf/helpers.c, kernel/trace/bpf_trace.c, net/core/filter.c); bpf-helpers(7) describes
// the functions. To build one more helper: write its function (functions.h), name it in its row, test it.
#include "bpf/helpers/functions.h"
#include "bpf/helpers/helper.h"
#include "uapi/bpf.h"

namespace skep::bpf {
namespace {

using enum ArgKind;

constexpr uint32_t kTracingSyscall = kForTracing | kForSyscall;     // Linux: tracing_prog_func_proto
constexpr uint32_t kTracingKinds = kForTracingKinds | kForSyscall;  // Linux: bpf_tracing_func_proto
constexpr uint32_t kStackKinds = kForTracingKinds | kForSyscall;    // perf_event_output, get_stackid, get_stack
constexpr uint32_t kSocketFilterOnly = kForSocketFilter;
constexpr bool kGpl = true;
constexpr bool kAnyLicense = false;

struct Args {
  ArgKind kind[5] = {};
};

constexpr Helper make_row(int32_t id, std::string_view name, RetKind ret, Args args, uint32_t programs, bool gpl,
                          HelperFunction function) {
  Helper h{.id = id, .name = name, .ret = ret, .programs = programs, .gpl_only = gpl, .function = function};
  for (int i = 0; i < 5; i++) h.args[i] = args.kind[i];
  return h;
}

// BUILT has a function helper_NAME; LATER is known to the verifier only.
#define BUILT(name, ret, args, programs, gpl) \
  make_row(BPF_FUNC_##name, #name, RetKind::ret, Args{args}, programs, gpl, helper_##name)
#define LATER(name, ret, args, programs, gpl) \
  make_row(BPF_FUNC_##name, #name, RetKind::ret, Args{args}, programs, gpl, nullptr)
#define A(...) {__VA_ARGS__}

// clang-format off
constexpr Helper kRows[] = {
    // Maps.
    BUILT(map_lookup_elem, kMapValueOrNull, A(kConstMapPtr, kMapKey), kForAll, kAnyLicense),
    BUILT(map_update_elem, kInteger, A(kConstMapPtr, kMapKey, ArgKind::kMapValue, kAnything), kForAll, kAnyLicense),
    BUILT(map_delete_elem, kInteger, A(kConstMapPtr, kMapKey), kForAll, kAnyLicense),
    BUILT(probe_read, kInteger, A(kUninitMem, kSizeOrZero, kAnything), kTracingKinds, kGpl),
    BUILT(ktime_get_ns, kInteger, A(kNone), kForAll, kAnyLicense),
    BUILT(trace_printk, kInteger, A(kMem, kSize), kForAll, kGpl),  // up to three values follow, of any kind, unchecked
    BUILT(get_prandom_u32, kInteger, A(kNone), kForAll, kAnyLicense),
    BUILT(get_smp_processor_id, kInteger, A(kNone), kForAll, kAnyLicense),
    BUILT(tail_call, kVoid, A(kCtx, kConstMapPtr, kAnything), kForAll, kAnyLicense),
    BUILT(get_current_pid_tgid, kInteger, A(kNone), kForAll, kAnyLicense),
    BUILT(get_current_uid_gid, kInteger, A(kNone), kTracingKinds, kAnyLicense),
    BUILT(get_current_comm, kInteger, A(kUninitMem, kSize), kTracingKinds, kAnyLicense),
    LATER(perf_event_read, kInteger, A(kConstMapPtr, kAnything), kTracingKinds, kGpl),
    LATER(perf_event_output, kInteger, A(kCtx, kConstMapPtr, kAnything, kMem, kSizeOrZero), kForAll, kGpl),
    LATER(skb_load_bytes, kInteger, A(kCtx, kAnything, kUninitMem, kSize), kSocketFilterOnly, kAnyLicense),
    LATER(get_stackid, kInteger, A(kCtx, kConstMapPtr, kAnything), kStackKinds, kGpl),
    BUILT(get_current_task, kInteger, A(kNone), kForAll, kGpl),
    LATER(probe_write_user, kInteger, A(kAnything, kMem, kSize), kTracingKinds, kGpl),
    LATER(current_task_under_cgroup, kInteger, A(kConstMapPtr, kAnything), kTracingKinds, kAnyLicense),
    BUILT(get_numa_node_id, kInteger, A(kNone), kForAll, kAnyLicense),
    BUILT(probe_read_str, kInteger, A(kUninitMem, kSizeOrZero, kAnything), kTracingKinds, kGpl),
    LATER(get_socket_cookie, kInteger, A(kCtx), kSocketFilterOnly, kAnyLicense),
    LATER(get_socket_cookie, kInteger, A(kBtfIdSock), kTracingSyscall, kAnyLicense),
    LATER(get_socket_uid, kInteger, A(kCtx), kSocketFilterOnly, kAnyLicense),
    LATER(perf_event_read_value, kInteger, A(kConstMapPtr, kAnything, kUninitMem, kSize), kTracingKinds, kGpl),
    LATER(perf_prog_read_value, kInteger, A(kCtx, kUninitMem, kSize), kForPerfEvent, kGpl),
    LATER(override_return, kInteger, A(kCtx, kAnything), kForKprobe, kGpl),
    LATER(get_stack, kInteger, A(kCtx, kUninitMem, kSizeOrZero, kAnything), kStackKinds, kGpl),
    LATER(skb_load_bytes_relative, kInteger, A(kCtx, kAnything, kUninitMem, kSize, kAnything), kSocketFilterOnly, kAnyLicense),
    LATER(get_current_cgroup_id, kInteger, A(kNone), kTracingKinds, kAnyLicense),
    LATER(map_push_elem, kInteger, A(kConstMapPtr, ArgKind::kMapValue, kAnything), kForAll, kAnyLicense),
    LATER(map_pop_elem, kInteger, A(kConstMapPtr, kUninitMapValue), kForAll, kAnyLicense),
    LATER(map_peek_elem, kInteger, A(kConstMapPtr, kUninitMapValue), kForAll, kAnyLicense),
    BUILT(spin_lock, kVoid, A(kSpinLock), kForAll, kAnyLicense),
    BUILT(spin_unlock, kVoid, A(kSpinLock), kForAll, kAnyLicense),
    BUILT(strtol, kInteger, A(kMem, kSize, kAnything, kPtrToLong), kForAll, kAnyLicense),
    BUILT(strtoul, kInteger, A(kMem, kSize, kAnything, kPtrToLong), kForAll, kAnyLicense),
    LATER(sk_storage_get, kMapValueOrNull, A(kConstMapPtr, kBtfIdSock, ArgKind::kMapValueOrNull, kAnything), kTracingSyscall, kAnyLicense),
    LATER(sk_storage_delete, kInteger, A(kConstMapPtr, kBtfIdSock), kTracingSyscall, kAnyLicense),
    LATER(send_signal, kInteger, A(kAnything), kTracingKinds, kAnyLicense),
    LATER(skb_output, kInteger, A(kBtfId, kConstMapPtr, kAnything, kMem, kSizeOrZero), kTracingSyscall, kGpl),
    BUILT(probe_read_user, kInteger, A(kUninitMem, kSizeOrZero, kAnything), kForAll, kGpl),
    BUILT(probe_read_kernel, kInteger, A(kUninitMem, kSizeOrZero, kAnything), kForAll, kGpl),
    BUILT(probe_read_user_str, kInteger, A(kUninitMem, kSizeOrZero, kAnything), kForAll, kGpl),
    BUILT(probe_read_kernel_str, kInteger, A(kUninitMem, kSizeOrZero, kAnything), kForAll, kGpl),
    LATER(send_signal_thread, kInteger, A(kAnything), kTracingKinds, kAnyLicense),
    BUILT(jiffies64, kInteger, A(kNone), kForAll, kAnyLicense),
    LATER(read_branch_records, kInteger, A(kCtx, kWritableMemOrNull, kSizeOrZero, kAnything), kForPerfEvent, kGpl),
    LATER(get_ns_current_pid_tgid, kInteger, A(kAnything, kAnything, kUninitMem, kSize), kForAll, kAnyLicense),
    LATER(xdp_output, kInteger, A(kBtfId, kConstMapPtr, kAnything, kMem, kSizeOrZero), kTracingSyscall, kGpl),
    LATER(get_current_ancestor_cgroup_id, kInteger, A(kAnything), kTracingKinds, kAnyLicense),
    BUILT(ktime_get_boot_ns, kInteger, A(kNone), kForAll, kAnyLicense),
    BUILT(ringbuf_output, kInteger, A(kConstMapPtr, kMem, kSizeOrZero, kAnything), kForAll, kAnyLicense),
    BUILT(ringbuf_reserve, kRingbufRecordOrNull, A(kConstMapPtr, kAllocSize, kAnything), kForAll, kAnyLicense),
    BUILT(ringbuf_submit, kVoid, A(kRingbufRecord, kAnything), kForAll, kAnyLicense),
    BUILT(ringbuf_discard, kVoid, A(kRingbufRecord, kAnything), kForAll, kAnyLicense),
    BUILT(ringbuf_query, kInteger, A(kConstMapPtr, kAnything), kForAll, kAnyLicense),
    LATER(skc_to_tcp6_sock, kBtfIdOrNull, A(kBtfIdSock), kTracingSyscall | kForSocketFilter, kAnyLicense),
    LATER(skc_to_tcp_sock, kBtfIdOrNull, A(kBtfIdSock), kTracingSyscall | kForSocketFilter, kAnyLicense),
    LATER(skc_to_tcp_timewait_sock, kBtfIdOrNull, A(kBtfIdSock), kTracingSyscall | kForSocketFilter, kAnyLicense),
    LATER(skc_to_tcp_request_sock, kBtfIdOrNull, A(kBtfIdSock), kTracingSyscall | kForSocketFilter, kAnyLicense),
    LATER(skc_to_udp6_sock, kBtfIdOrNull, A(kBtfIdSock), kTracingSyscall | kForSocketFilter, kAnyLicense),
    LATER(get_task_stack, kInteger, A(kBtfIdTask, kUninitMem, kSizeOrZero, kAnything), kTracingKinds, kAnyLicense),
    LATER(d_path, kInteger, A(kBtfId, kWritableMem, kSizeOrZero), kTracingSyscall, kAnyLicense),
    LATER(copy_from_user, kInteger, A(kUninitMem, kSizeOrZero, kAnything), kTracingKinds | kOnlySleepable, kAnyLicense),
    LATER(snprintf_btf, kInteger, A(kWritableMem, kSize, kMem, kSize, kAnything), kForAll, kAnyLicense),
    LATER(per_cpu_ptr, kMemOrBtfIdOrNull, A(kPtrToPercpuBtf, kAnything), kForAll, kAnyLicense),
    LATER(this_cpu_ptr, kMemOrBtfId, A(kPtrToPercpuBtf), kForAll, kAnyLicense),
    LATER(task_storage_get, kMapValueOrNull, A(kConstMapPtr, kBtfIdTask, ArgKind::kMapValueOrNull, kAnything), kTracingKinds, kAnyLicense),
    LATER(task_storage_delete, kInteger, A(kConstMapPtr, kBtfIdTask), kTracingKinds, kAnyLicense),
    BUILT(get_current_task_btf, kTrustedTask, A(kNone), kForAll, kGpl),
    LATER(ktime_get_coarse_ns, kInteger, A(kNone), kForSocketFilter, kAnyLicense),
    LATER(sock_from_file, kBtfIdOrNull, A(kBtfId), kTracingSyscall, kAnyLicense),
    BUILT(for_each_map_elem, kInteger, A(kConstMapPtr, kPtrToFunc, kPtrToStackOrNull, kAnything), kForAll, kAnyLicense),
    BUILT(snprintf, kInteger, A(kWritableMemOrNull, kSizeOrZero, kConstString, ArgKind::kMemOrNull, kSizeOrZero), kForAll, kGpl),
    LATER(sys_bpf, kInteger, A(kAnything, kMem, kSize), kForSyscall, kAnyLicense),
    LATER(btf_find_by_name_kind, kInteger, A(kMem, kSize, kAnything, kAnything), kForSyscall, kAnyLicense),
    LATER(sys_close, kInteger, A(kAnything), kForSyscall, kAnyLicense),
    LATER(timer_init, kInteger, A(kTimer, kConstMapPtr, kAnything), kForAll, kGpl),
    LATER(timer_set_callback, kInteger, A(kTimer, kPtrToFunc), kForAll, kGpl),
    LATER(timer_start, kInteger, A(kTimer, kAnything, kAnything), kForAll, kGpl),
    LATER(timer_cancel, kInteger, A(kTimer), kForAll, kGpl),
    LATER(get_func_ip, kInteger, A(kCtx), kForKprobe | kForTracing | kOnlyTrampoline, kGpl),
    LATER(get_attach_cookie, kInteger, A(kCtx), kForKprobe | kForTracepoint | kForPerfEvent | kForTracing | kOnlyTrampoline, kAnyLicense),
    BUILT(task_pt_regs, kBtfId, A(kBtfIdTask), kForAll, kGpl),
    LATER(get_branch_snapshot, kInteger, A(kUninitMem, kSizeOrZero), kTracingKinds, kGpl),
    BUILT(trace_vprintk, kInteger, A(kMem, kSize, ArgKind::kMemOrNull, kSizeOrZero), kForAll, kGpl),
    LATER(skc_to_unix_sock, kBtfIdOrNull, A(kBtfIdSock), kTracingSyscall | kForSocketFilter, kAnyLicense),
    LATER(kallsyms_lookup_name, kInteger, A(kMem, kSizeOrZero, kAnything, kPtrToLong), kForSyscall, kAnyLicense),
    LATER(find_vma, kInteger, A(kBtfIdTask, kAnything, kPtrToFunc, kPtrToStackOrNull, kAnything), kTracingKinds, kAnyLicense),
    BUILT(loop, kInteger, A(kAnything, kPtrToFunc, kPtrToStackOrNull, kAnything), kForAll, kAnyLicense),
    BUILT(strncmp, kInteger, A(kMem, kSize, kConstString), kForAll, kAnyLicense),
    LATER(get_func_arg, kInteger, A(kCtx, kAnything, kPtrToLong), kForTracing | kOnlyTrampoline, kAnyLicense),
    LATER(get_func_ret, kInteger, A(kCtx, kPtrToLong), kForTracing | kOnlyTrampoline, kAnyLicense),
    LATER(get_func_arg_cnt, kInteger, A(kCtx), kForTracing | kOnlyTrampoline, kAnyLicense),
    LATER(xdp_get_buff_len, kInteger, A(kBtfId), kTracingSyscall, kAnyLicense),
    LATER(copy_from_user_task, kInteger, A(kUninitMem, kSizeOrZero, kAnything, kBtfIdTask, kAnything), kTracingKinds | kOnlySleepable, kGpl),
    LATER(kptr_xchg, kBtfIdOrNull, A(kKptr, ArgKind::kBtfIdOrNull), kForAll, kAnyLicense),
    BUILT(map_lookup_percpu_elem, kMapValueOrNull, A(kConstMapPtr, kMapKey, kAnything), kForAll, kAnyLicense),
    LATER(skc_to_mptcp_sock, kBtfIdOrNull, A(kBtfIdSock), kTracingSyscall | kForSocketFilter, kAnyLicense),
    LATER(dynptr_from_mem, kInteger, A(kUninitMem, kSizeOrZero, kAnything, kUninitDynptr), kForAll, kAnyLicense),
    LATER(ringbuf_reserve_dynptr, kInteger, A(kConstMapPtr, kAnything, kAnything, kUninitDynptr), kForAll, kAnyLicense),
    LATER(ringbuf_submit_dynptr, kVoid, A(kDynptr, kAnything), kForAll, kAnyLicense),
    LATER(ringbuf_discard_dynptr, kVoid, A(kDynptr, kAnything), kForAll, kAnyLicense),
    LATER(dynptr_read, kInteger, A(kUninitMem, kSizeOrZero, kDynptr, kAnything, kAnything), kForAll, kAnyLicense),
    LATER(dynptr_write, kInteger, A(kDynptr, kAnything, kMem, kSizeOrZero, kAnything), kForAll, kAnyLicense),
    LATER(dynptr_data, kDynptrMemOrNull, A(kDynptr, kAnything, kAllocSize), kForAll, kAnyLicense),
    LATER(ktime_get_tai_ns, kInteger, A(kNone), kForAll, kAnyLicense),
    LATER(user_ringbuf_drain, kInteger, A(kConstMapPtr, kPtrToFunc, kPtrToStackOrNull, kAnything), kForAll, kAnyLicense),
};
// clang-format on
#undef BUILT
#undef LATER
#undef A

constexpr bool rows_are_sorted() {
  for (size_t i = 1; i < std::size(kRows); i++) {
    if (kRows[i].id < kRows[i - 1].id) return false;
  }
  return true;
}
static_assert(rows_are_sorted());

// First row of each id, one past the rows for ids without one: find_helper() is called for each call instruction.
struct FirstRow {
  uint8_t of[__BPF_FUNC_MAX_ID];
};
constexpr FirstRow make_first_rows() {
  FirstRow first{};
  for (auto& at : first.of) at = std::size(kRows);
  for (size_t i = std::size(kRows); i-- > 0;) first.of[kRows[i].id] = static_cast<uint8_t>(i);
  return first;
}
static_assert(std::size(kRows) < 256);
constexpr FirstRow kFirstRow = make_first_rows();

constexpr std::string_view kNames[] = {
#define SKEP_BPF_HELPER_NAME(name, id) #name,
    SKEP_BPF_HELPER_IDS(SKEP_BPF_HELPER_NAME)
#undef SKEP_BPF_HELPER_NAME
};
static_assert(std::size(kNames) == __BPF_FUNC_MAX_ID);

}  // namespace

uint32_t program_set_of(uint32_t prog_type) {
  switch (prog_type) {
    case BPF_PROG_TYPE_SOCKET_FILTER:
      return kForSocketFilter;
    case BPF_PROG_TYPE_KPROBE:
      return kForKprobe;
    case BPF_PROG_TYPE_TRACEPOINT:
      return kForTracepoint;
    case BPF_PROG_TYPE_PERF_EVENT:
      return kForPerfEvent;
    case BPF_PROG_TYPE_RAW_TRACEPOINT:
    case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
      return kForRawTracepoint;
    case BPF_PROG_TYPE_TRACING:
      return kForTracing;
    case BPF_PROG_TYPE_SYSCALL:
      return kForSyscall;
    default:
      return 0;
  }
}

const Helper* find_helper(int32_t id, uint32_t program) {
  for (const Helper* row = find_helper(id); row && row < std::end(kRows) && row->id == id; row++) {
    if (row->programs & program) return row;
  }
  return nullptr;
}

const Helper* find_helper(int32_t id) {
  if (id < 0 || id >= __BPF_FUNC_MAX_ID || kFirstRow.of[id] == std::size(kRows)) return nullptr;
  return &kRows[kFirstRow.of[id]];
}

std::string_view helper_name(int32_t id) {
  return id <= 0 || id >= __BPF_FUNC_MAX_ID ? std::string_view() : kNames[id];
}

std::span<const Helper> all_helpers() { return kRows; }

}  // namespace skep::bpf
