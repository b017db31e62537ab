#include "bpf/isa/decode.h"

#include <bit>

#include "bpf/isa/table.h"

namespace skep::bpf {
namespace {

// Linux's words for a slot whose opcode is known but whose fields match no row. The checks follow the order in which
// Linux 6.x makes them, so that the first complaint is the same.
std::string_view reserved_fields_reason(const bpf_insn& slot) {
  const uint8_t op = BPF_OP(slot.code);
  switch (BPF_CLASS(slot.code)) {
    case BPF_ALU:
    case BPF_ALU64:
      if (op == BPF_NEG) return "BPF_NEG uses reserved fields";
      if (op == BPF_END) return "BPF_END uses reserved fields";
      if (op == BPF_MOV) return "BPF_MOV uses reserved fields";
      return "BPF_ALU uses reserved fields";
    case BPF_JMP:
    case BPF_JMP32:
      if (op == BPF_JA) return "BPF_JA uses reserved fields";
      if (op == BPF_CALL) return "BPF_CALL uses reserved fields";
      if (op == BPF_EXIT) return "BPF_EXIT uses reserved fields";
      if (op == BPF_JCOND) return "invalid may_goto imm {}";
      return "BPF_JMP/JMP32 uses reserved fields";
    case BPF_LD:
      if (BPF_MODE(slot.code) != BPF_IMM) return "BPF_LD_[ABS|IND] uses reserved fields";
      if (slot.off != 0) return "BPF_LD_IMM64 uses reserved fields";
      return "unrecognized bpf_ld_imm64 insn";
    case BPF_LDX:
      return "BPF_LDX uses reserved fields";
    case BPF_ST:
      return "BPF_ST uses reserved fields";
    default:
      if (BPF_MODE(slot.code) == BPF_ATOMIC) return "BPF_ATOMIC uses invalid atomic opcode {02x}";
      return "BPF_STX uses reserved fields";
  }
}

}  // namespace

std::expected<void, DecodeError> decode(std::span<const bpf_insn> code, InsnIndex at, Insn& out) {
  const bpf_insn& slot = code[at];
  const auto refuse = [&](std::string_view reason, uint32_t value) {
    return std::unexpected(DecodeError{.at = at, .reason = reason, .opcode = slot.code, .value = value});
  };
  const auto rows = insn_rows_of(slot.code);
  if (rows.empty()) return refuse("unknown opcode {02x}", slot.code);

  int32_t imm_high = 0;
  if (rows[0].op == Op::kLoadImm64) {
    if (at + 1 >= code.size()) return refuse("invalid bpf_ld_imm64 insn", 0);
    const bpf_insn& next = code[at + 1];
    if (next.code != 0 || next.dst_reg != 0 || next.src_reg != 0 || next.off != 0)
      return refuse("invalid bpf_ld_imm64 insn", 0);
    imm_high = next.imm;
  }

  const auto bits = std::bit_cast<uint64_t>(slot);
  static_assert(std::endian::native == std::endian::little && sizeof(slot) == sizeof(bits));
  for (const InsnRow& row : rows) {
    if ((bits & row.fixed_bits) != row.fixed_value || !row.imm_high.allows(imm_high)) continue;
    if (slot.dst_reg >= kRegisters) return refuse("R{} is invalid", slot.dst_reg);
    if (row.src.kind == FieldRule::Kind::kFree && slot.src_reg >= kRegisters)
      return refuse("R{} is invalid", slot.src_reg);
    out = {.op = row.op,
           .width = row.width,
           .size = row.size,
           .dst = slot.dst_reg,
           .use_imm = row.uses_imm(),
           .atomic = row.atomic,
           .pseudo = row.pseudo};
    if (row.src.kind == FieldRule::Kind::kFree) out.src = slot.src_reg;
    if (row.off.kind == FieldRule::Kind::kFree) out.offset = slot.off;
    if (row.imm.kind == FieldRule::Kind::kFree && row.op != Op::kLoadImm64) out.imm = slot.imm;
    if (row.off.kind == FieldRule::Kind::kDistance)
      out.target = at + 1 + static_cast<InsnIndex>(static_cast<int32_t>(slot.off));
    if (row.imm.kind == FieldRule::Kind::kDistance) out.target = at + 1 + static_cast<InsnIndex>(slot.imm);
    if (row.op == Op::kLoadImm64) {
      out.imm64 = static_cast<uint64_t>(static_cast<uint32_t>(imm_high)) << 32 | static_cast<uint32_t>(slot.imm);
      if (row.pseudo == Pseudo::kFunc) out.target = at + 1 + static_cast<InsnIndex>(slot.imm);
    }
    return {};
  }
  return refuse(reserved_fields_reason(slot), static_cast<uint32_t>(slot.imm));
}

bool encode(const Insn& insn, InsnIndex at, std::span<bpf_insn, 2> out) {
  const InsnRow* row = find_insn_row(insn);
  if (row == nullptr || insn.dst >= kRegisters || insn.src >= kRegisters) return false;
  const auto distance = static_cast<int32_t>(insn.target - at - 1);
  bpf_insn slot{};
  slot.code = row->opcode;
  slot.dst_reg = row->dst.kind == FieldRule::Kind::kFree ? insn.dst : static_cast<uint8_t>(row->dst.value);
  slot.src_reg = row->src.kind == FieldRule::Kind::kFree ? insn.src : static_cast<uint8_t>(row->src.value);
  switch (row->off.kind) {
    case FieldRule::Kind::kFixed:
      slot.off = static_cast<int16_t>(row->off.value);
      break;
    case FieldRule::Kind::kFree:
      slot.off = insn.offset;
      break;
    case FieldRule::Kind::kDistance:
      if (distance != static_cast<int16_t>(distance)) return false;
      slot.off = static_cast<int16_t>(distance);
      break;
  }
  switch (row->imm.kind) {
    case FieldRule::Kind::kFixed:
      slot.imm = row->imm.value;
      break;
    case FieldRule::Kind::kFree:
      slot.imm = insn.op == Op::kLoadImm64 ? static_cast<int32_t>(insn.imm64) : insn.imm;
      break;
    case FieldRule::Kind::kDistance:
      slot.imm = distance;
      break;
  }
  out[0] = slot;
  if (insn.op == Op::kLoadImm64) {
    out[1] = {};
    out[1].imm = static_cast<int32_t>(insn.imm64 >> 32);
  }
  return true;
}

void print_decode_error(TextSink& out, const DecodeError& error) { format_to(out, error.reason, error.value); }

}  // namespace skep::bpf
