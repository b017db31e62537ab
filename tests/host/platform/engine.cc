// The JIT's code is for another processor: host tests run programs in the interpreter.
#include "bpf/system.h"

namespace {
[[maybe_unused]] const bool g_interpreter_chosen = [] {
  skep::bpf::bpf_system().jit_enabled = false;
  return true;
}();
}  // namespace
