// What the verifier found to be dead is taken out of the program, so that engines, dumps and line_info show what runs.
#pragma once

#include "bpf/btf/btf.h"
#include "bpf/memory.h"
#include "bpf/prog.h"

namespace skep::bpf {

// Branches with one possible side become jumps, jumps to the next instruction and what no path reaches go; functions
// that lost all of their code go too. `raw` holds the program's slots (map references in whichever form) and follows,
// as do func_info and line_info: a source line stays with the first of its instructions that is left. Linux:
// opt_hard_wire_dead_code_branches, opt_remove_dead_code, opt_remove_nops. ENOMEM; then all is as before.
// `before`, when given, receives the slots as they were, if any of them changes.
Result<void> remove_dead_code(Image& image, Vec<bpf_insn>& raw, ProgramDebugInfo& debug,
                              Vec<bpf_insn>* before = nullptr);

}  // namespace skep::bpf
