// skep's subcommands. To add one: a file command_NAME.cc with its function, a row in main.cc's table.
#pragma once

#include <string>
#include <vector>

namespace skep::tool {

// Exit statuses: 0 done, 1 the work failed (a program was refused, a case differs), 2 wrong usage.
inline constexpr int kOk = 0, kFailed = 1, kUsage = 2;

struct Command {
  const char* name;
  const char* summary;
  const char* help;
  int (*run)(const std::vector<std::string>& arguments);
};

extern const Command kRunCommand;          // command_run.cc
extern const Command kDisassembleCommand;  // command_dis.cc
extern const Command kAssembleCommand;     // command_dis.cc
extern const Command kRulesCommand;        // command_rules.cc
extern const Command kVerifyCommand;       // command_verify.cc
extern const Command kJitCommand;          // command_jit.cc
extern const Command kTablesCommand;       // command_tables.cc

}  // namespace skep::tool
