#include "bpf/jit/opt/inline.h"

#include "bpf/jit/opt/known.h"
#include "bpf/maps/registry.h"

namespace skep::bpf::jit {
namespace {

constexpr uint8_t kKeyRegister = 2;

const Map* map_of(const Image& image, const InsnFacts& facts) {
  return facts.map_index < image.maps.size() ? image.maps[facts.map_index].get() : nullptr;
}

uint64_t address_of(const Map& map) { return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(&map)); }

// The key of a lookup, where the verifier or the code before tells it.
struct Key {
  bool known = false;
  uint64_t value = 0;
};

// True when the result is known to be an address, not null.
bool inline_lookup(Step& step, const Map& map, const Key& key) {
  const MapAttributes& a = map.attributes();
  const bool known = key.known;
  const bool inside = known && key.value < a.max_entries;
  const bool has_path = platform::inline_reads().cpu_id.loads != 0;
  if (const void* base = map.array_base(); base != nullptr && known) {
    step.op = Op::kLoadImm64;
    step.dst = 0;
    step.pseudo = Pseudo::kNone;
    step.imm64 = inside ? reinterpret_cast<uintptr_t>(base) + key.value * value_stride(a.value_size) : 0;
    return inside;
  } else if (base != nullptr) {
    step.form = Form::kArrayLookup;
  } else if (map.array_base_per_cpu() != nullptr && has_path && inside) {
    step.form = Form::kPerCpuElement;
    step.imm = static_cast<int32_t>(key.value);
  } else if (map.array_base_per_cpu() != nullptr && has_path && !known) {
    step.form = Form::kPerCpuLookup;
  } else {
    // A call still, but of the map's own function (opt/step.h).
    step.imm64 = reinterpret_cast<uintptr_t>(find_map_lookup(a.type));
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
bool inline_call(const Image& image, InsnIndex at, Step& step, Known& values) {
  const platform::InlineReads& reads = platform::inline_reads();
  switch (step.imm) {
    case kMapLookup: {
      if (image.facts.empty()) return false;
      const InsnFacts& facts = image.facts[at];
      const Map* map = map_of(image, facts);
      if (map == nullptr) return false;
      Key key{facts.constant_key, facts.constant};
      uint32_t word = 0;
      if (!key.known && map->attributes().key_size == sizeof(word) && values.word_at(kKeyRegister, word)) {
        key = {true, word};
      }
      return inline_lookup(step, *map, key);
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

// Whether there is anything to do.
bool calls_any(const Code& code) {
  for (const Step& step : code.steps()) {
    if (!step.is(Op::kCallHelper)) continue;
    const int32_t id = step.imm;
    if (id == kMapLookup || id == kKtime || id == kProcessorId || id == kPidTgid) return true;
  }
  return false;
}

}  // namespace

Result<void> inline_helpers(const Image& image, Code& code, Scratch& scratch) {
  if (!calls_any(code)) return {};
  // Jumps to each step. When the test behind a lookup goes, its target is often reached in one way only, and what is
  // known holds on.
  ScratchVec<uint32_t> jumps_to(scratch);
  TRY(jumps_to.resize(code.end() - code.start()));
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    if (jumps(code[at])) jumps_to[code[at].target - code.start()]++;
  }
  Known values;
  bool r0_not_null = false;
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    Step& step = code[at];
    if (jumps_to[at - code.start()] != 0 || step.form == Form::kUnreachable) {
      r0_not_null = false;
      values.clear();
    }
    if (step.is(Op::kCallHelper)) {
      const bool looks_up = step.imm == kMapLookup;
      r0_not_null = inline_call(image, at, step, values);
      step.refresh();
      values.follow(step);
      if (looks_up) values.returned_map_value();
      continue;
    }
    const bool tests_r0 = r0_not_null && (step.is(Op::kJeq) || step.is(Op::kJne)) && step.dst == 0 && step.use_imm &&
                          step.imm == 0 && step.width == Width::k64;
    if (tests_r0 && step.op == Op::kJeq) {
      step.become(Form::kGone);
      jumps_to[step.target - code.start()]--;
    } else if (tests_r0) {
      step.op = Op::kJa;
      step.width = Width::k32;
      step.refresh();
    }
    if ((step.def & reg_bit(0)) != 0) r0_not_null = false;
    values.follow(step);
  }
  return {};
}

}  // namespace skep::bpf::jit
