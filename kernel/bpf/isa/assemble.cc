#include "bpf/isa/assemble.h"

#include "bpf/isa/decode.h"
#include "bpf/isa/table.h"

namespace skep::bpf {
namespace {

constexpr size_t kMaxLabels = 256;

struct LabelPlace {
  std::string_view name;
  InsnIndex at = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '$';
}

// Reads one instruction. Each take_… consumes what it recognises, or nothing and says false.
class LineParser {
 public:
  LineParser(std::string_view text, InsnIndex at, std::span<const LabelPlace> labels, bool labels_known)
      : rest_(text), at_(at), labels_(labels), labels_known_(labels_known) {}

  // Null on success, what is wrong otherwise.
  const char* parse(Insn& insn);

 private:
  void skip_blanks() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == '\r')) rest_.remove_prefix(1);
  }
  bool at_end() {
    skip_blanks();
    return rest_.empty();
  }
  bool take(std::string_view token) {
    skip_blanks();
    if (!rest_.starts_with(token)) return false;
    // A word must not end in the middle of a longer one.
    if (is_word(token.back()) && rest_.size() > token.size() && is_word(rest_[token.size()])) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  bool take_number(int64_t& value);
  bool take_register(uint8_t& number, Width& width);
  bool take_r(uint8_t& number) {
    Width width = Width::k64;
    return take_register(number, width) && width == Width::k64;
  }
  bool take_type(char sign, uint8_t& size);
  bool take_target(Insn& insn);
  bool take_offset(Insn& insn);
  bool take_address(char sign, Insn& insn, uint8_t& base);
  const char* parse_if(Insn& insn);
  const char* parse_call(Insn& insn);
  const char* parse_store(Insn& insn, bool lock);
  const char* parse_assignment(Insn& insn, Width width);
  const char* parse_atomic_result(Insn& insn, uint8_t result);
  bool take_lddw(Insn& insn);

  std::string_view rest_;
  InsnIndex at_;
  std::span<const LabelPlace> labels_;
  bool labels_known_;
  bool wide_prefix_ = false;  // "(18)" was there
};

bool LineParser::take_number(int64_t& value) {
  skip_blanks();
  std::string_view r = rest_;
  bool negative = false;
  if (!r.empty() && (r[0] == '-' || r[0] == '+')) {
    negative = r[0] == '-';
    r.remove_prefix(1);
    while (!r.empty() && r[0] == ' ') r.remove_prefix(1);
  }
  uint64_t base = 10, v = 0;
  if (r.starts_with("0x")) base = 16, r.remove_prefix(2);
  size_t digits = 0;
  for (; digits < r.size(); digits++) {
    const char c = r[digits];
    const uint64_t d = is_digit(c)            ? static_cast<uint64_t>(c - '0')
                       : c >= 'a' && c <= 'f' ? static_cast<uint64_t>(c - 'a' + 10)
                                              : 99;
    if (d >= base) break;
    v = v * base + d;
  }
  if (digits == 0 || (digits < r.size() && is_word(r[digits]))) return false;
  r.remove_prefix(digits);
  rest_ = r;
  value = static_cast<int64_t>(negative ? 0 - v : v);
  return true;
}

bool LineParser::take_register(uint8_t& number, Width& width) {
  skip_blanks();
  if (rest_.size() < 2 || (rest_[0] != 'r' && rest_[0] != 'w') || !is_digit(rest_[1])) return false;
  size_t n = 1;
  uint32_t v = 0;
  while (n < rest_.size() && is_digit(rest_[n]) && v < 100) v = v * 10 + static_cast<uint32_t>(rest_[n++] - '0');
  if (v >= kRegisters || (n < rest_.size() && is_word(rest_[n]))) return false;
  width = rest_[0] == 'w' ? Width::k32 : Width::k64;
  number = static_cast<uint8_t>(v);
  rest_.remove_prefix(n);
  return true;
}

