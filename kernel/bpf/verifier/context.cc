// What each program type may read and write of its context.
#include <stddef.h>

#include "bpf/verifier/analysis.h"
#include "bpf/verifier/limits.h"

namespace skep::bpf::verifier {
namespace {

constexpr int32_t kWord = 8;

bool inside(int32_t off, int32_t size, int32_t limit) { return off >= 0 && off < limit && off + size <= limit; }

// Fields of struct __sk_buff, [first byte, one past the last).
struct Range {
  size_t begin, end;
  constexpr bool contains(int32_t off) const {
    return off >= 0 && static_cast<size_t>(off) >= begin && static_cast<size_t>(off) < end;
  }
};
#define SKB_FIELDS(first, last) \
  Range { offsetof(__sk_buff, first), offsetof(__sk_buff, last) + sizeof(__sk_buff::last) }

constexpr Range kControlBlock = SKB_FIELDS(cb, cb);
constexpr Range kSocketPointer = SKB_FIELDS(sk, sk);
// Linux: sk_filter_is_valid_access refuses these to socket filters, and no program type reads the padding.
constexpr Range kHiddenFromFilters[] = {
    SKB_FIELDS(tc_classid, data_end),
    SKB_FIELDS(family, local_port),
    SKB_FIELDS(data_meta, tstamp),
    SKB_FIELDS(wire_len, wire_len),
    {offsetof(__sk_buff, gso_size) + sizeof(__sk_buff::gso_size), sizeof(__sk_buff)},
};
#undef SKB_FIELDS

// Linux: sk_filter_is_valid_access and bpf_skb_is_valid_access. Fields are four bytes wide and may be read in parts;
// cb[] is ordinary memory of up to eight bytes at a time.
bool packet_context_ok(int32_t off, int32_t size, bool write) {
  if (off % size != 0) return false;
  if (kSocketPointer.contains(off)) return !write && size == kWord && off == static_cast<int32_t>(kSocketPointer.begin);
  for (const Range& hidden : kHiddenFromFilters) {
    if (hidden.contains(off)) return false;
  }
  if (kControlBlock.contains(off)) return kControlBlock.contains(off + size - 1);
  return !write && size <= 4 && inside(off, size, sizeof(__sk_buff));
}

// Linux: pe_prog_is_valid_access over struct bpf_perf_event_data: the user's registers (struct user_regs_struct), then
// sample_period and addr, which may be read in parts.
bool perf_event_context_ok(int32_t off, int32_t size) {
  constexpr int32_t kUserRegsBytes = 32 * kWord;
  if (!inside(off, size, kUserRegsBytes + 2 * kWord) || off % size != 0) return false;
  return off >= kUserRegsBytes || size == kWord;
}

}  // namespace

bool Analysis::read_context(const Place& place, Reg& out) {
  if (shape_.target.proto) return read_traced_argument(place, out);
  FieldKind field = FieldKind::kNumber;
  if (!check_context_access(place.off, place.size, Access::kRead, field)) return false;
  if (field == FieldKind::kNumber) return make_scalar(out, Scalar64::unknown().zero_extended(place.size * 8u));
  out = {};
  out.var = Scalar64::constant(0);
  if (field == FieldKind::kSocketOrNull) {
    out.kind = RegKind::kSockCommon;
    out.or_null = true;
    out.id = new_id();
  } else {
    out.kind = RegKind::kTraceBuffer;
  }
  return true;
}

// Linux: bpf_sock_common_is_valid_access. Fields are four bytes wide, and most may be read in parts.
bool Analysis::check_socket_access(const Place& place, const Reg& base) {
  const int64_t off = int64_t{base.off} + place.off;
  const auto size = static_cast<int64_t>(place.size);
  constexpr Range kOfFullSockets = {offsetof(bpf_sock, type), offsetof(bpf_sock, src_ip4)};
  constexpr Range kPort = {offsetof(bpf_sock, dst_port), offsetof(bpf_sock, dst_ip4)};
  constexpr int64_t kField = sizeof(uint32_t);
  bool good = off >= 0 && off + size <= static_cast<int64_t>(sizeof(bpf_sock)) && off % size == 0 && size <= kField;
  good = good && !kOfFullSockets.contains(static_cast<int32_t>(off));
  if (off < static_cast<int64_t>(offsetof(bpf_sock, family))) good = good && size == kField;
  // The port is half a word; as a whole word, zeros follow it.
  if (kPort.contains(static_cast<int32_t>(off))) {
    good = good && (off - static_cast<int64_t>(kPort.begin) + size <= 2 || size == kField);
  }
  return good || refuse(Rule::kSocketAccess, {base.type_code(), off, size}, place.reg);
}

bool Analysis::check_context_access(int32_t off, uint32_t size_bytes, Access access, FieldKind& field) {
  const auto size = static_cast<int32_t>(size_bytes);
  const bool write = access == Access::kWrite;
  const bool aligned = off % size == 0;
  bool good = false;
  switch (request_.prog_type) {
    case BPF_PROG_TYPE_SOCKET_FILTER:
      good = packet_context_ok(off, size, write);
      if (kSocketPointer.contains(off)) field = FieldKind::kSocketOrNull;
      break;
    case BPF_PROG_TYPE_KPROBE:
      good = !write && aligned && inside(off, size, platform::kPtRegsBytes);
      break;
    case BPF_PROG_TYPE_TRACEPOINT:  // the first word belongs to the kernel
      good = !write && aligned && off >= kWord && inside(off, size, kMaxTraceRecord);
      break;
    case BPF_PROG_TYPE_PERF_EVENT:
      good = !write && perf_event_context_ok(off, size);
      break;
    case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:  // the first argument is the buffer
      if (off == 0) {
        good = !write && size == kWord;
        field = FieldKind::kTraceBuffer;
        break;
      }
      good = !write && aligned && inside(off, size, kMaxRawTracepointArgs * kWord);
      break;
    case BPF_PROG_TYPE_RAW_TRACEPOINT:
    case BPF_PROG_TYPE_TRACING:
      good = !write && aligned && inside(off, size, kMaxRawTracepointArgs * kWord);
      break;
    case BPF_PROG_TYPE_SYSCALL:
      // Linux lets the last access reach beyond the limit; such a program has no context that is large enough.
      good = aligned && off >= 0 && off < kMaxSyscallContext;
      break;
    default:
      break;
  }
  if (!good) return refuse(Rule::kContextAccess, {off, size});
  const auto end = static_cast<uint32_t>(off + size);
  if (end > max_context_offset_) max_context_offset_ = end;
  return true;
}

}  // namespace skep::bpf::verifier
