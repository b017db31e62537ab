#include "bpf/btf/debug_info.h"

#include <algorithm>

namespace skep::bpf {

const bpf_line_info* find_line(const ProgramDebugInfo& info, uint32_t at) {
  const bpf_line_info* found = nullptr;
  size_t low = 0;
  size_t high = info.lines.size();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (info.lines[middle].insn_off <= at) {
      found = &info.lines[middle];
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return found;
}

Result<Vec<InsnIndex>> find_function_starts(std::span<const bpf_insn> code) {
  Vec<InsnIndex> starts;
  TRY(starts.push_back(0));
  for (size_t i = 0; i < code.size(); i++) {
    const bpf_insn& insn = code[i];
    const bool call = insn.code == (BPF_JMP | BPF_CALL) && insn.src_reg == BPF_PSEUDO_CALL;
    const bool address = insn.code == (BPF_LD | BPF_IMM | BPF_DW) && insn.src_reg == BPF_PSEUDO_FUNC;
    const int64_t target = static_cast<int64_t>(i) + insn.imm + 1;
    if ((call || address) && target >= 0 && target < static_cast<int64_t>(code.size())) {
      TRY(starts.push_back(static_cast<InsnIndex>(target)));
    }
    if (insn.code == (BPF_LD | BPF_IMM | BPF_DW)) i++;
  }
  // A comparison of our own: for plain integers libc++ calls a copy of sort() in its library, which a kernel does not
  // have.
  std::sort(starts.begin(), starts.end(), [](InsnIndex a, InsnIndex b) { return a < b; });
  const auto* end = std::unique(starts.begin(), starts.end());
  while (starts.end() != end) starts.pop_back();
  return starts;
}

namespace {

template <typename... Args>
Failure refuse(TextSink& log, std::string_view format, const Args&... args) {
  format_to(log, format, args...);
  return fail(Errno::kEINVAL);
}

Result<void> check_functions(const ProgramDebugInfo& info, std::span<const InsnIndex> starts, TextSink& log) {
  if (info.functions.empty()) return {};
  if (info.functions.size() != starts.size()) {
    return refuse(log, "number of funcs in func_info doesn't match number of subprogs\n");
  }
  uint32_t previous = 0;
  for (size_t i = 0; i < info.functions.size(); i++) {
    const bpf_func_info& f = info.functions[i];
    if (i == 0 && f.insn_off != 0) {
      return refuse(log, "nonzero insn_off {} for the first func info record", f.insn_off);
    }
    if (i > 0 && f.insn_off <= previous) {
      return refuse(log, "same or smaller insn offset ({}) than previous func info record ({})", f.insn_off, previous);
    }
    if (f.insn_off != starts[i]) {
      return refuse(log, "func_info BTF section doesn't match subprog layout in BPF program\n");
    }
    const BtfType* type = info.btf->find_type(f.type_id);
    if (!type || type->kind != BtfKind::kFunc) return refuse(log, "invalid type id {} in func info", f.type_id);
    previous = f.insn_off;
  }
  return {};
}

bool is_string_offset(const Btf& btf, uint32_t offset) { return offset == 0 || !btf.string_at(offset).empty(); }

Result<void> check_lines(const ProgramDebugInfo& info, std::span<const bpf_insn> code,
                         std::span<const InsnIndex> starts, TextSink& log) {
  if (info.lines.empty()) return {};
  size_t function = 0;
  uint32_t previous = 0;
  for (size_t i = 0; i < info.lines.size(); i++) {
    const bpf_line_info& line = info.lines[i];
    if ((i > 0 && line.insn_off <= previous) || line.insn_off >= code.size()) {
      return refuse(log, "Invalid line_info[{}].insn_off:{} (prev_offset:{} prog->len:{})\n", i, line.insn_off,
                    previous, code.size());
    }
    if (code[line.insn_off].code == 0) return refuse(log, "Invalid insn code at line_info[{}].insn_off\n", i);
    if (!is_string_offset(*info.btf, line.line_off) || !is_string_offset(*info.btf, line.file_name_off)) {
      return refuse(log, "Invalid line_info[{}].line_off or .file_name_off\n", i);
    }
    if (function < starts.size()) {
      if (line.insn_off == starts[function]) {
        function++;
      } else if (starts[function] < line.insn_off) {
        return refuse(log, "missing bpf_line_info for func#{}\n", function);
      }
    }
    previous = line.insn_off;
  }
  if (function != starts.size()) {
    return refuse(log, "missing bpf_line_info for {} funcs starting from func#{}\n", starts.size() - function,
                  function);
  }
  return {};
}

}  // namespace

Result<void> check_debug_info(const ProgramDebugInfo& info, std::span<const bpf_insn> code, TextSink& log) {
  const auto starts = TRY(find_function_starts(code));
  TRY(check_functions(info, starts.span(), log));
  return check_lines(info, code, starts.span(), log);
}

}  // namespace skep::bpf