// "u8", "s32" …; `sign` '*' takes either.
bool LineParser::take_type(char sign, uint8_t& size) {
  for (const uint8_t bytes : {1, 2, 4, 8}) {
    char name[4] = {sign, 0, 0, 0};
    BufferSink sink({name + 1, 3});
    format_to(sink, "{}", bytes * 8);
    if (take({name, 1 + sink.length()})) {
      size = bytes;
      return true;
    }
  }
  return false;
}

bool LineParser::take_target(Insn& insn) {
  skip_blanks();
  take("pc");
  if (int64_t distance = 0;
      !rest_.empty() && (rest_[0] == '+' || rest_[0] == '-' || is_digit(rest_[0])) && take_number(distance)) {
    insn.target = at_ + 1 + static_cast<InsnIndex>(distance);
    return true;
  }
  size_t n = 0;
  while (n < rest_.size() && is_word(rest_[n])) n++;
  const std::string_view name = rest_.substr(0, n);
  rest_.remove_prefix(n);
  for (const LabelPlace& l : labels_) {
    if (l.name == name) return insn.target = l.at, true;
  }
  insn.target = at_ + 1;
  return n != 0 && !labels_known_;
}

bool LineParser::take_offset(Insn& insn) {
  int64_t offset = 0;
  skip_blanks();
  if (!rest_.empty() && rest_[0] != ')' && !take_number(offset)) return false;
  if (offset != static_cast<int16_t>(offset)) return false;
  insn.offset = static_cast<int16_t>(offset);
  return true;
}

// "(u64 *)(r10 - 8)", without the star in front.
bool LineParser::take_address(char sign, Insn& insn, uint8_t& base) {
  return take("(") && take_type(sign, insn.size) && take("*") && take(")") && take("(") && take_r(base) &&
         take_offset(insn) && take(")");
}

const char* LineParser::parse_if(Insn& insn) {
  if (!take_register(insn.dst, insn.width)) return "a register after 'if'";
  constexpr Op kJumps[] = {Op::kJsgt, Op::kJsge, Op::kJslt, Op::kJsle, Op::kJeq, Op::kJne,
                           Op::kJge,  Op::kJle,  Op::kJgt,  Op::kJlt,  Op::kJset};
  const Op* found = nullptr;
  // Longer symbols first: ">=" is not ">" and "=".
  for (const size_t length : {3, 2, 1}) {
    for (const Op& op : kJumps) {
      if (found == nullptr && jump_symbol(op).size() == length && take(jump_symbol(op))) found = &op;
    }
  }
  if (found == nullptr) return "a comparison";
  insn.op = *found;
  Width width = insn.width;
  int64_t imm = 0;
  if (take_register(insn.src, width)) {
    if (width != insn.width) return "registers of one width";
  } else if (take_number(imm)) {
    if (imm != static_cast<int32_t>(imm) && imm != static_cast<int64_t>(static_cast<uint32_t>(imm)))
      return "a 32-bit number";
    insn.use_imm = true;
    insn.imm = static_cast<int32_t>(imm);
  } else {
    return "a register or a number";
  }
  return take("goto") && take_target(insn) ? nullptr : "'goto' and a target";
}

const char* LineParser::parse_call(Insn& insn) {
  int64_t id = 0;
  insn.op = Op::kCallHelper;
  if (take("kernel-function#")) {
    insn.op = Op::kCallKfunc;
    if (!take_number(id)) return "the function's BTF id";
    insn.imm = static_cast<int32_t>(id);
    return nullptr;
  }
  const size_t hash = rest_.find('#');
  if (hash != std::string_view::npos) rest_.remove_prefix(hash + 1);
  skip_blanks();
  if (!rest_.empty() && (is_digit(rest_[0]) || hash != std::string_view::npos)) {
    if (!take_number(id)) return "a helper's number";
    insn.imm = static_cast<int32_t>(id);
    return nullptr;
  }
  insn.op = Op::kCallLocal;
  return take_target(insn) ? nullptr : "a helper's number or a function";
}

