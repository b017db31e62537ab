// Loads, stores and atomic operations: what each kind of pointer may reach.
#include <string.h>

#include "bpf/verifier/analysis.h"
#include "bpf/verifier/limits.h"

namespace skep::bpf::verifier {

using std::string_view_literals::operator""sv;  // a length that is not counted at run time

// Linux: save_aux_ptr_type. There, such instructions are rewritten by what they reach, so one of them cannot serve two.
bool Analysis::same_kind_of_memory(const Reg& base) {
  uint8_t kind = 1;
  switch (base.kind) {
    case RegKind::kCtx:
    case RegKind::kSockCommon:
    case RegKind::kKernelObject:
    case RegKind::kBtfPtr:
      kind = static_cast<uint8_t>(1 + static_cast<uint8_t>(base.kind));
      break;
    default:
      break;
  }
  uint8_t& known = memory_kinds_[path_.at];
  if (known != 0 && known != kind) return refuse(Rule::kDifferentPointers, {base.type_code()});
  known = kind;
  return true;
}

bool Analysis::check_load(const Insn& insn) {
  if (!readable(insn.src) || !writable(insn.dst)) return false;
  Reg result;
  const Reg base = reg(insn.src);
  if (!read_memory({insn.src, insn.offset, insn.size}, result, true) || !same_kind_of_memory(base)) return false;
  if (insn.op == Op::kLoadSx) {
    if (!result.is_scalar()) return refuse(Rule::kFillSize);
    return put_scalar(insn.dst, result.var.sign_extended(insn.size * 8u), result.value);
  }
  put(insn.dst, result);
  return true;
}

bool Analysis::check_store(const Insn& insn) {
  if (insn.op == Op::kStoreReg && !readable(insn.src)) return false;
  if (!readable(insn.dst)) return false;
  if (reg(insn.dst).kind == RegKind::kCtx && insn.op == Op::kStoreImm) {
    // Linux: "BPF_ST stores into R%d ctx is not allowed".
    return refuse(Rule::kContextAccess, {insn.offset + reg(insn.dst).off, insn.size}, insn.dst);
  }
  if (!same_kind_of_memory(reg(insn.dst))) return false;
  Reg value;
  if (insn.op == Op::kStoreReg) {
    // The store links register and memory: what is learned of one later is learned of the other.
    Reg& from = reg(insn.src);
    if (from.is_scalar() && reg(insn.dst).kind == RegKind::kStack) name_copies(from);
    value = from;
  } else if (!make_scalar(value, Scalar64::constant(static_cast<uint64_t>(static_cast<int64_t>(insn.imm))))) {
    return false;
  }
  if (!request_.privileged && value.is_pointer() && reg(insn.dst).kind != RegKind::kStack) {
    const RegKind into = reg(insn.dst).kind;
    return refuse(Rule::kLeaksStore, {}, insn.src, kNoRegister,
                  into == RegKind::kMapValue ? "map"
                  : into == RegKind::kCtx    ? "ctx"
                                             : "mem");
  }
  return write_memory({insn.dst, insn.offset, insn.size}, value);
}

// RFC 9669 "Atomic operations". Linux: check_atomic.
bool Analysis::check_atomic(const Insn& insn) {
  if (insn.atomic == AtomicOp::kLoadAcquire || insn.atomic == AtomicOp::kStoreRelease) {
    return refuse(Rule::kInsnNotSupported, {}, kNoRegister, kNoRegister,
                  insn.atomic == AtomicOp::kLoadAcquire ? "load_acquire" : "store_release");
  }
  if (!readable(insn.src) || !readable(insn.dst)) return false;
  const bool compares = insn.atomic == AtomicOp::kCmpXchg;
  const bool fetches = insn.atomic >= AtomicOp::kFetchAdd;
  if (compares && !readable(0)) return false;
  if (reg(insn.dst).kind == RegKind::kCtx || reg(insn.dst).kind == RegKind::kSockCommon) {
    return refuse(Rule::kAtomicTarget, {reg(insn.dst).type_code()}, insn.dst);
  }
  if (!request_.privileged) {
    if (compares && reg(0).is_pointer()) return refuse(Rule::kLeaksStore, {}, 0, kNoRegister, "mem");
    if (reg(insn.src).is_pointer()) return refuse(Rule::kLeaksStore, {}, insn.src, kNoRegister, "mem");
  }
  const uint8_t result_register = compares ? 0 : insn.src;
  if (fetches && !writable(result_register)) return false;
  // Linux forgets the result's register before it looks at the address, so the two must differ.
  if (fetches && result_register == insn.dst) {
    return refuse(Rule::kNotAPointer, {static_cast<int64_t>(RegKind::kScalar)}, insn.dst);
  }
  // RISC-V "A" Extension: an AMO on a misaligned address traps. Linux asks for the same ("strict_alignment_once").
  const Place place{insn.dst, insn.offset, insn.size, true};
  Reg old;
  if (!read_memory(place, old, fetches)) return false;
  Reg unknown;
  if (!make_scalar(unknown, Scalar64::unknown()) || !write_memory(place, unknown)) return false;
  if (fetches) put(result_register, old);
  return true;
}

bool Analysis::check_alignment(const Place& place, const Reg& base) {
  // Stack tracking works by slots, so there alignment is a matter of soundness. Elsewhere it is asked for unless
  // BPF_F_ANY_ALIGNMENT gives it up (which wins over BPF_F_STRICT_ALIGNMENT): so does Linux wherever the kernel was not
  // built for efficient unaligned accesses, and riscv kernels are not (docs/verifier-flow.md).
  const bool any = (request_.prog_flags & BPF_F_ANY_ALIGNMENT) != 0;
  if (any && !place.aligned && base.kind != RegKind::kStack) return true;
  const auto fixed = static_cast<uint64_t>(int64_t{base.off} + place.off);
  const Tnum<64> address = Tnum<64>::add(base.var.bits, Tnum<64>::constant(fixed));
  if ((address.highest() & (place.size - 1)) == 0) return true;
  std::string_view what;
  if (base.kind == RegKind::kStack) what = "stack ";
  if (base.kind == RegKind::kMapValue) what = "value ";
  if (base.kind == RegKind::kCtx) what = "context ";
  return refuse(Rule::kMisaligned,
                {static_cast<int64_t>(base.var.bits.value), static_cast<int64_t>(base.var.bits.mask), base.off,
                 place.off, place.size},
                place.reg, kNoRegister, what);
}

// Linux: check_mem_region_access. `off` is the whole fixed offset.
bool Analysis::check_region(uint8_t regno, const Reg& base, int64_t off, uint64_t size, bool zero_size_ok,
                            uint64_t region, std::string_view name) {
  const auto fits = [&](int64_t at) {
    return at >= 0 && (size > 0 || zero_size_ok) && static_cast<uint64_t>(at) <= region &&
           size <= region - static_cast<uint64_t>(at);
  };
  const auto region_size = static_cast<int64_t>(region);
  const auto access_size = static_cast<int64_t>(size);
  const int64_t smin = base.var.smin();
  if (smin < 0 && (smin < -kMaxPointerOffset * 4 || off + smin < 0)) return refuse(Rule::kMinNegative, {}, regno);
  if (smin > kMaxPointerOffset * 4 || !fits(off + smin)) {
    return refuse(Rule::kMinOutside, {region_size, smin > kMaxPointerOffset * 4 ? smin : off + smin, access_size},
                  regno, kNoRegister, name);
  }
  const uint64_t umax = base.var.umax();
  if (umax >= static_cast<uint64_t>(kMaxPointerOffset)) return refuse(Rule::kUnboundedAccess, {}, regno);
  if (!fits(off + static_cast<int64_t>(umax))) {
    return refuse(Rule::kMaxOutside, {region_size, off + static_cast<int64_t>(umax), access_size}, regno, kNoRegister,
                  name);
  }
  return true;
}

bool Analysis::check_map_region(uint8_t regno, const Reg& base, int64_t off, uint64_t size, bool zero_size_ok,
                                Access access) {
  const MapAttributes& map_attributes = map(base.object).attributes();
  const bool forbidden =
      (map_attributes.flags & (access == Access::kRead ? BPF_F_WRONLY_PROG : BPF_F_RDONLY_PROG)) != 0;
  if (forbidden) {
    return refuse(access == Access::kRead ? Rule::kMapReadForbidden : Rule::kMapWriteForbidden,
                  {map_attributes.value_size, off, static_cast<int64_t>(size)}, regno);
  }
  if (!check_region(regno, base, off, size, zero_size_ok, map_attributes.value_size, "map value, value_size"sv)) {
    return false;
  }
  const MapFields& fields = map(base.object).fields();
  if (!fields.any()) return true;
  // Linux: check_map_access. Any byte that the access might reach counts.
  const int64_t begin = off + base.var.smin();
  const int64_t end = off + static_cast<int64_t>(base.var.umax() + size);
  const auto touches = [&](int32_t field, uint32_t bytes) {
    return field >= 0 && begin < field + int64_t{bytes} && field < end;
  };
  if (touches(fields.spin_lock, kSpinLockBytes)) {
    return refuse(Rule::kFieldAccess, {}, regno, kNoRegister, "bpf_spin_lock");
  }
  if (touches(fields.timer, kTimerBytes)) return refuse(Rule::kFieldAccess, {}, regno, kNoRegister, "bpf_timer");
  return true;
}

// Linux: check_ptr_off_reg. The context is accessed through the pointer as the program got it.
bool Analysis::check_context_pointer(uint8_t regno, const Reg& base) {
  if (base.off < 0) return refuse(Rule::kNegativeOffset, {base.type_code(), base.off}, regno);
  if (base.off != 0) return refuse(Rule::kContextModified, {base.type_code(), base.off}, regno);
  if (!base.var.is_constant(0)) {
    return refuse(
        Rule::kContextVariable,
        {base.type_code(), static_cast<int64_t>(base.var.bits.value), static_cast<int64_t>(base.var.bits.mask)}, regno);
  }
  return true;
}

// A map that nobody can change any more: what it holds is a constant of the program.
bool Analysis::read_frozen_map(const Reg& base, int32_t off, uint32_t size, uint64_t& value) const {
  const Map& m = map(base.object);
  if ((m.attributes().flags & BPF_F_RDONLY_PROG) == 0 || !m.frozen() || !base.var.is_constant()) return false;
  const int64_t at = int64_t{off} + static_cast<int64_t>(base.var.value());
  const auto address = m.direct_value_address(static_cast<uint32_t>(at));
  if (!address) return false;
  value = 0;
  memcpy(&value, reinterpret_cast<const void*>(static_cast<uintptr_t>(*address)), size);
  return true;
}

// Linux: check_tp_buffer_access. How large the buffer is, is known only when the program is attached.
bool Analysis::check_trace_buffer(const Place& place, const Reg& base) {
  const int64_t off = int64_t{base.off} + place.off;
  if (off < 0) return refuse(Rule::kTraceBufferNegative, {off, place.size}, place.reg);
  if (!base.var.is_constant(0)) {
    return refuse(Rule::kTraceBufferVariable,
                  {off, static_cast<int64_t>(base.var.bits.value), static_cast<int64_t>(base.var.bits.mask)},
                  place.reg);
  }
  const auto end = static_cast<uint32_t>(off + place.size);
  if (end > max_trace_buffer_offset_) max_trace_buffer_offset_ = end;
  return true;
}

namespace {
// As Linux calls the structure of such maps.
std::string_view structure_of(uint32_t map_type) {
  switch (map_type) {
    case BPF_MAP_TYPE_ARRAY:
    case BPF_MAP_TYPE_PERCPU_ARRAY:
    case BPF_MAP_TYPE_PROG_ARRAY:
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
      return "bpf_array";
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
      return "bpf_htab";
    case BPF_MAP_TYPE_STACK_TRACE:
      return "bpf_stack_map";
    case BPF_MAP_TYPE_RINGBUF:
    case BPF_MAP_TYPE_USER_RINGBUF:
      return "bpf_ringbuf_map";
    default:
      return "bpf_map";
  }
}
}  // namespace

// Linux: check_ptr_to_map_access. Of a map's own structure, programs may read the pointer to its operations, which lies
// first in ours (the virtual table) as in Linux's; the other fields have no layout that user space could know.
bool Analysis::check_map_structure(const Place& place, const Reg& base, Access access) {
  const std::string_view name = structure_of(map(base.object).attributes().type);
  constexpr auto kPointerBytes = static_cast<int32_t>(sizeof(uint64_t));
  if (place.off < 0) return refuse(Rule::kMapStructureNegative, {place.off}, place.reg, kNoRegister, name);
  if (access == Access::kWrite) return refuse(Rule::kMapStructureWrite, {}, place.reg, kNoRegister, name);
  if (place.off == 0 && place.size == kPointerBytes) return true;
  return refuse(Rule::kMapStructureField, {place.off, place.size}, place.reg, kNoRegister,
                place.off < kPointerBytes ? "ptr member ops with moff 0 in struct bpf_map" : "struct bpf_map");
}

bool Analysis::read_memory(const Place& place, Reg& out, bool for_register) {
  const Reg base = reg(place.reg);
  if (base.is_pointer() && base.or_null) return refuse(Rule::kNullPointer, {base.type_code()}, place.reg);
  if (base.is_pointer() && !check_alignment(place, base)) return false;
  const int64_t off = int64_t{base.off} + place.off;
  const Scalar64 any = Scalar64::unknown().zero_extended(place.size * 8u);
  switch (base.kind) {
    case RegKind::kMapValue: {
      if (!check_map_region(place.reg, base, off, place.size, false, Access::kRead)) return false;
      uint64_t constant = 0;
      if (read_frozen_map(base, static_cast<int32_t>(off), place.size, constant)) {
        return make_scalar(out, Scalar64::constant(constant));
      }
      return make_scalar(out, any);
    }
    case RegKind::kMem:
      return check_region(place.reg, base, off, place.size, false, base.object, "memory, mem_size") &&
             make_scalar(out, any);
    case RegKind::kCtx:
      return check_context_pointer(place.reg, base) && read_context(place, out);
    case RegKind::kStack:
      return read_stack(place, out, for_register);
    case RegKind::kTraceBuffer:
      return check_trace_buffer(place, base) && make_scalar(out, any);
    case RegKind::kSockCommon:
      return check_socket_access(place, base) && make_scalar(out, any);
    case RegKind::kMapPtr:
      return check_map_structure(place, base, Access::kRead) && make_scalar(out, any);
    case RegKind::kKernelObject:
      return refuse(Rule::kKernelObjectRead, {base.type_code()}, place.reg);
    case RegKind::kBtfPtr:
      return read_kernel_object(place, base, out);
    case RegKind::kNotInit:
    case RegKind::kScalar:
    case RegKind::kFunc:
    case RegKind::kDynptr:
      break;
  }
  return refuse(Rule::kNotAPointer, {base.type_code()}, place.reg);
}

bool Analysis::write_memory(const Place& place, const Reg& value) {
  const Reg base = reg(place.reg);
  if (base.is_pointer() && base.or_null) return refuse(Rule::kNullPointer, {base.type_code()}, place.reg);
  if (base.is_pointer() && !check_alignment(place, base)) return false;
  const int64_t off = int64_t{base.off} + place.off;
  switch (base.kind) {
    case RegKind::kMapValue:
      return check_map_region(place.reg, base, off, place.size, false, Access::kWrite);
    case RegKind::kMem:
      if (base.read_only) return refuse(Rule::kReadOnlyMemory, {base.type_code()}, place.reg);
      return check_region(place.reg, base, off, place.size, false, base.object, "memory, mem_size");
    case RegKind::kCtx: {
      FieldKind field = FieldKind::kNumber;
      return check_context_pointer(place.reg, base) &&
             check_context_access(place.off, place.size, Access::kWrite, field);
    }
    case RegKind::kStack:
      return write_stack(place, value);
    case RegKind::kTraceBuffer:
      return check_trace_buffer(place, base);
    case RegKind::kMapPtr:
      return check_map_structure(place, base, Access::kWrite);
    case RegKind::kSockCommon:
    case RegKind::kKernelObject:
      return refuse(Rule::kReadOnlyMemory, {base.type_code()}, place.reg);
    case RegKind::kBtfPtr:
      return refuse(Rule::kObjectWrite, {}, place.reg);
    case RegKind::kNotInit:
    case RegKind::kScalar:
    case RegKind::kFunc:
    case RegKind::kDynptr:
      break;
  }
  return refuse(Rule::kNotAPointer, {base.type_code()}, place.reg);
}

}  // namespace skep::bpf::verifier
