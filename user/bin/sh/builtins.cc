// The commands that the shell runs itself.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "../common/tool.h"
#include "shell.h"

namespace sh {
namespace {

using Words = std::vector<std::string>;

// Calls a function of the C kind with the words as argc, argv.
int call_tool(int (*tool)(int, char**), const Words& words) {
  std::vector<char*> argv;
  for (const std::string& w : words) argv.push_back(const_cast<char*>(w.c_str()));
  argv.push_back(nullptr);
  return tool(static_cast<int>(words.size()), argv.data());
}

int usage(const char* text) {
  complain("usage: %s", text);
  return 2;
}

// A number argument; false (with a message) for anything else.
bool parse_number(const std::string& text, long* value) {
  char* end;
  *value = strtol(text.c_str(), &end, 10);
  if (!text.empty() && *end == '\0') return true;
  complain("%s: not a number", text.c_str());
  return false;
}

int do_true(const Words&) { return 0; }
int do_false(const Words&) { return 1; }
int do_echo(const Words& words) { return call_tool(tool_echo, words); }
int do_printf(const Words& words) { return call_tool(tool_printf, words); }
int do_test(const Words& words) { return call_tool(tool_test, words); }

int do_cd(const Words& words) {
  std::string target = words.size() > 1 ? words[1] : get_variable("HOME");
  const bool back = target == "-";
  if (back) target = get_variable("OLDPWD");
  if (target.empty()) target = "/";
  if (chdir(target.c_str()) < 0) {
    complain("cd: %s: %s", target.c_str(), strerror(errno));
    return 1;
  }
  char path[PATH_MAX];
  if (getcwd(path, sizeof(path)) != nullptr) {
    set_variable("OLDPWD", get_variable("PWD"));
    set_variable("PWD", path);
    if (back) puts(path);
  }
  return 0;
}

int do_pwd(const Words&) {
  char path[PATH_MAX];
  if (getcwd(path, sizeof(path)) == nullptr) {
    complain("pwd: %s", strerror(errno));
    return 1;
  }
  puts(path);
  return 0;
}

int do_exit(const Words& words) {
  long status = shell.status;
  if (words.size() > 1 && !parse_number(words[1], &status)) status = 2;
  shell.flow = Flow::kExit;
  return static_cast<int>(status & 0xff);
}

int do_return(const Words& words) {
  long status = shell.status;
  if (words.size() > 1 && !parse_number(words[1], &status)) status = 2;
  shell.flow = Flow::kReturn;
  return static_cast<int>(status & 0xff);
}

int leave_loops(const Words& words, Flow flow) {
  long levels = 1;
  if (words.size() > 1 && (!parse_number(words[1], &levels) || levels < 1)) return 2;
  if (shell.loop_depth == 0) return 0;
  shell.flow = flow;
  shell.flow_levels = static_cast<int>(levels < shell.loop_depth ? levels : shell.loop_depth);
  return 0;
}
int do_break(const Words& words) { return leave_loops(words, Flow::kBreak); }
int do_continue(const Words& words) { return leave_loops(words, Flow::kContinue); }

// NAME or NAME=VALUE for export, local; false for a wrong name.
bool assign_word(const std::string& word, const char* builtin, std::string* name) {
  const size_t equals = word.find('=');
  *name = word.substr(0, equals);
  if (!is_name(*name)) {
    complain("%s: %s: not a name", builtin, name->c_str());
    return false;
  }
  return true;
}

int do_export(const Words& words) {
  if (words.size() == 1 || words[1] == "-p") {
    for (const auto& [name, variable] : shell.variables) {
      if (!variable.exported) continue;
      if (variable.set) {
        printf("export %s=%s\n", name.c_str(), quote_for_display(variable.value).c_str());
      } else {
        printf("export %s\n", name.c_str());
      }
    }
    return 0;
  }
  int status = 0;
  for (size_t i = 1; i < words.size(); i++) {
    std::string name;
    if (!assign_word(words[i], "export", &name)) {
      status = 1;
      continue;
    }
    if (name.size() < words[i].size()) set_variable(name, words[i].substr(name.size() + 1));
    export_variable(name);
  }
  return status;
}

int do_local(const Words& words) {
  if (shell.local_scopes.empty()) {
    complain("local: not in a function");
    return 1;
  }
  int status = 0;
  for (size_t i = 1; i < words.size(); i++) {
    std::string name;
    if (!assign_word(words[i], "local", &name)) {
      status = 1;
      continue;
    }
    const auto it = shell.variables.find(name);
    shell.local_scopes.back().emplace(name, it != shell.variables.end() ? it->second : Variable{{}, false, false});
    if (name.size() < words[i].size()) {
      set_variable(name, words[i].substr(name.size() + 1));
    } else {
      set_variable(name, "");
    }
  }
  return status;
}

int do_unset(const Words& words) {
  bool functions = false;
  for (size_t i = 1; i < words.size(); i++) {
    if (words[i] == "-f" || words[i] == "-v") {
      functions = words[i] == "-f";
    } else if (functions) {
      const auto it = shell.functions.find(words[i]);
      if (it != shell.functions.end()) shell.functions.erase(it);
    } else {
      unset_variable(words[i]);
    }
  }
  return 0;
}

bool set_option(char letter, bool on) {
  switch (letter) {
    case 'e':
      shell.errexit = on;
      return true;
    case 'f':
      shell.noglob = on;
      return true;
    case 'u':
      shell.nounset = on;
      return true;
    case 'x':
      shell.xtrace = on;
      return true;
    case 'm':
    case 'v':
    case 'a':
    case 'b':
    case 'C':
    case 'h':
    case 'n':
      return false;
    default:
      return false;
  }
}

constexpr std::pair<std::string_view, char> kLongOptions[] = {
    {"errexit", 'e'}, {"noglob", 'f'}, {"nounset", 'u'}, {"xtrace", 'x'}};

int do_set(const Words& words) {
  if (words.size() == 1) {
    for (const auto& [name, variable] : shell.variables) {
      if (variable.set) printf("%s=%s\n", name.c_str(), quote_for_display(variable.value).c_str());
    }
    return 0;
  }
  size_t i = 1;
  for (; i < words.size() && words[i].size() > 1 && (words[i][0] == '-' || words[i][0] == '+'); i++) {
    if (words[i] == "--") break;
    const bool on = words[i][0] == '-';
    if (words[i].substr(1) == "o" && i + 1 < words.size()) {
      i++;
      bool known = false;
      for (const auto& [name, letter] : kLongOptions) {
        if (words[i] == name) known = set_option(letter, on);
      }
      if (!known) {
        complain("set: %s: unknown option", words[i].c_str());
        return 2;
      }
      continue;
    }
    for (const char letter : words[i].substr(1)) {
      if (!set_option(letter, on)) {
        complain("set: -%c: unknown option", letter);
        return 2;
      }
    }
  }
  if (i < words.size()) {
    if (words[i] == "--") i++;
    shell.positional.assign(words.begin() + static_cast<ptrdiff_t>(i), words.end());
  }
  return 0;
}

int do_shift(const Words& words) {
  long n = 1;
  if (words.size() > 1 && !parse_number(words[1], &n)) return 2;
  if (n < 0 || n > static_cast<long>(shell.positional.size())) return 1;
  shell.positional.erase(shell.positional.begin(), shell.positional.begin() + n);
  return 0;
}

int do_eval(const Words& words) {
  std::string text;
  for (size_t i = 1; i < words.size(); i++) text += (i > 1 ? " " : "") + words[i];
  if (text.find_first_not_of(" \t\n") == std::string::npos) return 0;
  return run_text(text, "eval");
}

int do_source(const Words& words) {
  if (words.size() < 2) return usage(". FILE [ARGUMENT]...");
  Words arguments(words.begin() + 2, words.end());
  const bool own = !arguments.empty();
  if (own) std::swap(shell.positional, arguments);
  const int status = run_file(words[1].c_str());
  if (own) std::swap(shell.positional, arguments);
  if (shell.flow == Flow::kReturn) shell.flow = Flow::kNone;
  if (status >= 0) return status;
  complain("%s: %s", words[1].c_str(), strerror(errno));
  return 1;
}

int do_exec(const Words& words) {
  if (words.size() == 1) return 0;  // its redirects stay
  reset_signals_in_child(false);
  exec_program(Words(words.begin() + 1, words.end()));
}

// read [-r] [-p PROMPT] NAME...
int do_read(const Words& words) {
  bool raw = false;
  size_t i = 1;
  for (; i < words.size() && words[i].size() > 1 && words[i][0] == '-'; i++) {
    if (words[i] == "-r") {
      raw = true;
    } else if (words[i] == "-p" && i + 1 < words.size()) {
      fputs(words[++i].c_str(), stderr);
    } else {
      return usage("read [-r] [-p PROMPT] NAME...");
    }
  }
  std::string line;
  std::string escaped;  // '1' where a backslash took a character's meaning away
  bool complete = false;
  for (;;) {
    char c;
    const ssize_t n = read(STDIN_FILENO, &c, 1);  // one at a time: what follows the line belongs to others
    if (n < 0 && errno == EINTR && !shell.interactive) continue;
    if (n <= 0) break;
    if (c == '\\' && !raw) {
      if (read(STDIN_FILENO, &c, 1) != 1) break;
      if (c == '\n') continue;
      line.push_back(c);
      escaped.push_back('1');
      continue;
    }
    if (c == '\n') {
      complete = true;
      break;
    }
    line.push_back(c);
    escaped.push_back('0');
  }
  const std::string* set = find_variable("IFS");
  const std::string ifs = set != nullptr ? *set : " \t\n";
  const auto separates = [&](size_t k) { return escaped[k] == '0' && ifs.find(line[k]) != std::string::npos; };
  const auto blank = [&](size_t k) { return separates(k) && strchr(" \t\n", line[k]) != nullptr; };
  size_t at = 0;
  while (at < line.size() && blank(at)) at++;
  if (i == words.size()) {
    set_variable("REPLY", line);
    return complete ? 0 : 1;
  }
  for (; i < words.size(); i++) {
    const bool last = i + 1 == words.size();
    const size_t start = at;
    while (at < line.size() && (last || !separates(at))) at++;
    size_t end = at;
    while (last && end > start && blank(end - 1)) end--;
    if (!is_name(words[i])) {
      complain("read: %s: not a name", words[i].c_str());
      return 2;
    }
    set_variable(words[i], line.substr(start, end - start));
    while (at < line.size() && blank(at)) at++;
    if (at < line.size() && separates(at)) {
      at++;
      while (at < line.size() && blank(at)) at++;
    }
  }
  return complete ? 0 : 1;
}

int wait_for_job(Job& job) {
  while (!job.members.empty()) {
    int wait_status;
    const pid_t r = waitpid(job.members.front(), &wait_status, 0);
    if (r < 0 && errno == EINTR) {
      run_pending_traps();
      if (shell.interactive && interrupted()) return 128 + SIGINT;
      continue;
    }
    if (r == job.pid) job.status = status_of(wait_status);
    job.members.erase(job.members.begin());
  }
  job.done = true;
  return job.status;
}

int do_wait(const Words& words) {
  reap_jobs(false);
  int status = 0;
  if (words.size() == 1) {
    for (Job& job : shell.jobs) {
      if (wait_for_job(job) == 128 + SIGINT && !job.done) return 128 + SIGINT;
    }
    shell.jobs.clear();
    return 0;
  }
  for (size_t i = 1; i < words.size(); i++) {
    Job* job = find_job(words[i]);
    if (job == nullptr) {
      status = 127;
      continue;
    }
    status = wait_for_job(*job);
    if (!job->done) return status;
    const int number = job->number;
    std::erase_if(shell.jobs, [number](const Job& j) { return j.number == number; });
  }
  return status;
}

int do_jobs(const Words&) {
  reap_jobs(false);
  for (const Job& job : shell.jobs) {
    const char* state = job.done ? "Done" : job.stopped ? "Stopped" : "Running";
    printf("[%d] %d %s  %s\n", job.number, job.pid, state, job.text.c_str());
  }
  std::erase_if(shell.jobs, [](const Job& job) { return job.done; });
  return 0;
}

int move_job(const Words& words, bool foreground) {
  Job* job = find_job(words.size() > 1 ? words[1] : "%%");
  if (job == nullptr) {
    complain("%s: no such job", words[0].c_str());
    return 1;
  }
  return continue_job(*job, foreground);
}
int do_fg(const Words& words) { return move_job(words, true); }
int do_bg(const Words& words) { return move_job(words, false); }

int do_kill(const Words& words) {
  int sig = SIGTERM;
  size_t i = 1;
  if (i < words.size() && words[i] == "-l") {
    for (int n = 1; n < _NSIG; n++) {
      if (signal_name(n) != nullptr) printf("%d %s\n", n, signal_name(n));
    }
    return 0;
  }
  if (i < words.size() && words[i].size() > 1 && words[i][0] == '-' && words[i] != "--") {
    const bool separate = words[i] == "-s";
    if (separate && i + 1 >= words.size()) return usage("kill [-SIGNAL] PID|%JOB...");
    const std::string name = separate ? words[++i] : words[i].substr(1);
    sig = signal_number(name);
    if (sig < 0) {
      complain("kill: %s: unknown signal", name.c_str());
      return 1;
    }
    i++;
  }
  if (i < words.size() && words[i] == "--") i++;
  if (i >= words.size()) return usage("kill [-SIGNAL] PID|%JOB...");
  int status = 0;
  for (; i < words.size(); i++) {
    long pid;
    if (words[i][0] == '%') {
      const Job* job = find_job(words[i]);
      if (job == nullptr) {
        complain("kill: %s: no such job", words[i].c_str());
        status = 1;
        continue;
      }
      pid = job->group != 0 ? -job->group : job->pid;
    } else if (!parse_number(words[i], &pid)) {
      status = 1;
      continue;
    }
    if (kill(static_cast<pid_t>(pid), sig) < 0) {
      complain("kill: %s: %s", words[i].c_str(), strerror(errno));
      status = 1;
    }
  }
  return status;
}

// trap [COMMAND|-] SIGNAL...
int do_trap(const Words& words) {
  if (words.size() == 1) {
    for (const auto& [sig, command] : shell.traps) {
      printf("trap -- %s %s\n", quote_for_display(command).c_str(), signal_name(sig));
    }
    return 0;
  }
  size_t i = words[1] == "--" ? 2 : 1;
  if (i >= words.size()) return 0;
  const bool resets = words[i] == "-" || (words.size() == i + 1);
  const std::string command = resets ? std::string() : words[i];
  if (words[i] == "-" || !resets) i++;
  int status = 0;
  for (; i < words.size(); i++) {
    const int sig = signal_number(words[i]);
    if (sig < 0) {
      complain("trap: %s: unknown signal", words[i].c_str());
      status = 1;
      continue;
    }
    if (resets) {
      shell.traps.erase(sig);
    } else {
      shell.traps[sig] = command;
    }
    set_trap_handler(sig, !resets && !command.empty(), !resets && command.empty());
  }
  return status;
}

int do_umask(const Words& words) {
  if (words.size() == 1) {
    const mode_t mask = umask(0);
    umask(mask);
    printf("%04o\n", mask);
    return 0;
  }
  char* end;
  const long mask = strtol(words[1].c_str(), &end, 8);
  if (*end != '\0' || mask < 0 || mask > 0777) return usage("umask [OCTAL]");
  umask(static_cast<mode_t>(mask));
  return 0;
}

int describe_name(const std::string& name, bool brief) {
  const bool function = shell.functions.find(name) != shell.functions.end();
  if (function || find_builtin(name) != nullptr) {
    printf(brief ? "%s\n" : "%s is a shell %s\n", name.c_str(), function ? "function" : "builtin");
    return 0;
  }
  const std::string path = find_program(name);
  if (path.empty() || access(path.c_str(), X_OK) != 0) {
    if (!brief) printf("%s: not found\n", name.c_str());
    return 1;
  }
  if (brief) {
    puts(path.c_str());
  } else {
    printf("%s is %s\n", name.c_str(), path.c_str());
  }
  return 0;
}

int do_type(const Words& words) {
  int status = 0;
  for (size_t i = 1; i < words.size(); i++) status |= describe_name(words[i], false);
  return status;
}

// command [-v] NAME...: without -v the builtin or program, never a function.
int do_command(const Words& words) {
  if (words.size() < 2) return 0;
  if (words[1] == "-v" || words[1] == "-V") {
    int status = 0;
    for (size_t i = 2; i < words.size(); i++) status |= describe_name(words[i], words[1] == "-v");
    return status;
  }
  const Words rest(words.begin() + 1, words.end());
  if (const Builtin builtin = find_builtin(rest[0])) return builtin(rest);
  fflush(stdout);
  const pid_t pid = fork_shell();
  if (pid < 0) {
    complain("fork: %s", strerror(errno));
    return 1;
  }
  if (pid == 0) {
    reset_signals_in_child(false);
    exec_program(rest);
  }
  return wait_for(getpgrp(), {pid}, rest[0]);
}

struct Entry {
  std::string_view name;
  Builtin function;
  bool special;  // POSIX: assignments before it stay, errors end a script
};

constexpr Entry kBuiltins[] = {
    {".", do_source, true},         {":", do_true, true},
    {"[", do_test, false},          {"bg", do_bg, false},
    {"break", do_break, true},      {"cd", do_cd, false},
    {"command", do_command, false}, {"continue", do_continue, true},
    {"echo", do_echo, false},       {"eval", do_eval, true},
    {"exec", do_exec, true},        {"exit", do_exit, true},
    {"export", do_export, true},    {"false", do_false, false},
    {"fg", do_fg, false},           {"jobs", do_jobs, false},
    {"kill", do_kill, false},       {"local", do_local, false},
    {"printf", do_printf, false},   {"pwd", do_pwd, false},
    {"read", do_read, false},       {"return", do_return, true},
    {"set", do_set, true},          {"shift", do_shift, true},
    {"source", do_source, true},    {"test", do_test, false},
    {"trap", do_trap, true},        {"true", do_true, false},
    {"type", do_type, false},       {"umask", do_umask, false},
    {"unset", do_unset, true},      {"wait", do_wait, false},
};

const Entry* find_entry(std::string_view name) {
  for (const Entry& entry : kBuiltins) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace

Builtin find_builtin(std::string_view name) {
  const Entry* entry = find_entry(name);
  return entry != nullptr ? entry->function : nullptr;
}

bool is_special_builtin(std::string_view name) {
  const Entry* entry = find_entry(name);
  return entry != nullptr && entry->special;
}

}  // namespace sh
