// PROG_LOAD's func_info and line_info against code and BTF. Linux: check_btf_func(), check_btf_line() in
// kernel/bpf/verifier.c.
#pragma once

#include <span>

#include "bpf/btf/btf.h"
#include "bpf/isa/insn.h"

namespace skep::bpf {

// Where functions begin, ascending: 0, targets of local calls, subprograms whose address is taken. A target outside of
// the code is left out; the verifier refuses it. ENOMEM.
Result<Vec<InsnIndex>> find_function_starts(std::span<const bpf_insn> code);

// `info` holds a BTF and the records as user space gave them. EINVAL with a line in the log, ENOMEM.
Result<void> check_debug_info(const ProgramDebugInfo& info, std::span<const bpf_insn> code, TextSink& log);

}  // namespace skep::bpf