const char* LineParser::parse_store(Insn& insn, bool lock) {
  if (!take_address('u', insn, insn.dst)) return "an address like *(u64 *)(r10 -8)";
  if (lock) {
    insn.op = Op::kAtomic;
    insn.atomic = take("+=")   ? AtomicOp::kAdd
                  : take("|=") ? AtomicOp::kOr
                  : take("&=") ? AtomicOp::kAnd
                               : AtomicOp::kXor;
    if (insn.atomic == AtomicOp::kXor && !take("^=")) return "+=, |=, &= or ^=";
    return take_r(insn.src) ? nullptr : "a 64-bit register";
  }
  if (!take("=")) return "'='";
  if (Width width = Width::k64; take_register(insn.src, width)) {
    insn.op = Op::kStoreReg;
    return nullptr;
  }
  int64_t imm = 0;
  if (!take_number(imm) || imm != static_cast<int32_t>(imm)) return "a register or a 32-bit number";
  insn.op = Op::kStoreImm;
  insn.imm = static_cast<int32_t>(imm);
  return nullptr;
}

// After "rN = atomic".
const char* LineParser::parse_atomic_result(Insn& insn, uint8_t result) {
  struct Form {
    std::string_view name;
    AtomicOp op;
  };
  constexpr Form kForms[] = {{"fetch_add", AtomicOp::kFetchAdd}, {"fetch_or", AtomicOp::kFetchOr},
                             {"fetch_and", AtomicOp::kFetchAnd}, {"fetch_xor", AtomicOp::kFetchXor},
                             {"xchg", AtomicOp::kXchg},          {"cmpxchg", AtomicOp::kCmpXchg}};
  insn.op = Op::kAtomic;
  for (const Form& form : kForms) {
    if (!rest_.starts_with(form.name) || !take(form.name)) continue;
    insn.atomic = form.op;
    uint8_t expected = 0;
    if (!take("(") || !take_address('u', insn, insn.dst) || !take(",")) return "an address like (u64 *)(r10 -8)";
    if (form.op == AtomicOp::kCmpXchg && (result != 0 || !take_r(expected) || expected != 0 || !take(",")))
      return "r0 in both places";
    if (!take_r(insn.src) || !take(")")) return "a register";
    return form.op == AtomicOp::kCmpXchg || insn.src == result ? nullptr : "the result in the operand's register";
  }
  return "an atomic operation";
}

// "5 ll", "map_fd 5 ll", "func name ll", or after the prefix "(18)" just "5".
bool LineParser::take_lddw(Insn& insn) {
  const std::string_view saved = rest_;
  struct Form {
    std::string_view name;
    Pseudo pseudo;
    bool two;
  };
  constexpr Form kForms[] = {{"map_fd", Pseudo::kMapFd, false},
                             {"map_value", Pseudo::kMapValue, true},
                             {"btf_id", Pseudo::kBtfId, false},
                             {"map_idx", Pseudo::kMapIndex, false},
                             {"map_idx_value", Pseudo::kMapIndexValue, true}};
  insn.op = Op::kLoadImm64;
  insn.size = 8;
  if (take("func")) {
    insn.pseudo = Pseudo::kFunc;
    if (take_target(insn) && take("ll")) {
      insn.imm64 = static_cast<uint32_t>(insn.target - at_ - 1);
      return true;
    }
  }
  int64_t low = 0, high = 0;
  for (const Form& form : kForms) {
    if (take(form.name) && take_number(low) && (!form.two || take_number(high)) && take("ll")) {
      insn.pseudo = form.pseudo;
      insn.imm64 = static_cast<uint64_t>(high) << 32 | static_cast<uint32_t>(low);
      return true;
    }
  }
  if (take_number(low) && (take("ll") || wide_prefix_)) {
    insn.pseudo = Pseudo::kNone;
    insn.imm64 = static_cast<uint64_t>(low);
    return true;
  }
  rest_ = saved;
  return false;
}

