// sh: a shell after POSIX. Without arguments it reads commands from standard input, at a terminal with a prompt.
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <utility>

#include "parser.h"
#include "shell.h"

namespace {

using namespace sh;

void import_environment() {
  for (char** e = environ; e != nullptr && *e != nullptr; e++) {
    const char* equals = strchr(*e, '=');
    if (equals == nullptr) continue;
    const std::string_view name(*e, static_cast<size_t>(equals - *e));
    if (!is_name(name)) continue;
    set_variable(name, equals + 1);
    export_variable(name);
  }
  if (find_variable("PATH") == nullptr) set_variable("PATH", "/bin");
  set_variable("PPID", std::to_string(getppid()));
  unset_variable("IFS");  // POSIX: not taken from outside
  char path[PATH_MAX];
  if (getcwd(path, sizeof(path)) != nullptr) {
    set_variable("PWD", path);
    export_variable("PWD");
  }
}

std::string prompt() {
  const std::string* set = find_variable("PS1");
  if (set != nullptr) return expand_document(*set);
  std::string cwd = get_variable("PWD");
  return cwd + (geteuid() == 0 ? " # " : " $ ");
}

// Reads and runs commands until the end of input. Lines are gathered until they make a complete command.
void run_input() {
  std::string text;
  for (;;) {
    if (shell.interactive) reap_jobs(true);
    std::string line;
    bool interrupted_here = false;
    const bool more = read_command_line(text.empty() ? prompt() : "> ", &line, &interrupted_here);
    if (interrupted_here) {
      interrupted();
      text.clear();
      shell.status = 128 + SIGINT;
      continue;
    }
    if (!more) {
      if (!text.empty()) run_text(text, shell.name);
      return;
    }
    text += line;
    if (more && text.ends_with("\\\n")) continue;
    if (Parser(text).parse_line() == ParseStatus::kIncomplete) continue;
    run_text(text, shell.name);
    text.clear();
    if (shell.flow == Flow::kExit) return;
    shell.flow = Flow::kNone;
    shell.loop_depth = shell.condition_depth = 0;
  }
}

void setup_job_control() {
  if (tcgetpgrp(STDERR_FILENO) < 0) return;  // no terminal of ours
  shell.job_control = true;
  setup_signals();
  if (getpgrp() != getpid()) setpgid(0, 0);
  tcsetpgrp(STDERR_FILENO, getpgrp());
}

int usage() {
  fprintf(stderr, "usage: sh [-efiux] [-c COMMAND [NAME [ARGUMENT]...] | FILE [ARGUMENT]...]\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  shell.pid = getpid();
  shell.name = argc > 0 ? argv[0] : "sh";
  bool force_interactive = false, from_argument = false;
  int i = 1;
  for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1] != '\0'; i++) {
    if (strcmp(argv[i], "--") == 0) {
      i++;
      break;
    }
    if (strcmp(argv[i], "--help") == 0) {
      usage();
      return 0;
    }
    if (strcmp(argv[i], "-o") == 0 && i + 1 < argc) {
      if (find_builtin("set")({"set", argv[i], argv[i + 1]}) != 0) return 2;
      i++;
      continue;
    }
    for (const char* letter = argv[i] + 1; *letter != '\0'; letter++) {
      const bool on = argv[i][0] == '-';
      if (*letter == 'c') {
        from_argument = true;
      } else if (*letter == 'i') {
        force_interactive = on;
      } else if (*letter == 'l' || *letter == 's') {
        continue;  // a login shell is like any other; standard input is the default
      } else if (strchr("efux", *letter) == nullptr ||
                 find_builtin("set")({"set", std::string(1, argv[i][0]) + *letter}) != 0) {
        return usage();
      }
    }
  }
  import_environment();

  if (from_argument) {
    if (i >= argc) return usage();
    const std::string command = argv[i++];
    if (i < argc) shell.name = argv[i++];
    shell.positional.assign(argv + i, argv + argc);
    run_text(command, "-c");
    leave(shell.status);
  }
  if (i < argc) {
    shell.name = argv[i++];
    shell.positional.assign(argv + i, argv + argc);
    if (run_file(shell.name.c_str()) < 0) {
      const int e = errno;
      fprintf(stderr, "sh: %s: %s\n", shell.name.c_str(), strerror(e));
      return e == ENOENT ? 127 : 126;
    }
    leave(shell.status);
  }
  shell.interactive = force_interactive || (isatty(STDIN_FILENO) && isatty(STDERR_FILENO));
  if (shell.interactive) {
    setup_signals();
    setup_job_control();
  }
  run_input();
  leave(shell.status);
}
