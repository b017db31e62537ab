// runner serve            programs on stdin, results on stdout (serve.cc; spoken by tools/skep)
// runner fuzz SEED COUNT  random programs, interpreter against JIT (fuzz.cc)
// runner compile-cost [TIER [LENGTH]]
//                         instructions spent per instruction compiled (compile_cost.cc); for a profile: of one tier
//                         (simple, optimised) and one length only
// runner self-test        what needs a processor but no other program (self_test.cc)
#include "lib/log.h"
#include "tests/runner/runner.h"

namespace skep {

void panic_line(std::string_view cause) {
  runner::out().flush();
  format_to(runner::err(), "runner: {}\n", cause);
  runner::err().flush();
  runner::exit_process(134);
}

namespace runner {

int usage() {
  err().write(
      "usage: runner serve | fuzz SEED COUNT [--rows] [--least N] [--all-targets] [--dump] | compile-cost [TIER "
      "[LENGTH]] | "
      "self-test\n");
  err().flush();
  return 2;
}

extern "C" [[noreturn]] void runner_start(uintptr_t* stack) {
  const int argc = static_cast<int>(stack[0]);
  char** argv = reinterpret_cast<char**>(stack + 1);
  const std::string_view command = argc > 1 ? argv[1] : "";
  int status = 2;
  handle_faults();
  if (command == "serve") {
    status = serve();
  } else if (command == "fuzz") {
    status = fuzz(argc - 2, argv + 2);
    if (status == 2) usage();
  } else if (command == "compile-cost") {
    status = compile_cost(argc - 2, argv + 2);
  } else if (command == "self-test") {
    status = self_test();
  } else {
    status = usage();
  }
  exit_process(status);
}

}  // namespace runner
}  // namespace skep
