// BTF and func_info for test programs.
#pragma once

#include <string_view>
#include <vector>

#include "bpf/btf/debug_info.h"
#include "tests/host/verifier/support.h"

namespace skep::verifier_test {

// func_info for the program's functions, from a word for each: "s" static, "g" global; then what it returns (n number,
// v nothing, p pointer); then its parameters (n number, c the context as the program type names it, m memory of 16
// bytes, o the same but never NULL, i a pointer to an incomplete type, f a floating point number).
bpf::ProgramDebugInfo describe(const std::vector<bpf_insn>& code, std::string_view functions, uint32_t prog_type);

}  // namespace skep::verifier_test
