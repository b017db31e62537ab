#include "bpf/verifier/image.h"

#include "bpf/verifier/constants.h"

namespace skep::bpf::verifier {
namespace {

// 32-bit results whose upper half nobody reads before the register is written again.
bool upper_half_unused(const Shape& shape, InsnIndex at) {
  const Insn& insn = shape.code[at];
  if (!is_arithmetic(insn.op) || insn.width != Width::k32 || at + 1 >= shape.code.size()) return false;
  return (shape.live[at + 1].upper() >> insn.dst & 1) == 0;
}

void settle(const Shape& shape, InsnIndex at, InsnFacts& f) {
  if (f.branch_always || f.branch_never) {
    // While exploring, the two flags say which sides were seen.
    const bool both = f.branch_always && f.branch_never;
    const bool conditional = is_conditional_jump(shape.code[at].op);
    f.branch_always = f.branch_always && !both && conditional;
    f.branch_never = f.branch_never && !both && conditional;
  }
  if (f.map_index >= 0xfffe) {
    f.map_index = 0xffff;
    f.constant_key = false;
  }
  if (!f.constant_key) f.constant = 0;
  f.upper_zero = upper_half_unused(shape, at);
}

}  // namespace

Result<Image> build_image(Analysis& analysis, Shape& shape) {
  Image image;
  for (const Ref<Map>& m : analysis.request().maps) TRY(image.maps.push_back(m));
  for (InsnIndex i = 0; i < shape.code.size(); i++) {
    settle(shape, i, analysis.facts()[i]);
    Insn& insn = shape.code[i];
    if (insn.second_slot || insn.op != Op::kLoadImm64 || insn.pseudo == Pseudo::kNone) continue;
    if (insn.pseudo == Pseudo::kFunc || insn.pseudo == Pseudo::kBtfId) continue;
    const auto index = static_cast<uint32_t>(insn.imm64);
    if (index >= image.maps.size()) continue;  // never reached: load_immediate() would have refused
    const Map& map = *image.maps[index];
    if (insn.pseudo == Pseudo::kMapValue || insn.pseudo == Pseudo::kMapIndexValue) {
      insn.imm64 = map.direct_value_address(static_cast<uint32_t>(insn.imm64 >> 32)).value_or(0);
    } else {
      insn.imm64 = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(&map));
    }
  }
  for (Subprogram& s : shape.subprograms) s.stack_bytes = (s.stack_bytes + 15) & ~15u;
  image.code = std::move(shape.code);
  image.subprograms = std::move(shape.subprograms);
  image.facts = std::move(analysis.facts());
  TRY(find_constants(image, shape.scratch));
  return image;
}

}  // namespace skep::bpf::verifier
