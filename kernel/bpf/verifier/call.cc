// Helper calls: the helper table says what each argument must be; here it is checked.
#include <string.h>

#include <algorithm>

#include "bpf/helpers/helper.h"
#include "bpf/verifier/analysis.h"
#include "bpf/verifier/limits.h"
#include "uapi/bpf_helper_ids.h"

namespace skep::bpf::verifier {
namespace {

// The largest negative error a helper returns (Linux: MAX_ERRNO).
constexpr int64_t kMaxErrno = 4095;

bool one_of(int32_t id, std::initializer_list<int32_t> ids) {
  for (const int32_t i : ids) {
    if (i == id) return true;
  }
  return false;
}

// Helpers that return the length of what they wrote, at most their size argument, or a negative error.
bool returns_length(int32_t id) {
  return one_of(id, {BPF_FUNC_get_stack, BPF_FUNC_get_task_stack, BPF_FUNC_probe_read_str,
                     BPF_FUNC_probe_read_kernel_str, BPF_FUNC_probe_read_user_str});
}

bool wants_memory(ArgKind k) {
  switch (k) {
    case ArgKind::kMem:
    case ArgKind::kMemOrNull:
    case ArgKind::kWritableMem:
    case ArgKind::kWritableMemOrNull:
    case ArgKind::kUninitMem:
      return true;
    default:
      return false;
  }
}
bool may_be_null(ArgKind k) {
  return k == ArgKind::kMemOrNull || k == ArgKind::kWritableMemOrNull || k == ArgKind::kCtxOrNull ||
         k == ArgKind::kMapValueOrNull || k == ArgKind::kPtrToStackOrNull || k == ArgKind::kBtfIdOrNull;
}

// A structure of the kernel's that a helper takes or gives.
struct KernelStruct {
  std::string_view name;
  KernelType opaque = kUnnamedType;  // what it is without a kernel BTF
};
constexpr KernelStruct kTask = {"task_struct", kTaskStruct};

// The one behind a helper's result.
KernelStruct returned_struct(const Helper& helper) {
  if (helper.ret == RetKind::kTrustedTask) return kTask;
  switch (helper.id) {
    case BPF_FUNC_task_pt_regs:
      return {"pt_regs", kPtRegsStruct};
    case BPF_FUNC_sock_from_file:
      return {"socket", kSocketStruct};
    case BPF_FUNC_skc_to_tcp6_sock:
      return {"tcp6_sock"};
    case BPF_FUNC_skc_to_tcp_sock:
      return {"tcp_sock"};
    case BPF_FUNC_skc_to_tcp_timewait_sock:
      return {"tcp_timewait_sock"};
    case BPF_FUNC_skc_to_tcp_request_sock:
      return {"tcp_request_sock"};
    case BPF_FUNC_skc_to_unix_sock:
      return {"unix_sock"};
    case BPF_FUNC_skc_to_mptcp_sock:
      return {"mptcp_sock"};
    default:
      return {""};
  }
}

// The one that a helper's argument of this kind points to.
KernelStruct taken_struct(const Helper& helper, ArgKind kind) {
  if (kind == ArgKind::kBtfIdTask) return kTask;
  if (kind == ArgKind::kBtfIdSock) return {"sock_common"};
  switch (helper.id) {
    case BPF_FUNC_skb_output:
      return {"sk_buff"};
    case BPF_FUNC_xdp_output:
    case BPF_FUNC_xdp_get_buff_len:
      return {"xdp_buff"};
    case BPF_FUNC_d_path:
      return {"path"};
    case BPF_FUNC_sock_from_file:
      return {"file"};
    default:
      return {""};
  }
}

bool helper_fits_program(const Helper& helper, const VerifyRequest& request) {
  if ((helper.programs & kOnlySleepable) != 0 && (request.prog_flags & BPF_F_SLEEPABLE) == 0) return false;
  if ((helper.programs & kOnlyTrampoline) == 0 || request.prog_type != BPF_PROG_TYPE_TRACING) return true;
  return request.expected_attach_type == BPF_TRACE_FENTRY || request.expected_attach_type == BPF_TRACE_FEXIT ||
         request.expected_attach_type == BPF_MODIFY_RETURN;
}

bool is_size(ArgKind k) { return k == ArgKind::kSize || k == ArgKind::kSizeOrZero; }

constexpr std::string_view kMemoryTypes = "fp, map_value, mem";

// InsnFacts::map_index while exploring: no map was seen, several were.
constexpr uint16_t kNoMapYet = 0xffff;

}  // namespace

bool Analysis::bad_argument(uint8_t regno, std::string_view expected) {
  const Reg& r = reg(regno);
  const Rule rule = r.is_pointer() && r.or_null ? Rule::kArgumentOrNull : Rule::kArgumentType;
  return refuse(rule, {r.type_code()}, regno, kNoRegister, expected);
}

bool Analysis::check_helper_call(const Insn& insn, Flow& flow) {
  const int32_t id = insn.imm;
  const uint32_t program = program_set_of(request_.prog_type);
  if (const Held* lock = lock_held(); lock && id != BPF_FUNC_spin_unlock) return refuse(Rule::kLockCall, {lock->at});
  CallFacts call;
  call.helper = find_helper(id, program);
  if (!call.helper) {
    return refuse(helper_name(id).empty() ? Rule::kHelperUnknown : Rule::kHelperProgramType, {id});
  }
  if (!helper_fits_program(*call.helper, request_)) return refuse(Rule::kHelperProgramType, {id});
  if (call.helper->gpl_only && !request_.gpl_compatible) return refuse(Rule::kHelperLicense, {id});

  for (uint8_t i = 0; i < 5; i++) {
    const ArgKind kind = call.helper->args[i];
    if (kind == ArgKind::kNone) break;
    const ArgKind next = i + 1 < 5 ? call.helper->args[i + 1] : ArgKind::kNone;
    if (!check_argument(call, i + 1, kind, next)) return false;
  }
  if (call.map_register != kNoRegister && !check_map_pair(call)) return false;
  if (id == BPF_FUNC_tail_call && !nothing_held(Rule::kTailCallReference)) return false;
  if (!call.helper->function && !request_.judge_only) return refuse(Rule::kHelperNotBuilt, {id});
  if (id == BPF_FUNC_tail_call) {
    bool taken = false;
    if (!check_tail_call(call, taken)) return false;
    if (taken) return tail_call_taken(flow);
  }
  if (!note_call_facts(call)) return false;
  if (call.callback != kNoSubprogram) {
    bool entered = false;
    if (calls_back_at_once(*call.helper) ? !fork_callback(call, entered) : !add_async_callback(call)) return false;
    if (entered) return enter_callback(insn);
  }
  if (!finish_helper_call(call)) return false;
  path_.at++;
  return true;
}

// Linux (bpf_tail_call): a tail call that succeeds ends the function; what the other program returns is then the
// function's result. The main program has no caller that would see it.
bool Analysis::check_tail_call(CallFacts& call, bool& taken) {
  taken = false;
  const Reg& index = reg(3);
  const InsnFacts& facts = facts_[path_.at];
  const auto key = static_cast<uint32_t>(index.var.value());
  const bool first = facts.map_index == kNoMapYet;
  if (index.is_scalar() && index.var.is_constant() && (first || (facts.constant_key && facts.constant == key))) {
    if (!demand(index)) return false;
    call.constant_key = true;
    call.key = key;
  }
  return path_.state.depth() == 1 || fork(taken);
}

bool Analysis::tail_call_taken(Flow& flow) { return put_scalar(0, Scalar64::unknown()) && leave_function(flow); }

// What the call changes: the memory that the helper fills, r0 to r5.
bool Analysis::finish_helper_call(const CallFacts& call) {
  for (uint32_t i = 0; i < call.fill_count; i++) {
    const Reg base = reg(call.fills[i].reg);
    if (base.kind != RegKind::kStack) continue;
    Frame* f = nullptr;
    if (!own_frame(base.frame, f)) return false;
    const int32_t off = base.off + static_cast<int32_t>(base.var.value());
    if (!destroy_dynptrs(base.frame, off, call.fills[i].bytes) || !grow_stack(*f, off)) return false;
    for (int32_t at = off; at < off + static_cast<int32_t>(call.fills[i].bytes); at++) {
      const auto index = static_cast<uint32_t>(-at - 1) / kSlotBytes;
      const auto byte = static_cast<uint32_t>(at + static_cast<int32_t>(kStackBytes)) % kSlotBytes;
      Slot& slot = f->stack[index];
      if (!scrub_slot(slot)) return false;
      slot.bytes[byte] = ByteKind::kMisc;
      const bool whole =
          byte == 0 && at + static_cast<int32_t>(kSlotBytes) <= off + static_cast<int32_t>(call.fills[i].bytes);
      if (whole) path_.written[base.frame] |= uint64_t{1} << index;
    }
  }
  if (call.released != 0 && !release(call.released)) return false;
  if (call.released_dynptr != 0 &&
      (!release(call.released_dynptr) || !drop_dynptr(call.dynptr_frame, call.dynptr_slot))) {
    return false;
  }
  if (call.new_dynptr != kNoRegister && !make_dynptr(call)) return false;
  for (uint8_t r = 1; r <= 5; r++) forget(r);
  return set_return_value(call);
}

bool Analysis::check_argument(CallFacts& call, uint8_t regno, ArgKind kind, ArgKind next) {
  if (!readable(regno)) return false;
  const Reg& r = reg(regno);
  if (may_be_null(kind) && r.is_constant(0)) {
    if (!demand(r)) return false;
    // The size that follows a NULL pointer must be 0: check_size_argument sees to that.
    return true;
  }
  switch (kind) {
    case ArgKind::kNone:
      return true;
    case ArgKind::kAnything:
      return request_.privileged || !r.is_pointer() || refuse(Rule::kLeaksArgument, {}, regno);
    case ArgKind::kConstMapPtr:
      if (r.kind != RegKind::kMapPtr) return bad_argument(regno, "map_ptr");
      // Of the maps in a map of maps, nobody knows here whether they are the same one.
      if (call.has_timer && (call.timer_map != r.object || (r.object & kInnerMap) != 0)) {
        return refuse(Rule::kTimerMap, {}, regno);
      }
      call.map_register = regno;
      call.map = r.object;
      return true;
    case ArgKind::kMapKey:
      if (call.map_register == kNoRegister) return refuse(Rule::kHelperArgument, {call.helper->id}, regno);
      return check_memory_argument(call, regno, map(call.map).attributes().key_size, false, false, false) &&
             constant_key(call, regno, call.constant_key, call.key);
    case ArgKind::kMapValue:
    case ArgKind::kMapValueOrNull:
    case ArgKind::kUninitMapValue:
      if (call.map_register == kNoRegister) return refuse(Rule::kHelperArgument, {call.helper->id}, regno);
      return check_memory_argument(call, regno, map(call.map).attributes().value_size, false,
                                   kind == ArgKind::kUninitMapValue, kind == ArgKind::kUninitMapValue);
    case ArgKind::kMem:
    case ArgKind::kMemOrNull:
    case ArgKind::kWritableMem:
    case ArgKind::kWritableMemOrNull:
    case ArgKind::kUninitMem:
      // Its extent is the size argument's business.
      if (!is_size(next)) return refuse(Rule::kHelperArgument, {call.helper->id}, regno);
      if (r.is_pointer() && !r.or_null &&
          (r.kind == RegKind::kStack || r.kind == RegKind::kMapValue || r.kind == RegKind::kMem)) {
        return true;
      }
      return bad_argument(regno, kMemoryTypes);
    case ArgKind::kSize:
    case ArgKind::kSizeOrZero:
      return check_size_argument(call, regno, call.helper->args[regno - 2], kind == ArgKind::kSizeOrZero);
    case ArgKind::kCtx:
    case ArgKind::kCtxOrNull:
      if (r.kind != RegKind::kCtx) return bad_argument(regno, "ctx");
      return check_context_pointer(regno, r);
    case ArgKind::kPtrToStack:
    case ArgKind::kPtrToStackOrNull:
      if (r.kind != RegKind::kStack) return bad_argument(regno, "fp");
      return true;
    case ArgKind::kPtrToFunc:
      if (r.kind != RegKind::kFunc) return bad_argument(regno, "func");
      call.callback = r.object;
      return true;
    case ArgKind::kPtrToLong:
      return check_memory_argument(call, regno, 8, false, false, true) && check_alignment({regno, 0, 8, true}, r);
    case ArgKind::kPtrToInt:
      return check_memory_argument(call, regno, 4, false, false, true) && check_alignment({regno, 0, 4, true}, r);
    case ArgKind::kAllocSize:
      if (!r.is_scalar()) return bad_argument(regno, "scalar");
      if (!r.var.is_constant()) return refuse(Rule::kSizeConstant, {}, regno);
      call.allocation = r.var.value();
      return demand(r);
    case ArgKind::kSpinLock:
      return check_lock_argument(call, regno);
    case ArgKind::kTimer:
      return check_timer_argument(call, regno);
    case ArgKind::kKptr:
      // They hold pointers that functions of the kernel hand out, and programs call none: so no map has one.
      return check_field_argument(regno, "kptr", &MapFields::kptr);
    case ArgKind::kPtrToPercpuBtf:
      return bad_argument(regno, "percpu_ptr_");
    case ArgKind::kDynptr:
      return check_dynptr(call, regno,
                          one_of(call.helper->id, {BPF_FUNC_ringbuf_submit_dynptr, BPF_FUNC_ringbuf_discard_dynptr}));
    case ArgKind::kUninitDynptr:
      return check_new_dynptr(call, regno);
    case ArgKind::kRingbufRecord:
      if (r.kind != RegKind::kMem || !r.record || r.or_null) return bad_argument(regno, "ringbuf_mem");
      return check_released(call, regno);
    case ArgKind::kBtfIdTask:
      if (r.kind == RegKind::kBtfPtr && !r.or_null) return check_object_argument(regno, kTask.name);
      if (r.kind != RegKind::kKernelObject || r.or_null || r.object != kTaskStruct) {
        return bad_argument(regno, "ptr_task_struct");
      }
      return true;
    case ArgKind::kBtfId:
    case ArgKind::kBtfIdOrNull:
      if (r.kind == RegKind::kBtfPtr && !r.or_null) {
        return check_object_argument(regno, taken_struct(*call.helper, kind).name);
      }
      if (r.kind != RegKind::kKernelObject || r.or_null) return bad_argument(regno, "ptr_");
      return true;
    case ArgKind::kBtfIdSock:
      if (r.kind == RegKind::kBtfPtr && !r.or_null) {
        return check_object_argument(regno, taken_struct(*call.helper, kind).name);
      }
      if ((r.kind != RegKind::kSockCommon && r.kind != RegKind::kKernelObject) || r.or_null) {
        return bad_argument(regno, "sock_common");
      }
      return true;
    case ArgKind::kConstString: {
      // A string of a frozen read-only map that ends inside of it.
      if (r.kind != RegKind::kMapValue || r.or_null) return bad_argument(regno, "map_value");
      const MapAttributes& m = map(r.object).attributes();
      if (!r.var.is_constant() || (m.flags & BPF_F_RDONLY_PROG) == 0 || !map(r.object).frozen()) {
        return bad_argument(regno, "a string constant (a frozen read-only map_value)");
      }
      if (!check_map_region(regno, r, r.off, 1, false, Access::kRead)) return false;
      const int64_t first = r.off + static_cast<int64_t>(r.var.value());
      for (int64_t at = first; at < m.value_size; at++) {
        uint64_t c = 1;
        if (!read_frozen_map(r, static_cast<int32_t>(r.off + (at - first)), 1, c)) break;
        if (c == 0) return true;
      }
      return bad_argument(regno, "a NUL-terminated string constant");
    }
    default:
      return refuse(Rule::kHelperArgument, {call.helper->id}, regno);
  }
}

// Linux: check_func_arg_reg_off. What is given back is given back as it was handed out.
bool Analysis::check_released(CallFacts& call, uint8_t regno) {
  const Reg& r = reg(regno);
  if (r.off != 0 || !r.var.is_constant(0)) {
    return refuse(Rule::kReleaseMoved,
                  {r.type_code(), r.off, static_cast<int64_t>(r.var.bits.value), static_cast<int64_t>(r.var.bits.mask)},
                  regno);
  }
  if (!is_held(r.reference())) return bad_argument(regno, "ringbuf_mem");
  call.released = r.reference();
  return true;
}

// Linux: check_helper_mem_access. `fill`: the helper writes all of it and reads none.
bool Analysis::check_memory_argument(CallFacts& call, uint8_t regno, uint64_t size, bool zero_size_ok, bool fill,
                                     bool helper_writes) {
  const Reg r = reg(regno);
  const Access access = helper_writes ? Access::kWrite : Access::kRead;
  if (r.is_pointer() && r.or_null) return bad_argument(regno, kMemoryTypes);
  switch (r.kind) {
    case RegKind::kMapValue:
      // What the helper may write it may also read, unless it only fills.
      if (helper_writes && !fill && !check_map_region(regno, r, r.off, size, zero_size_ok, Access::kRead)) return false;
      return check_map_region(regno, r, r.off, size, zero_size_ok, access);
    case RegKind::kMem:
      if (helper_writes && r.read_only) return refuse(Rule::kReadOnlyMemory, {r.type_code()}, regno);
      return check_region(regno, r, r.off, size, zero_size_ok, r.object, "memory, mem_size");
    case RegKind::kStack: {
      const bool fills_fixed = fill && r.var.is_constant();
      if (!check_stack_range(regno, static_cast<uint32_t>(size), zero_size_ok, fill, access)) return false;
      if (fills_fixed && size > 0 && call.fill_count < std::size(call.fills)) {
        call.fills[call.fill_count++] = {regno, static_cast<uint32_t>(size)};
      }
      return true;
    }
    default:
      if (zero_size_ok && size == 0 && r.is_constant(0)) return demand(r);
      return bad_argument(regno, kMemoryTypes);
  }
}

// Linux: check_mem_size_reg. The memory is the argument before.
bool Analysis::check_size_argument(CallFacts& call, uint8_t regno, ArgKind memory, bool zero_ok) {
  const Reg r = reg(regno);
  if (!wants_memory(memory)) return refuse(Rule::kHelperArgument, {call.helper->id}, regno);
  if (!r.is_scalar()) return bad_argument(regno, "scalar");
  call.size_limit = r.var.umax();
  call.size_value = r.value;
  if (!demand(r)) return false;
  const bool writes =
      memory == ArgKind::kUninitMem || memory == ArgKind::kWritableMem || memory == ArgKind::kWritableMemOrNull;
  // A helper that fills an unknown part of the memory leaves the rest as it was.
  const bool fill = memory == ArgKind::kUninitMem && r.var.is_constant();
  if (r.var.smin() < 0) return refuse(Rule::kSizeNegative, {}, regno);
  if (r.var.umin() == 0 && !zero_ok && reg(regno - 1).kind == RegKind::kStack)
    return refuse(Rule::kZeroSize, {}, regno);
  // Other memory says of no bytes what it says of too many.
  if (r.var.umin() == 0 && !zero_ok && !check_memory_argument(call, regno - 1, 0, false, false, writes)) return false;
  if (r.var.umax() >= kMaxMemorySize) return refuse(Rule::kSizeUnbounded, {}, regno);
  return check_memory_argument(call, regno - 1, r.var.umax(), zero_ok, fill, writes);
}

// A four-byte key on the stack whose value is known. Claiming it relies on its bounds, so it is only asked for keys
// that were the same every time so far.
bool Analysis::constant_key(const CallFacts& call, uint8_t regno, bool& known, uint32_t& key) {
  known = false;
  const Reg r = reg(regno);
  if (map(call.map).attributes().key_size != 4 || r.kind != RegKind::kStack || !r.var.is_constant()) return true;
  const int32_t off = r.off + static_cast<int32_t>(r.var.value());
  const Frame& f = path_.state.frame(r.frame);
  const auto index = static_cast<uint32_t>(-off - 1) / kSlotBytes;
  if (off % 4 != 0 || index >= f.stack.size()) return true;
  const auto first = static_cast<uint32_t>(off + static_cast<int32_t>(kStackBytes)) % kSlotBytes;
  const Slot& slot = f.stack[index];
  if (slot.spilled_bytes() >= first + 4) {
    if (!slot.reg.is_scalar() || !slot.reg.var.is_constant()) return true;
    key = static_cast<uint32_t>(slot.reg.var.value() >> (first * 8));
  } else {
    for (uint32_t i = 0; i < 4; i++) {
      if (slot.bytes[first + i] != ByteKind::kZero) return true;
    }
    key = 0;
  }
  const InsnFacts& facts = facts_[path_.at];
  if (facts.map_index == 0xfffe || (facts.map_index != 0xffff && (!facts.constant_key || facts.constant != key)))
    return true;
  known = true;
  return slot.bytes[first] == ByteKind::kZero || demand(slot.reg);
}

// facts.map_index: 0xffff until the first call seen, 0xfffe once two maps were seen (finish() turns that into 0xffff).
bool Analysis::note_call_facts(const CallFacts& call) {
  if (call.map_register == kNoRegister || replay_from_) return true;
  InsnFacts& facts = facts_[path_.at];
  const bool first = facts.map_index == 0xffff;
  if (first && call.map < 0xfffe) {
    facts.map_index = static_cast<uint16_t>(call.map);
    facts.constant_key = call.constant_key;
    facts.constant = call.key;
    return true;
  }
  if (facts.map_index != call.map) facts.map_index = 0xfffe;
  if (!call.constant_key || facts.constant != call.key) facts.constant_key = false;
  return true;
}

bool Analysis::set_return_value(const CallFacts& call) {
  const Helper& h = *call.helper;
  switch (h.ret) {
    case RetKind::kInteger:
      if (returns_length(h.id) && call.size_limit <= INT32_MAX) {
        return put_scalar(0, Scalar64::signed_between(-kMaxErrno, static_cast<int64_t>(call.size_limit)),
                          call.size_value);
      }
      return put_scalar(0, Scalar64::unknown());
    case RetKind::kVoid:
      forget(0);
      return true;
    case RetKind::kMapValue:
    case RetKind::kMapValueOrNull: {
      Reg r;
      r.kind = RegKind::kMapValue;
      r.or_null = h.ret == RetKind::kMapValueOrNull;
      r.object = call.map;
      r.id = r.or_null ? new_id() : new_value_id(call.map);
      r.var = Scalar64::constant(0);
      put(0, r);
      return true;
    }
    case RetKind::kRingbufRecordOrNull: {
      Reg r;
      if (!acquire(r.id)) return false;
      r.kind = RegKind::kMem;
      r.record = true;
      r.or_null = true;
      // Larger ones the ring buffer refuses when the program runs.
      r.object = static_cast<uint32_t>(std::min<uint64_t>(call.allocation, UINT32_MAX));
      r.var = Scalar64::constant(0);
      put(0, r);
      return true;
    }
    case RetKind::kDynptrMemOrNull: {
      Reg r;
      r.kind = RegKind::kMem;
      r.slice = true;
      r.frame = call.dynptr_frame;
      r.dynptr_slot = call.dynptr_slot;
      r.or_null = true;
      r.id = new_id();
      // Larger ones than there is memory behind it the helper refuses when the program runs.
      r.object = static_cast<uint32_t>(std::min<uint64_t>(call.allocation, UINT32_MAX));
      r.var = Scalar64::constant(0);
      put(0, r);
      return true;
    }
    case RetKind::kTrustedTask:
    case RetKind::kBtfId:
    case RetKind::kBtfIdOrNull: {
      const KernelStruct returned = returned_struct(h);
      put(0, object_pointer(returned.name, returned.opaque, h.ret == RetKind::kBtfIdOrNull));
      return true;
    }
    default:
      return refuse(Rule::kHelperArgument, {h.id});
  }
}

}  // namespace skep::bpf::verifier
