#include "bpf/verifier/explain.h"

#include "bpf/helpers/helper.h"
#include "bpf/isa/decode.h"
#include "bpf/verifier/rules.h"

namespace skep::bpf {
namespace verifier {
namespace {

// What a rule's texts may refer to.
struct Facts {
  const VerifyRequest* request = nullptr;  // null: no source lines
  InsnIndex definition = 0;
  bool has_definition = false;
};

// "line 31", or "insn 12" without BTF.
void print_place(TextSink& out, const VerifyRequest* request, InsnIndex at) {
  const bpf_line_info* line = request ? line_of(*request, at) : nullptr;
  if (line) {
    format_to(out, "line {}", BPF_LINE_INFO_LINE_NUM(line->line_col));
  } else {
    format_to(out, "insn {}", at);
  }
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// "start" of "__u64 *start = bpf_map_lookup_elem(&map, &cpu);", empty without an assignment.
std::string_view assigned_name(std::string_view line) {
  constexpr std::string_view kNoAssignment = "=!<>+-*/%&|^";
  for (size_t at = 1; at + 1 < line.size(); at++) {
    if (line[at] != '=' || line[at + 1] == '=' || kNoAssignment.contains(line[at - 1])) continue;
    size_t end = at;
    while (end > 0 && line[end - 1] == ' ') end--;
    size_t begin = end;
    while (begin > 0 && is_word(line[begin - 1])) begin--;
    return line.substr(begin, end - begin);
  }
  return {};
}

// What the program calls the value that broke the rule.
void print_variable(TextSink& out, const Rejection& r, const Facts& facts) {
  const bpf_line_info* line =
      facts.has_definition && facts.request ? line_of(*facts.request, facts.definition) : nullptr;
  const std::string_view name = line ? assigned_name(facts.request->debug->btf->string_at(line->line_off)) : "";
  if (!name.empty()) return out.write(name);
  format_to(out, "R{}", r.registers[0]);
}

// One placeholder of a rule's text; see rules.h.
void print_field(TextSink& out, std::string_view field, const Rejection& r, const Facts& facts) {
  const auto index = [&](size_t at) {
    const size_t i = field.size() > at ? static_cast<size_t>(field[at] - '0') : 0;
    return i < std::size(r.values) ? i : 0;
  };
  if (field == "text") return out.write(r.text);
  if (field == "second_text") return out.write(r.second_text);
  if (field == "decode")
    return print_decode_error(
        out, {.at = r.at, .error = r.error, .reason = r.text, .value = static_cast<uint32_t>(r.values[0])});
  if (field == "var") return print_variable(out, r, facts);
  if (field == "use") return print_place(out, facts.request, r.at);
  if (field == "def") {
    if (facts.has_definition) return print_place(out, facts.request, facts.definition);
    return out.write("the start");
  }
  if (field.empty()) return;
  switch (field[0]) {
    case 'r':
      return format_to(out, "{}", r.registers[index(1) % 2]);
    case 't':
      return print_type(out, r.values[index(1)]);
    case 'n': {
      const size_t i = index(1);
      if (i + 1 < std::size(r.values)) {
        print_tnum(out, static_cast<uint64_t>(r.values[i]), static_cast<uint64_t>(r.values[i + 1]));
      }
      return;
    }
    case 'h':
      return out.write(helper_name(static_cast<int32_t>(r.values[index(1)])));
    default:
      return format_to(out, "{}", r.values[index(0)]);
  }
}

void print_text(TextSink& out, std::string_view text, const Rejection& r, const Facts& facts) {
  while (!text.empty()) {
    const size_t open = text.find_first_of("{}");
    if (open == std::string_view::npos) return out.write(text);
    out.write(text.substr(0, open));
    if (open + 1 < text.size() && text[open + 1] == text[open]) {  // a brace of the text itself
      out.write(text.substr(open, 1));
      text.remove_prefix(open + 2);
      continue;
    }
    const size_t close = text.find('}', open);
    if (text[open] != '{' || close == std::string_view::npos) return;
    print_field(out, text.substr(open + 1, close - open - 1), r, facts);
    text.remove_prefix(close + 1);
  }
}

// "a.c" of "/src/a.c": the compiler's folder says nothing about the program.
std::string_view base_name(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// The C line of an instruction with a caret below the column, indented.
void print_source(TextSink& out, const VerifyRequest& request, InsnIndex at, bool with_caret) {
  const bpf_line_info* line = line_of(request, at);
  if (!line) return;
  const Btf& btf = *request.debug->btf;
  const std::string_view text = btf.string_at(line->line_off);
  const std::string_view shown = trimmed(text);
  const std::string_view file = base_name(btf.string_at(line->file_name_off));
  format_to(out, "    {}:{}: {}\n", file, BPF_LINE_INFO_LINE_NUM(line->line_col), shown);
  if (!with_caret) return;
  const size_t column = BPF_LINE_INFO_LINE_COL(line->line_col);
  const size_t cut = text.size() - shown.size();
  if (column <= cut || column > text.size()) return;
  char prefix[64];
  BufferSink measure(prefix);
  format_to(measure, "    {}:{}: ", file, BPF_LINE_INFO_LINE_NUM(line->line_col));
  for (size_t i = 0; i < measure.length() + column - cut - 1; i++) out.write(" ");
  out.write("^\n");
}

void print_insn(TextSink& out, const VerifyRequest& request, InsnIndex at) {
  const auto insn = decode(request.code, at);
  format_to(out, "insn {}", at);
  if (!insn) return;
  out.write(" ");
  disassemble(out, *insn, at, helper_name);
}

// Where the register's value came from.
void print_origins(TextSink& out, const VerifyRequest& request, const Rejection& r, const Facts& facts,
                   const PathHistory* history) {
  format_to(out, "R{} got its value at ", r.registers[0]);
  print_insn(out, request, facts.definition);
  out.write("\n");
  print_source(out, request, facts.definition, false);
  if (!history) return;
  const PathHistory::Chain& chain = history->chain(r.registers[0]);
  if (chain.length == 0 || chain.at[0] != facts.definition) return;
  for (uint32_t i = 1; i < chain.length; i++) {
    out.write("         from what was set at ");
    print_insn(out, request, chain.at[i]);
    out.write("\n");
    print_source(out, request, chain.at[i], false);
  }
}

// The causal path: what gave the register its value, which branches led here.
void print_causes(TextSink& out, const VerifyRequest& request, const Rejection& r, const Facts& facts,
                  const Analysis* analysis, const PathHistory* history) {
  if (!analysis) return out.write("seen in the code as it stands, before any path was walked\n");
  if (analysis->last_state().depth() == 0) return out.write("seen after every path was walked\n");
  if (facts.has_definition) print_origins(out, request, r, facts, history);
  const size_t kept = history ? history->kept() : 0;
  if (kept == 0) {
    if (!facts.has_definition) out.write("straight from the start, without a branch on the way\n");
    return;
  }
  format_to(out, "{}branches on the way there{}:\n", facts.has_definition ? "         " : "",
            history->total() > kept ? " (the last ones)" : "");
  for (size_t i = 0; i < kept;) {
    const PathHistory::Branch& branch = history->branch(i);
    size_t times = 0;  // a loop's turns, one after the other
    while (i < kept && history->branch(i) == branch) i++, times++;
    out.write("    ");
    print_insn(out, request, branch.at);
    out.write(branch.taken ? "  -- taken" : "  -- not taken");
    if (times > 1) format_to(out, " {} times", times);
    out.write("\n");
    print_source(out, request, branch.at, false);
  }
}

// The register that an instruction's result comes from, in the first place.
uint8_t used_register(const Insn& insn) {
  switch (insn.op) {
    case Op::kCallHelper:
    case Op::kLoadImm64:
    case Op::kLoadAbs:
      return kNoRegister;
    case Op::kMov:
      return insn.use_imm ? kNoRegister : insn.src;
    case Op::kNeg:
    case Op::kToLe:
    case Op::kToBe:
    case Op::kBswap:
      return insn.dst;
    default:
      return insn.use_imm ? insn.dst : insn.src;
  }
}

}  // namespace

void PathHistory::note_origin(InsnIndex at, const State& state, uint16_t touched) {
  if (state.depth() != depth_) {  // other registers now
    for (Chain& c : chains_) c = {};
    depth_ = state.depth();
  }
  const Insn& insn = analysis_.shape().code[at];
  for (uint8_t r = 0; r < kRegisters; r++) {
    if ((touched >> r & 1) == 0) continue;
    const uint8_t used = used_register(insn);
    const Chain before = r == insn.dst && used != kNoRegister ? chains_[used] : Chain{};
    Chain& c = chains_[r];
    c.at[0] = at;
    c.length = 1;
    for (uint32_t i = 0; i < before.length && c.length < kChain; i++) c.at[c.length++] = before.at[i];
  }
}

void explain(TextSink& out, const VerifyRequest& request, const Rejection& r, const Analysis* analysis,
             const PathHistory* history) {
  const RuleRow& row = rule_row(r.rule);
  Facts facts{.request = &request};
  const Reg* culprit = nullptr;
  if (analysis && r.registers[0] < kRegisters && analysis->last_state().depth() > 0) {
    const State& state = analysis->last_state();
    culprit = &state.frame(state.top()).regs[r.registers[0]];
    facts.definition = culprit->origin;
    facts.has_definition =
        culprit->kind != RegKind::kNotInit && culprit->kind != RegKind::kCtx && r.registers[0] != kFrameRegister;
  }

  out.write("\nWhy the program was refused\n  what:  ");
  print_rule_name(out, r.rule);
  out.write(": ");
  print_text(out, row.meaning, r, facts);
  out.write("\n  where: ");
  if (r.at < request.code.size()) print_insn(out, request, r.at);
  out.write("\n");
  if (r.at < request.code.size()) print_source(out, request, r.at, true);

  out.write("  how:   ");
  print_causes(out, request, r, facts, analysis, history);
  out.write("  do:    ");
  print_text(out, row.remedy, r, facts);
  out.write("\n");
}

}  // namespace verifier

void print_rejection(TextSink& out, const Rejection& rejection) {
  verifier::print_text(out, verifier::rule_row(rejection.rule).wording, rejection, {});
}

void print_rule_name(TextSink& out, Rule rule) {
  const std::string_view name = verifier::rule_row(rule).name.substr(1);
  for (size_t i = 0; i < name.size(); i++) {
    const bool upper = name[i] >= 'A' && name[i] <= 'Z';
    if (upper && i != 0) out.write("_");
    const char c = upper ? static_cast<char>(name[i] - 'A' + 'a') : name[i];
    out.write({&c, 1});
  }
}

std::string_view rule_name(Rule rule) { return verifier::rule_row(rule).name; }

}  // namespace skep::bpf
