#include "bpf/jit/opt/inline.h"

namespace skep::bpf::jit {
namespace {

constexpr uint8_t kKeyRegister = 2;

const Map* map_of(const Image& image, const InsnFacts& facts) {
  return facts.map_index < image.maps.size() ? image.maps[facts.map_index].get() : nullptr;
}

uint64_t address_of(const Map& map) { return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(&map)); }

// True when the result is known to be an address, not null.
bool inline_lookup(Step& step, const Map& map, const InsnFacts& facts) {
  const MapAttributes& a = map.attributes();
  const bool known = facts.constant_key;
  const bool inside = known && facts.constant < a.max_entries;
  const bool has_path = platform::inline_reads().cpu_id.loads != 0;
  if (const void* base = map.array_base(); base != nullptr && known) {
    step.op = Op::kLoadImm64;
    step.dst = 0;
    step.pseudo = Pseudo::kNone;
    step.imm64 = inside ? reinterpret_cast<uintptr_t>(base) + facts.constant * value_stride(a.value_size) : 0;
    return inside;
  } else if (base != nullptr) {
    step.form = Form::kArrayLookup;
  } else if (map.array_base_per_cpu() != nullptr && has_path && inside) {
    step.form = Form::kPerCpuElement;
    step.imm = static_cast<int32_t>(facts.constant);
  } else if (map.array_base_per_cpu() != nullptr && has_path && !known) {
    step.form = Form::kPerCpuLookup;
  } else {
    return false;
  }
  step.imm64 = address_of(map);
  step.src = kKeyRegister;
  step.offset = 0;
  return inside;
}

// Linux's helper numbers (uapi/bpf_helper_ids.h).
constexpr int32_t kMapLookup = 1, kKtime = 5, kProcessorId = 8, kPidTgid = 14;

// True when r0 is known not to be 0 afterwards.
bool inline_call(const Image& image, InsnIndex at, Step& step) {
  const platform::InlineReads& reads = platform::inline_reads();
  switch (step.imm) {
    case kMapLookup: {
      if (image.facts.empty()) return false;
      const Map* map = map_of(image, image.facts[at]);
      return map != nullptr && inline_lookup(step, *map, image.facts[at]);
    }
    case kKtime:
      if (reads.has_clock) step.form = Form::kTime;
      return false;
    case kProcessorId:
      if (reads.cpu_id.loads != 0) step.form = Form::kCpuId;
      return false;
    case kPidTgid:
      if (reads.pid_tgid.loads != 0) step.form = Form::kPidTgid;
      return false;
    default:
      return false;
  }
}

}  // namespace

void inline_helpers(const Image& image, Code& code, std::span<const bool> is_target) {
  bool r0_not_null = false;
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    Step& step = code[at];
    if (is_target[at]) r0_not_null = false;
    if (step.is(Op::kCallHelper)) {
      r0_not_null = inline_call(image, at, step);
      continue;
    }
    const bool tests_r0 = r0_not_null && (step.is(Op::kJeq) || step.is(Op::kJne)) && step.dst == 0 && step.use_imm &&
                          step.imm == 0 && step.width == Width::k64;
    if (tests_r0 && step.op == Op::kJeq) {
      step.form = Form::kGone;
    } else if (tests_r0) {
      step.op = Op::kJa;
      step.width = Width::k32;
    }
    if ((writes(step) & reg_bit(0)) != 0) r0_not_null = false;
  }
}

}  // namespace skep::bpf::jit
