// skep verify OBJECT: loads its programs one by one, and tells what the verifier said.
#include <stdio.h>
#include <string.h>

#include "tools/skep/command.h"
#include "tools/skep/load_watch.h"
#include "tools/skep/object_door.h"
#include "tools/skep/object_file.h"

namespace skep::tool {
namespace {

// True when it was accepted.
bool verify_program(const std::string& path, const std::string& name, uint32_t log_level) {
  LoadLog log{.level = log_level, .text = {}};
  LoadWatch watch;
  const Attempt attempt = load_program(path, name, log);
  printf("%s (section %s)\n", name.c_str(), attempt.section.c_str());
  if (log_level != 0) fputs(log.text.data(), stdout);
  const LastLoad& last = watch.last();
  const bool accepted = last.judged && last.rule.empty();
  if (accepted) {
    printf("accepted: %u instructions processed, %u states at most\n\n", last.insns_processed, last.peak_states);
  } else if (last.judged) {
    printf("refused: %s (%s at insn %u), %u instructions processed\n\n", strerrorname_np(attempt.error),
           last.rule.c_str(), last.pc, last.insns_processed);
  } else {
    printf("refused before the verifier: %s\n%s\n", strerrorname_np(attempt.error), messages().c_str());
  }
  return accepted;
}

}  // namespace

int verify_object(const std::string& path, const std::string& program, uint32_t log_level) {
  const std::vector<std::string> names = program_names(path, program);
  int status = names.empty() ? kFailed : kOk;
  for (const std::string& name : names) {
    if (!verify_program(path, name, log_level)) status = kFailed;
  }
  return status;
}

}  // namespace skep::tool