// After "rN"/"wN": an operator and what follows it.
const char* LineParser::parse_assignment(Insn& insn, Width width) {
  insn.width = width;
  constexpr Op kOps[] = {Op::kArsh, Op::kLsh, Op::kRsh, Op::kSDiv, Op::kSMod, Op::kAdd, Op::kSub,
                         Op::kMul,  Op::kDiv, Op::kMod, Op::kOr,   Op::kAnd,  Op::kXor, Op::kMov};
  const Op* found = nullptr;
  for (const Op& op : kOps) {
    if (found == nullptr && take(alu_symbol(op))) found = &op;
  }
  if (found == nullptr) return "an operator";
  insn.op = *found;
  uint8_t src = 0;
  Width src_width = width;
  int64_t imm = 0;
  if (insn.op == Op::kMov) {
    const uint8_t dst = insn.dst;
    if (take("-")) {
      if (take_register(src, src_width)) {
        insn.op = Op::kNeg;
        return src == dst && src_width == width ? nullptr : "the same register on both sides";
      }
      rest_ = {rest_.data() - 1, rest_.size() + 1};  // a negative number
    }
    for (const auto& [name, op] :
         {std::pair{"le", Op::kToLe}, std::pair{"be", Op::kToBe}, std::pair{"bswap", Op::kBswap}}) {
      for (const uint8_t bytes : {2, 4, 8}) {
        char word[8];
        BufferSink sink(word);
        format_to(sink, "{}{}", name, bytes * 8);
        if (!take(sink.view())) continue;
        insn.op = op;
        insn.width = Width::k64;
        insn.size = bytes;
        return take_register(src, src_width) && src == dst ? nullptr : "the same register on both sides";
      }
    }
    if (take("*")) {
      const std::string_view saved = rest_;
      insn.width = Width::k64;
      if (take("(") && take_type('u', insn.size) && take("*") && take(")") && take("skb") && take("[")) {
        if (dst != 0) return "r0 as the result of a packet load";
        insn.op = Op::kLoadAbs;
        if (take_r(insn.src)) insn.op = Op::kLoadInd, take("+");
        if (!take_number(imm) || !take("]")) return "a packet offset";
        insn.imm = static_cast<int32_t>(imm);
        return nullptr;
      }
      rest_ = saved;
      insn.op = Op::kLoad;
      if (take_address('u', insn, insn.src)) return nullptr;
      rest_ = saved;
      insn.op = Op::kLoadSx;
      return take_address('s', insn, insn.src) ? nullptr : "an address like *(u64 *)(r10 -8)";
    }
    if (take("(")) {
      insn.op = Op::kMovSx;
      return take_type('s', insn.size) && take(")") && take_register(insn.src, src_width) && src_width == width
                 ? nullptr
                 : "a cast like (s8)r1";
    }
    skip_blanks();
    if (rest_.starts_with("atomic")) {
      rest_.remove_prefix(6);
      const bool is64 = rest_.starts_with("64");
      if (is64) rest_.remove_prefix(2);
      if (!rest_.empty() && rest_[0] == '_') rest_.remove_prefix(1);
      const uint8_t result = insn.dst;
      const char* wrong = parse_atomic_result(insn, result);
      return wrong != nullptr || insn.size == (is64 ? 8 : 4) ? wrong : "atomic with u32, atomic64 with u64";
    }
    if (take("load_acquire")) {
      insn.op = Op::kAtomic;
      insn.atomic = AtomicOp::kLoadAcquire;
      return take("(") && take_address('u', insn, insn.src) && take(")") ? nullptr : "an address like (u64 *)(r10 -8)";
    }
    if (width == Width::k64) {
      if (take_lddw(insn)) return nullptr;
      insn.op = Op::kMov;
      insn.size = 0;
      insn.pseudo = Pseudo::kNone;
    }
  }
  if (take_register(insn.src, src_width)) return src_width == width ? nullptr : "registers of one width";
  if (!take_number(imm)) return "a register or a number";
  if (imm != static_cast<int32_t>(imm) &&
      !(width == Width::k32 && imm == static_cast<int64_t>(static_cast<uint32_t>(imm)))) {
    return "a 32-bit number (64-bit ones end in 'll')";
  }
  insn.use_imm = true;
  insn.imm = static_cast<int32_t>(imm);
  return nullptr;
}

