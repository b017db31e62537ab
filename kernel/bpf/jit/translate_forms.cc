// Steps that are no BPF instructions: what the optimiser made of several, or of a call (opt/step.h).
#include "bpf/jit/translate.h"

namespace skep::bpf::jit {
namespace {

constexpr Reg kScratch0 = Reg::kT0;
constexpr Reg kScratch1 = Reg::kT1;
constexpr int32_t kTimeCsr = 0xc01;  // The RISC-V Instruction Set Manual, Volume I, "Zicntr": time

const Map& map_of(const Step& step) { return *reinterpret_cast<const Map*>(step.imm64); }
uint64_t address_bits(const void* p) { return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(p)); }

}  // namespace

void Translator::translate_form(const Step& step) {
  switch (step.form) {
    case Form::kPlain:
    case Form::kGone:
    case Form::kUnreachable:
      return;
    case Form::kRotate:
      return rotate(step);
    case Form::kShiftAdd:
      return shift_add(step);
    case Form::kArrayLookup:
      array_lookup(step);
      break;
    case Form::kPerCpuElement:
      per_cpu_element(step);
      break;
    case Form::kPerCpuLookup:
      per_cpu_lookup(step);
      break;
    case Form::kCpuId:
      cpu_number(reg(0));
      break;
    case Form::kTime:
      time();
      break;
    case Form::kPidTgid:
      read_path(reg(0), platform::inline_reads().pid_tgid);
      break;
  }
  zero_ext_ &= ~kCallClobbers;
  sign_ext_ &= ~kCallClobbers;
  if (step.form == Form::kCpuId) set_ext(0, kBothExt);
}

void Translator::rotate(const Step& step) {
  const bool is64 = step.width == Width::k64;
  const int32_t right = is64 ? 64 - step.imm : 32 - step.imm;
  as_.i(is64 ? Mnemonic::kRori : Mnemonic::kRoriw, reg(step.dst), read(step.left, kScratch0), right);
  is64 ? set_ext(step.dst, kNone) : finish32(step.dst, kSignExt);
}

void Translator::shift_add(const Step& step) {
  const Mnemonic op = step.imm == 1 ? Mnemonic::kSh1add : step.imm == 2 ? Mnemonic::kSh2add : Mnemonic::kSh3add;
  as_.r(op, reg(step.dst), read(step.left, kScratch0), read(step.src, kScratch1));
  set_ext(step.dst, kNone);
}

// rd = index × stride + the address in `base`; index is in kScratch0.
void Translator::element_address(Reg rd, uint32_t stride, Reg base) {
  if (cx_.target.zba && stride == 8) return as_.r(Mnemonic::kSh3add, rd, kScratch0, base);
  if ((stride & (stride - 1)) == 0) {
    as_.i(Mnemonic::kSlli, kScratch0, kScratch0, __builtin_ctz(stride));
  } else {
    as_.r(Mnemonic::kMul, kScratch0, kScratch0, constant_operand(stride, Reg::kT2));
  }
  as_.r(Mnemonic::kAdd, rd, kScratch0, base);
}

// kScratch0 = the key. When the map has no such element, r0 = 0 and on to `after`: out of line, as it is rare.
void Translator::check_key(const Step& step, const Map& map, Label after) {
  const Address key = address(step.src, step.offset, kScratch0);
  as_.load(Mnemonic::kLwu, kScratch0, key.offset, key.base);
  const Reg limit = constant_operand(map.attributes().max_entries, kScratch1);
  const Stub stub{.begin = as_.new_label(), .after = after, .rd = reg(0)};
  as_.branch(Mnemonic::kBgeu, kScratch0, limit, stub.begin);
  if (!stubs_.push_back(stub)) as_.set_failed();
}

void Translator::array_lookup(const Step& step) {
  const Map& map = map_of(step);
  const Label after = as_.new_label();
  check_key(step, map, after);
  const Reg base = constant_operand(static_cast<int64_t>(address_bits(map.array_base())), kScratch1);
  element_address(reg(0), value_stride(map.attributes().value_size), base);
  as_.bind(after);
}

// rd = the address of this CPU's element 0.
void Translator::per_cpu_base(Reg rd, const Map& map) {
  const Reg table = constant_operand(static_cast<int64_t>(address_bits(map.array_base_per_cpu())), kScratch1);
  cpu_number(rd);
  if (cx_.target.zba) {
    as_.r(Mnemonic::kSh3add, rd, rd, table);
  } else {
    as_.i(Mnemonic::kSlli, rd, rd, 3);
    as_.r(Mnemonic::kAdd, rd, rd, table);
  }
  as_.load(Mnemonic::kLd, rd, 0, rd);
}

void Translator::per_cpu_element(const Step& step) {
  const Map& map = map_of(step);
  const Reg rd = reg(0);
  per_cpu_base(rd, map);
  const auto offset = static_cast<int64_t>(step.imm) * value_stride(map.attributes().value_size);
  if (offset == 0) return;
  if (riscv::fits_signed(offset, 12)) return as_.i(Mnemonic::kAddi, rd, rd, static_cast<int32_t>(offset));
  as_.r(Mnemonic::kAdd, rd, rd, constant_operand(offset, kScratch1));
}

void Translator::per_cpu_lookup(const Step& step) {
  const Map& map = map_of(step);
  const Label after = as_.new_label();
  check_key(step, map, after);
  per_cpu_base(reg(0), map);
  element_address(reg(0), value_stride(map.attributes().value_size), reg(0));
  as_.bind(after);
}

void Translator::read_path(Reg rd, const platform::ReadPath& path) {
  for (uint8_t n = 0; n < path.loads; n++) {
    const bool word = n + 1 == path.loads && path.bytes == 4;
    as_.load(word ? Mnemonic::kLwu : Mnemonic::kLd, rd, path.offsets[n], n == 0 ? Reg::kTp : rd);
  }
}

void Translator::cpu_number(Reg rd) { read_path(rd, platform::inline_reads().cpu_id); }

void Translator::time() {
  const platform::InlineReads& reads = platform::inline_reads();
  as_.emit({.op = Mnemonic::kCsrrs, .rd = reg(0), .imm = kTimeCsr});
  as_.r(Mnemonic::kSub, reg(0), reg(0), constant_operand(static_cast<int64_t>(reads.clock_base), kScratch1));
  as_.r(Mnemonic::kMul, reg(0), reg(0), constant_operand(static_cast<int64_t>(reads.clock_ns_per_tick), kScratch1));
}

}  // namespace skep::bpf::jit
