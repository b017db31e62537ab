// Which programs may use a map, and which helpers.
#include "bpf/maps/registry.h"
#include "bpf/verifier/analysis.h"
#include "uapi/bpf_helper_ids.h"

namespace skep::bpf::verifier {
namespace {

// Linux: check_map_prog_compatibility. Maps whose operations a program that may sleep can use.
bool fits_sleepable(uint32_t type) {
  switch (type) {
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_ARRAY:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_PERCPU_ARRAY:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
    case BPF_MAP_TYPE_RINGBUF:
    case BPF_MAP_TYPE_USER_RINGBUF:
    case BPF_MAP_TYPE_INODE_STORAGE:
    case BPF_MAP_TYPE_SK_STORAGE:
    case BPF_MAP_TYPE_TASK_STORAGE:
      return true;
    default:
      return false;
  }
}

// Linux: is_tracing_prog_type.
bool interrupts_anything(uint32_t prog_type) {
  switch (prog_type) {
    case BPF_PROG_TYPE_KPROBE:
    case BPF_PROG_TYPE_TRACEPOINT:
    case BPF_PROG_TYPE_PERF_EVENT:
    case BPF_PROG_TYPE_RAW_TRACEPOINT:
    case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
      return true;
    default:
      return false;
  }
}

bool changes_map(int32_t id) {
  return id == BPF_FUNC_map_update_elem || id == BPF_FUNC_map_delete_elem || id == BPF_FUNC_map_push_elem ||
         id == BPF_FUNC_map_pop_elem;
}

}  // namespace

bool Analysis::check_map_use(const Map& m) {
  const bool filter = request_.prog_type == BPF_PROG_TYPE_SOCKET_FILTER;
  const bool traces = interrupts_anything(request_.prog_type);
  if (m.fields().spin_lock >= 0 && (filter || traces)) {
    return refuse(Rule::kMapLock, {}, kNoRegister, kNoRegister, filter ? "socket filter" : "tracing");
  }
  const bool has_timer = m.fields().timer >= 0 || (m.inner_template() && m.inner_template()->fields().timer >= 0);
  if (has_timer && traces) return refuse(Rule::kMapTimer);
  if ((request_.prog_flags & BPF_F_SLEEPABLE) != 0 && !fits_sleepable(m.attributes().type)) {
    return refuse(Rule::kMapSleepable, {m.attributes().type});
  }
  return true;
}

// Linux: process_spin_lock, process_timer_func.
bool Analysis::check_field_argument(uint8_t regno, std::string_view name, int32_t MapFields::* field) {
  const Reg& r = reg(regno);
  if (r.kind != RegKind::kMapValue || r.or_null) return bad_argument(regno, "map_value");
  if (!r.var.is_constant()) return refuse(Rule::kFieldOffsetVariable, {}, regno, kNoRegister, name);
  if (!map(r.object).btf()) return refuse(Rule::kFieldNoBtf, {}, regno, kNoRegister, name);
  const int32_t wanted = map(r.object).fields().*field;
  if (wanted < 0) return refuse(Rule::kFieldMissing, {}, regno, kNoRegister, name);
  const int64_t off = r.off + static_cast<int64_t>(r.var.value());
  return off == wanted || refuse(Rule::kFieldOffset, {off, wanted}, regno, kNoRegister, name);
}

bool Analysis::check_lock_argument(const CallFacts& call, uint8_t regno) {
  if (!check_field_argument(regno, "bpf_spin_lock", &MapFields::spin_lock)) return false;
  return call.helper->id == BPF_FUNC_spin_lock ? take_lock(reg(regno)) : drop_lock(reg(regno));
}

bool Analysis::check_timer_argument(CallFacts& call, uint8_t regno) {
  if (!check_field_argument(regno, "bpf_timer", &MapFields::timer)) return false;
  call.has_timer = true;
  call.timer_map = reg(regno).object;
  return true;
}

// Linux: check_map_func_compatibility and record_func_map.
bool Analysis::check_map_pair(const CallFacts& call) {
  const MapAttributes& m = map(call.map).attributes();
  const int32_t id = call.helper->id;
  if (!map_type_allows_helper(m.type, id)) return refuse(Rule::kMapHelperPair, {m.type, id}, call.map_register);
  if ((m.flags & BPF_F_RDONLY_PROG) != 0 && changes_map(id)) {
    return refuse(Rule::kMapHelperWrite, {}, call.map_register);
  }
  return true;
}

}  // namespace skep::bpf::verifier