const char* LineParser::parse(Insn& insn) {
  skip_blanks();
  // "12: (b7) " of a log line.
  size_t n = 0;
  while (n < rest_.size() && is_digit(rest_[n])) n++;
  if (n != 0 && n < rest_.size() && rest_[n] == ':') rest_.remove_prefix(n + 1);
  skip_blanks();
  if (rest_.size() > 4 && rest_[0] == '(' && rest_[3] == ')') {
    wide_prefix_ = rest_.starts_with("(18)");
    rest_.remove_prefix(4);
  }
  const char* wrong = nullptr;
  if (take("exit")) {
    insn.op = Op::kExit;
  } else if (take("goto")) {
    insn.op = Op::kJa;
    wrong = take_target(insn) ? nullptr : "a target";
  } else if (take("gotol")) {
    insn.op = Op::kJa;
    insn.width = Width::k32;
    wrong = take_target(insn) ? nullptr : "a target";
  } else if (take("may_goto")) {
    insn.op = Op::kMayGoto;
    wrong = take_target(insn) ? nullptr : "a target";
  } else if (take("if")) {
    wrong = parse_if(insn);
  } else if (take("callx")) {
    insn.op = Op::kCallIndirect;
    wrong = take_r(insn.dst) ? nullptr : "a register";
  } else if (take("call")) {
    wrong = parse_call(insn);
  } else if (take("lock")) {
    wrong = take("*") ? parse_store(insn, true) : "an address like *(u64 *)(r10 -8)";
  } else if (take("*")) {
    wrong = parse_store(insn, false);
  } else if (take("store_release")) {
    insn.op = Op::kAtomic;
    insn.atomic = AtomicOp::kStoreRelease;
    wrong = take("(") && take_address('u', insn, insn.dst) && take(",") && take_r(insn.src) && take(")")
                ? nullptr
                : "an address and a register";
  } else if (Width width = Width::k64; take_register(insn.dst, width)) {
    wrong = parse_assignment(insn, width);
    // Forms whose result is elsewhere than in dst.
    if (insn.op == Op::kLoadAbs || insn.op == Op::kLoadInd) insn.dst = 0;
  } else {
    wrong = "an instruction";
  }
  return wrong != nullptr || at_end() ? wrong : "the end of the line";
}

}  // namespace

std::expected<size_t, AssembleError> assemble(std::string_view text, std::span<bpf_insn> out) {
  LabelPlace labels[kMaxLabels];
  size_t label_count = 0;
  size_t at = 0;
  for (const bool labels_known : {false, true}) {  // the first pass finds the labels
    at = 0;
    uint32_t line_number = 1;
    std::string_view rest = text;
    while (!rest.empty()) {
      const size_t end = rest.find_first_of("\n;");
      std::string_view line = rest.substr(0, end);
      const bool newline = end != std::string_view::npos && rest[end] == '\n';
      if (const size_t comment = line.find("//"); comment != std::string_view::npos) line = line.substr(0, comment);
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      for (;;) {
        while (!line.empty() && (line[0] == ' ' || line[0] == '\t')) line.remove_prefix(1);
        size_t n = 0;
        while (n < line.size() && is_word(line[n])) n++;
        if (n == 0 || n == line.size() || line[n] != ':' || is_digit(line[0])) break;
        if (!labels_known) {
          if (label_count == kMaxLabels) return std::unexpected(AssembleError{line_number, "too many labels"});
          labels[label_count++] = {line.substr(0, n), static_cast<InsnIndex>(at)};
        }
        line.remove_prefix(n + 1);
      }
      if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
        Insn insn{};
        LineParser parser(line, static_cast<InsnIndex>(at), {labels, label_count}, labels_known);
        if (const char* wrong = parser.parse(insn)) return std::unexpected(AssembleError{line_number, wrong});
        bpf_insn slots[2];
        if (!encode(insn, static_cast<InsnIndex>(at), slots)) {
          return std::unexpected(AssembleError{line_number, "a form that exists, with a distance in range"});
        }
        for (uint32_t i = 0; i < (insn.op == Op::kLoadImm64 ? 2u : 1u); i++) {
          if (at == out.size()) return std::unexpected(AssembleError{line_number, "fewer instructions"});
          out[at++] = slots[i];
        }
      }
      line_number += newline;
    }
  }
  return at;
}

}  // namespace skep::bpf
