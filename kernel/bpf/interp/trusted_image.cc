#include "bpf/interp/trusted_image.h"

namespace skep::bpf {
namespace {

bool is_jump(Op op) { return op >= Op::kJa && op <= Op::kMayGoto; }
bool names_subprogram(const Insn& insn) {
  return insn.op == Op::kCallLocal || (insn.op == Op::kLoadImm64 && insn.pseudo == Pseudo::kFunc);
}

// Operations that write dst, and atomic ones that write a src of r10.
bool writes_dst(const Insn& insn) {
  return insn.op <= Op::kBswap || insn.op == Op::kLoad || insn.op == Op::kLoadSx || insn.op == Op::kLoadImm64 ||
         (insn.op == Op::kAtomic && insn.atomic == AtomicOp::kLoadAcquire);
}
bool writes_frame_src(const Insn& insn) {
  return insn.op == Op::kAtomic && insn.src == kFrameRegister && insn.atomic >= AtomicOp::kFetchAdd &&
         insn.atomic <= AtomicOp::kXchg;
}

// "w1 = w1" with an immediate of 1 is a move that only zero-extends: Linux's verifier puts it behind 32-bit operations
// (include/linux/filter.h, BPF_ZEXT_REG), and programs written for its engines contain it.
bool is_zero_extension(const bpf_insn& slot) {
  return slot.code == (BPF_ALU | BPF_MOV | BPF_X) && slot.dst_reg == slot.src_reg && slot.off == 0 && slot.imm == 1;
}

std::expected<Insn, DecodeError> decode_trusted(std::span<const bpf_insn> code, InsnIndex at) {
  if (!is_zero_extension(code[at])) return decode(code, at);
  bpf_insn move = code[at];
  move.imm = 0;
  return decode({&move, 1}, 0);
}

std::unexpected<DecodeError> refuse(InsnIndex at, std::string_view reason, Errno error = Errno::kEINVAL) {
  return std::unexpected(DecodeError{.at = at, .error = error, .reason = reason});
}

}  // namespace

std::expected<Image, DecodeError> make_trusted_image(std::span<const bpf_insn> code) {
  const auto out_of_memory = [] { return refuse(0, "out of memory", Errno::kENOMEM); };
  Image image;
  if (code.empty()) return refuse(0, "no instructions");
  if (!image.code.resize(code.size())) return out_of_memory();

  Vec<bool> starts;  // is there a subprogram's first instruction
  if (!starts.resize(code.size())) return out_of_memory();
  starts[0] = true;
  for (InsnIndex at = 0; at < code.size(); at++) {
    auto insn = decode_trusted(code, at);
    if (!insn) return std::unexpected(insn.error());
    if ((writes_dst(*insn) && insn->dst == kFrameRegister) || writes_frame_src(*insn))
      return refuse(at, "frame pointer is read only");
    image.code[at] = *insn;
    if (names_subprogram(*insn)) {
      if (insn->target >= code.size()) return refuse(at, "call out of range");
      starts[insn->target] = true;
    }
    if (insn->op == Op::kLoadImm64) image.code[++at] = Insn{.second_slot = true};
  }

  for (InsnIndex at = 0; at < code.size(); at++) {
    if (starts[at] && image.code[at].second_slot) return refuse(at, "call into the middle of ldimm64 insn");
  }
  for (InsnIndex at = 0; at < code.size(); at++) {
    if (!starts[at]) continue;
    Subprogram s{.start = at, .end = at + 1, .stack_bytes = kStackBytes};
    while (s.end < code.size() && !starts[s.end]) s.end++;
    for (InsnIndex i = s.start; i < s.end; i++) {
      const Insn& insn = image.code[i];
      if (!insn.second_slot && is_jump(insn.op)) {
        if (insn.target < s.start || insn.target >= s.end) return refuse(i, "jump out of range");
        if (image.code[insn.target].second_slot) return refuse(i, "jump into the middle of ldimm64 insn");
      }
    }
    const Op last = image.code[s.end - 1].op;
    if (image.code[s.end - 1].second_slot || (last != Op::kExit && last != Op::kJa)) {
      return refuse(s.end - 1, "last insn is not an exit or jmp");
    }
    if (!image.subprograms.push_back(s)) return out_of_memory();
  }
  for (const Insn& insn : image.code) {
    if (insn.second_slot || !names_subprogram(insn) || insn.op == Op::kCallLocal) continue;
    for (Subprogram& s : image.subprograms) s.is_callback |= s.start == insn.target;
  }
  return image;
}

}  // namespace skep::bpf
