// What the core says of a case.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/skep/bpf_case.h"
#include "tools/skep/load_watch.h"

namespace skep::tool {

struct Verdict {
  bool accepted = false;
  Errno error{};     // of a refusal
  std::string step;  // which bpf() command refused: "PROG_LOAD", "MAP_CREATE of map 2"
  LastLoad load;     // nothing when it did not come to PROG_LOAD's verifier
  std::string log;
};

// Creates what the case describes and loads the program, as root. Helpers that exist but have no function here are
// judged like others.
Verdict judge(const BpfCase& c);

struct RunOutcome {
  std::optional<uint32_t> value;
  std::string error;  // without a value
};
// Runs an accepted program on the interpreter, in a process of its own: one outcome per run.
std::vector<RunOutcome> run_interpreted(const BpfCase& c);

}  // namespace skep::tool
