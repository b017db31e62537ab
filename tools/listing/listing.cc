#include "tools/listing/listing.h"

#include <string.h>

#include <algorithm>

#include "arch/riscv/insn/disassemble.h"
#include "bpf/isa/decode.h"
#include "uapi/bpf_helper_ids.h"

namespace skep::listing {
namespace {

using riscv::Mnemonic;
using riscv::Reg;

constexpr uint32_t kBpfColumnWidth = 56;
constexpr size_t kTextBytes = 256;
constexpr uint32_t kSlotBytes = sizeof(bpf_insn);
constexpr uint32_t kConstantBytes = 8;

std::string_view helper_name(int32_t id) {
  constexpr std::string_view kNames[] = {
#define SKEP_X(name, id) #name,
      SKEP_BPF_HELPER_IDS(SKEP_X)
#undef SKEP_X
  };
  return id > 0 && static_cast<size_t>(id) < std::size(kNames) ? kNames[id] : std::string_view{};
}

class Printer {
 public:
  Printer(TextSink& out, const Listing& listing, Columns columns) : out_(out), in_(listing), columns_(columns) {}

  void print_all() {
    for (size_t n = 0; n < in_.functions.size(); n++) print_function(n);
    if (shows(Columns::kNative)) print_constants();
  }

 private:
  bool shows(Columns c) const { return (static_cast<uint8_t>(columns_) & static_cast<uint8_t>(c)) != 0; }
  uint32_t slots() const { return static_cast<uint32_t>(in_.insns.size() / kSlotBytes); }
  bool has_code() const { return shows(Columns::kNative) && !in_.code.empty(); }
  bool is_known(uint32_t at) const { return at < in_.offsets.size() && in_.offsets[at] != kNoCode; }

  void print_function(size_t number);
  void print_lines_at(uint32_t at);
  void print_rows(uint32_t from, uint32_t to, uint32_t begin, uint32_t end);
  void put_bpf(TextSink& out, uint32_t at) const;
  uint32_t put_native(TextSink& out, uint32_t offset);
  void put_comment(TextSink& out, uint64_t address) const;
  void print_constants();

