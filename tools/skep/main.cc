// skep: the BPF subsystem's engines on the host.
#include <stdio.h>

#include "tools/skep/command.h"

using namespace skep::tool;

namespace {

const Command* const kCommands[] = {&kRunCommand,         &kVerifyCommand,   &kJitCommand,   &kRulesCommand,
                                    &kDisassembleCommand, &kAssembleCommand, &kTablesCommand};

void print_help(FILE* to) {
  fprintf(to, "usage: skep COMMAND [ARGUMENT...]\n       skep COMMAND --help\n\ncommands:\n");
  for (const Command* c : kCommands) fprintf(to, "  %-8s %s\n", c->name, c->summary);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  if (name == "--help" || name == "-h" || name == "help") return print_help(stdout), kOk;
  const std::vector<std::string> arguments(argv + (argc > 1 ? 2 : 1), argv + argc);
  for (const Command* c : kCommands) {
    if (name != c->name) continue;
    if (!arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h")) return fputs(c->help, stdout), kOk;
    const int status = c->run(arguments);
    if (status == kUsage) fprintf(stderr, "Try 'skep %s --help'.\n", c->name);
    return status;
  }
  if (!name.empty()) fprintf(stderr, "skep: no command '%s'\n", name.c_str());
  print_help(stderr);
  return kUsage;
}