  TextSink& out_;
  const Listing& in_;
  const Columns columns_;
  size_t next_line_ = 0;  // of in_.lines
  uint32_t function_at_ = 0;
  // What auipc gave its register, until the next instruction.
  Reg pc_register_ = Reg::kZero;
  uint64_t pc_value_ = 0;
};

bpf_insn slot_of(std::span<const uint8_t> insns, uint32_t at) {
  bpf_insn slot;
  memcpy(&slot, &insns[size_t{at} * kSlotBytes], sizeof(slot));
  return slot;
}

// "r1 = map[id:5]" for what the verifier's log shows as a number.
void Printer::put_bpf(TextSink& out, uint32_t at) const {
  bpf_insn pair[2] = {slot_of(in_.insns, at), {}};
  if (at + 1 < slots()) pair[1] = slot_of(in_.insns, at + 1);
  const auto decoded = bpf::decode(pair, 0);
  format_to(out, "{5}: ", at);
  if (!decoded) return format_to(out, "({02x}) ?", pair[0].code);
  bpf::Insn insn = *decoded;
  const bool of_value = insn.pseudo == bpf::Pseudo::kMapValue;
  if (insn.pseudo == bpf::Pseudo::kMapFd || of_value) {
    const auto id = static_cast<uint32_t>(insn.imm64);
    format_to(out, "({02x}) r{} = map[id:{}]", pair[0].code, insn.dst, id);
    if (of_value) format_to(out, "[0]+{}", insn.imm64 >> 32);
    const std::string_view name = in_.names ? in_.names->map(id) : std::string_view{};
    return name.empty() ? void() : format_to(out, " {}", name);
  }
  insn.target += at;  // it was decoded as if it stood at 0
  if (insn.pseudo == bpf::Pseudo::kFunc) {
    return format_to(out, "({02x}) r{} = function at {}", pair[0].code, insn.dst, insn.target);
  }
  bpf::disassemble(out, insn, at, helper_name);
}

void Printer::put_comment(TextSink& out, uint64_t address) const {
  const std::string_view name = in_.names ? in_.names->address(address) : std::string_view{};
  if (!name.empty()) return format_to(out, "  # {}", name);
  for (const Function& f : in_.functions) {
    if (f.code_begin != f.code_end && address - in_.code_address == f.code_begin)
      return format_to(out, "  # {}", f.name);
  }
}

// One machine instruction; its bytes.
uint32_t Printer::put_native(TextSink& out, uint32_t offset) {
  const riscv::Fetched f = riscv::fetch(in_.code.subspan(offset));
  format_to(out, "{5x}: ", offset);
  if (!f.insn) {
    format_to(out, f.bytes == 4 ? ".word {#x}" : ".half {#x}", f.bits);
    return f.bytes;
  }
  const riscv::Instruction& i = *f.insn;
  riscv::disassemble(out, i, offset);
  const bool pairs = pc_register_ != Reg::kZero && i.rs1 == pc_register_;
  const uint64_t address = pc_value_ + static_cast<uint64_t>(int64_t{i.imm});
  if (pairs && (i.op == Mnemonic::kJalr || i.op == Mnemonic::kAddi)) {
    put_comment(out, address);
  } else if (pairs && i.op == Mnemonic::kLd && address - in_.code_address + kConstantBytes <= in_.code.size()) {
    uint64_t constant;
    memcpy(&constant, &in_.code[address - in_.code_address], sizeof(constant));
    format_to(out, "  # {#x}", constant);
    const std::string_view name = in_.names ? in_.names->address(constant) : std::string_view{};
    if (!name.empty()) format_to(out, " {}", name);
  } else if (i.op == Mnemonic::kJal && i.rd == Reg::kRa) {
    put_comment(out, in_.code_address + offset + static_cast<uint64_t>(int64_t{i.imm}));
  }
  pc_register_ = i.op == Mnemonic::kAuipc ? i.rd : Reg::kZero;
  pc_value_ = in_.code_address + offset + (static_cast<uint64_t>(int64_t{i.imm}) << 12);
  return f.bytes;
}

void Printer::print_lines_at(uint32_t at) {
  for (; next_line_ < in_.lines.size() && in_.lines[next_line_].at <= at; next_line_++) {
    const SourceLine& l = in_.lines[next_line_];
    std::string_view text = l.text;
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    if (text.empty() && l.file.empty()) continue;
    // A line that is reached again by another of its columns is not repeated.
    const SourceLine* before = next_line_ > 0 ? &in_.lines[next_line_ - 1] : nullptr;
    if (before && before->line == l.line && before->file == l.file && before->at >= function_at_) continue;
    const size_t slash = l.file.rfind('/');
    format_to(out_, "; {}:{}: {}\n", slash == std::string_view::npos ? l.file : l.file.substr(slash + 1), l.line, text);
  }
}

// BPF slots [from, to) beside the native code [begin, end).
void Printer::print_rows(uint32_t from, uint32_t to, uint32_t begin, uint32_t end) {
  uint32_t at = from;
  while (true) {
    const bool has_bpf = shows(Columns::kBpf) && at < to, has_native = has_code() && begin < end;
    if (!has_bpf && !has_native) return;
    char left[kTextBytes] = "", right[kTextBytes] = "";
    BufferSink bpf(left), native(right);
    if (has_bpf) {
      put_bpf(bpf, at);
      at += slot_of(in_.insns, at).code == (BPF_LD | BPF_IMM | BPF_DW) ? 2 : 1;
    }
    if (has_native) begin += put_native(native, begin);
    if (!shows(Columns::kBpf)) {
      format_to(out_, "{}\n", native.view());
    } else if (!has_code()) {
      format_to(out_, "{}\n", bpf.view());
    } else {
      out_.write(bpf.view());
      for (size_t n = bpf.view().size(); n < kBpfColumnWidth; n++) out_.write(" ");
      format_to(out_, "|{}{}\n", has_native ? " " : "", native.view());
    }
  }
}

void Printer::print_function(size_t number) {
  const Function& f = in_.functions[number];
  const uint32_t end_at = number + 1 < in_.functions.size() ? in_.functions[number + 1].at : slots();
  const auto code_bytes = static_cast<uint32_t>(in_.code.size());
  const uint32_t code_end = std::min(f.code_end, code_bytes);
  uint32_t code_at = std::min(f.code_begin, code_end);
  function_at_ = f.at;
  format_to(out_, "{}{}:", number == 0 ? "" : "\n", f.name);
  if (has_code()) format_to(out_, " {} bytes", code_end - code_at);
  out_.write("\n");
  if (f.at >= end_at || end_at > slots()) return;
  // What stands before the first instruction's code: entry and prologue.
  const auto offset_of = [&](uint32_t at) { return std::clamp(in_.offsets[at], code_at, code_end); };
  if (is_known(f.at)) {
    const uint32_t first = offset_of(f.at);
    print_rows(f.at, f.at, code_at, first);
    code_at = first;
  }
  for (uint32_t at = f.at; at < end_at;) {
    // As far as no place in the native code is known, and to the next source line.
    uint32_t next = at + 1;
    size_t line = next_line_;
    while (line < in_.lines.size() && in_.lines[line].at <= at) line++;
    const uint32_t next_line = line < in_.lines.size() ? in_.lines[line].at : end_at;
    const bool has_offsets = has_code() && !in_.offsets.empty();
    while (next < end_at && (has_offsets ? !is_known(next) : next != next_line)) next++;
    next = std::min(next, end_at);
    print_lines_at(at);
    const uint32_t code_next = next < end_at && has_offsets ? offset_of(next) : code_end;
    print_rows(at, next, code_at, code_next);
    code_at = code_next;
    at = next;
  }
}

// What lies behind the code of all functions.
void Printer::print_constants() {
  uint32_t at = 0;
  for (const Function& f : in_.functions) at = std::max(at, f.code_end);
  at = (at + kConstantBytes - 1) & ~(kConstantBytes - 1);
  if (in_.functions.empty() || at >= in_.code.size()) return;
  out_.write("\nconstants:\n");
  for (; at + kConstantBytes <= in_.code.size(); at += kConstantBytes) {
    uint64_t constant;
    memcpy(&constant, &in_.code[at], sizeof(constant));
    format_to(out_, "{5x}: .dword {#x}", at, constant);
    const std::string_view name = in_.names ? in_.names->address(constant) : std::string_view{};
    if (!name.empty()) format_to(out_, "  # {}", name);
    out_.write("\n");
  }
}

}  // namespace

void print(TextSink& out, const Listing& listing, Columns columns) { Printer(out, listing, columns).print_all(); }

}  // namespace skep::listing
