// Running the tree.
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "parser.h"
#include "shell.h"

namespace sh {
namespace {

constexpr int kMaxFunctionDepth = 500;  // recursion beyond it would end the shell by its stack

int set_status(int status) {
  shell.status = status;
  return status;
}

// "set -e": a failed command ends the shell unless it is part of a condition.
void check_errexit(int status) {
  if (status != 0 && shell.errexit && shell.condition_depth == 0 && shell.flow == Flow::kNone) shell.flow = Flow::kExit;
}

bool stopped() {
  if (shell.flow == Flow::kNone && shell.interactive && interrupted()) {
    shell.flow = Flow::kInterrupt;
    set_status(128 + SIGINT);
  }
  return shell.flow != Flow::kNone;
}

int run_condition(const Node& node) {
  shell.condition_depth++;
  const int status = run_node(node);
  shell.condition_depth--;
  return status;
}

void trace(const std::vector<std::string>& assignments, const std::vector<std::string>& words) {
  std::string line = "+";
  for (const std::string& a : assignments) line += " " + a;
  for (const std::string& w : words) line += " " + quote_for_display(w);
  fflush(stdout);
  fprintf(stderr, "%s\n", line.c_str());
}

struct Assignment {
  std::string name;
  std::string value;
};

std::vector<Assignment> expand_assignments(const Node& node) {
  std::vector<Assignment> list;
  for (const std::string& text : node.assignments) {
    const size_t equals = text.find('=');
    list.push_back({text.substr(0, equals), expand_single(text.substr(equals + 1))});
  }
  return list;
}

int run_function(const Node& body, const std::vector<std::string>& words) {
  if (shell.function_depth >= kMaxFunctionDepth) {
    complain("%s: functions nested too deep", words[0].c_str());
    return set_status(1);
  }
  std::vector<std::string> outer(words.begin() + 1, words.end());
  std::swap(shell.positional, outer);
  const int loops = std::exchange(shell.loop_depth, 0);
  shell.function_depth++;
  shell.local_scopes.emplace_back();
  run_node(body);
  // What "local" hid comes back.
  for (auto& [name, variable] : shell.local_scopes.back()) {
    if (variable.set || variable.exported) {
      shell.variables[name] = std::move(variable);
    } else {
      unset_variable(name);
    }
  }
  shell.local_scopes.pop_back();
  shell.function_depth--;
  shell.loop_depth = loops;
  std::swap(shell.positional, outer);
  if (shell.flow == Flow::kReturn) shell.flow = Flow::kNone;
  return shell.status;
}

// Runs a function or builtin with assignments that hold for it alone, unless POSIX calls the builtin special.
int run_here(const Node& node, const std::vector<std::string>& words, const std::vector<Assignment>& assignments,
             const Node* function, Builtin builtin) {
  const bool keeps_redirects = function == nullptr && words[0] == "exec";
  std::vector<std::pair<int, int>> saved;
  fflush(stdout);
  if (!apply_redirects(node.redirects, keeps_redirects ? nullptr : &saved)) {
    restore_redirects(saved);
    if (!shell.interactive && function == nullptr && is_special_builtin(words[0])) shell.flow = Flow::kExit;
    return set_status(1);
  }
  const bool temporary = function != nullptr || !is_special_builtin(words[0]);
  std::map<std::string, Variable> hidden;
  for (const Assignment& a : assignments) {
    if (temporary) {
      const auto it = shell.variables.find(a.name);
      hidden.emplace(a.name, it != shell.variables.end() ? it->second : Variable{{}, false, false});
      export_variable(a.name);
    }
    set_variable(a.name, a.value);
  }
  int status;
  if (function != nullptr) {
    status = run_function(*function, words);
  } else {
    status = builtin(words);
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
      clearerr(stdout);
      if (status == 0) {
        complain("%s: write error: %s", words[0].c_str(), strerror(errno));
        status = 1;
      }
    }
  }
  for (auto& [name, variable] : hidden) {
    if (variable.set || variable.exported) {
      shell.variables[name] = std::move(variable);
    } else {
      unset_variable(name);
    }
  }
  restore_redirects(saved);
  return set_status(status);
}

[[noreturn]] void exec_external(const Node& node, const std::vector<std::string>& words,
                                const std::vector<Assignment>& assignments) {
  if (!apply_redirects(node.redirects, nullptr)) _exit(1);
  for (const Assignment& a : assignments) {
    set_variable(a.name, a.value);
    export_variable(a.name);
  }
  exec_program(words);
}

// In a child that has nothing else to do, an external command replaces it (is_child).
int run_simple(const Node& node, bool is_child) {
  shell.substitution_status = 0;
  shell.expansion_failed = false;
  std::vector<std::string> words;
  for (const std::string& word : node.words) expand_word(word, words);
  const std::vector<Assignment> assignments = expand_assignments(node);
  if (shell.expansion_failed) {
    if (!shell.interactive) shell.flow = Flow::kExit;
    return set_status(1);
  }
  if (shell.xtrace) {
    std::vector<std::string> shown;
    for (const Assignment& a : assignments) shown.push_back(a.name + "=" + quote_for_display(a.value));
    trace(shown, words);
  }
  if (words.empty()) {
    for (const Assignment& a : assignments) set_variable(a.name, a.value);
    std::vector<std::pair<int, int>> saved;
    const bool ok = apply_redirects(node.redirects, &saved);
    restore_redirects(saved);
    return set_status(ok ? shell.substitution_status : 1);
  }
  const auto function = shell.functions.find(words[0]);
  if (function != shell.functions.end()) return run_here(node, words, assignments, function->second, nullptr);
  if (const Builtin builtin = find_builtin(words[0])) return run_here(node, words, assignments, nullptr, builtin);

  if (is_child) exec_external(node, words, assignments);
  fflush(stdout);
  const pid_t pid = fork_shell();
  if (pid < 0) {
    complain("fork: %s", strerror(errno));
    return set_status(1);
  }
  if (pid == 0) {
    if (shell.job_control) {
      setpgid(0, 0);
      give_terminal_to(getpid());
    }
    reset_signals_in_child(false);
    exec_external(node, words, assignments);
  }
  if (shell.job_control) {
    setpgid(pid, pid);
    give_terminal_to(pid);
  }
  return set_status(wait_for(pid, {pid}, describe(node)));
}

// The rest of a forked child's life.
[[noreturn]] void run_as_child(const Node& node) {
  if (node.kind == NodeKind::kSimple) {
    run_simple(node, true);
  } else {
    run_node(node);
  }
  leave(shell.status);
}

int run_pipeline(const Node& node) {
  if (node.children.size() == 1) return set_status(run_condition(*node.children[0]) == 0);  // negated
  std::vector<pid_t> members;
  int input = -1;
  fflush(stdout);
  for (size_t i = 0; i < node.children.size(); i++) {
    const bool last = i + 1 == node.children.size();
    int ends[2] = {-1, -1};
    if (!last && pipe2(ends, O_CLOEXEC) < 0) {
      complain("pipe: %s", strerror(errno));
      break;
    }
    const pid_t pid = fork_shell();
    if (pid == 0) {
      if (shell.job_control) {
        const pid_t group = members.empty() ? getpid() : members[0];
        setpgid(0, group);
        give_terminal_to(group);
      }
      reset_signals_in_child(false);
      shell.job_control = false;
      if (input >= 0) {
        dup2(input, STDIN_FILENO);
        close(input);
      }
      if (!last) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
      }
      run_as_child(*node.children[i]);
    }
    if (input >= 0) close(input);
    if (!last) close(ends[1]);
    input = ends[0];
    if (pid < 0) {
      complain("fork: %s", strerror(errno));
      break;
    }
    members.push_back(pid);
    if (shell.job_control) {
      setpgid(pid, members[0]);
      if (i == 0) give_terminal_to(pid);
    }
  }
  const bool complete = members.size() == node.children.size();
  if (!complete && input >= 0) close(input);
  int status = members.empty() ? 1 : wait_for(members[0], members, describe(node));
  if (!complete) status = 1;
  return set_status(node.negated ? status == 0 : status);
}

int run_background(const Node& node) {
  fflush(stdout);
  const pid_t pid = fork_shell();
  if (pid < 0) {
    complain("fork: %s", strerror(errno));
    return set_status(1);
  }
  if (pid == 0) {
    const bool own_group = shell.job_control;
    if (own_group) setpgid(0, 0);
    reset_signals_in_child(!own_group);
    shell.job_control = false;
    if (!own_group) {  // without job control it must not compete for the input
      const int null = open("/dev/null", O_RDONLY);
      if (null > 0) {
        dup2(null, STDIN_FILENO);
        close(null);
      }
    }
    run_as_child(*node.children[0]);
  }
  if (shell.job_control) setpgid(pid, pid);
  shell.last_background = pid;
  const Job& job = add_job(shell.job_control ? pid : 0, {pid}, describe(*node.children[0]));
  if (shell.interactive) fprintf(stderr, "[%d] %d\n", job.number, pid);
  return set_status(0);
}

int run_subshell(const Node& node) {
  fflush(stdout);
  const pid_t pid = fork_shell();
  if (pid < 0) {
    complain("fork: %s", strerror(errno));
    return set_status(1);
  }
  if (pid == 0) {
    if (shell.job_control) {
      setpgid(0, 0);
      give_terminal_to(getpid());
    }
    reset_signals_in_child(false);
    shell.job_control = false;
    if (!apply_redirects(node.redirects, nullptr)) _exit(1);
    run_as_child(*node.children[0]);
  }
  if (shell.job_control) {
    setpgid(pid, pid);
    give_terminal_to(pid);
  }
  return set_status(wait_for(pid, {pid}, describe(node)));
}

// After a loop's body: whether the loop goes on.
bool loop_continues() {
  if (stopped() && (shell.flow == Flow::kBreak || shell.flow == Flow::kContinue)) {
    if (shell.flow_levels > 1) {
      shell.flow_levels--;
      return false;
    }
    const bool goes_on = shell.flow == Flow::kContinue;
    shell.flow = Flow::kNone;
    shell.flow_levels = 0;
    return goes_on;
  }
  return shell.flow == Flow::kNone;
}

int run_while(const Node& node) {
  int status = 0;
  shell.loop_depth++;
  for (;;) {
    const int condition = run_condition(*node.children[0]);
    if (stopped()) {
      if (!loop_continues()) break;
      continue;
    }
    if ((condition == 0) != (node.kind == NodeKind::kWhile)) break;
    status = run_node(*node.children[1]);
    if (!loop_continues()) break;
  }
  shell.loop_depth--;
  return set_status(shell.flow == Flow::kNone ? status : shell.status);
}

int run_for(const Node& node) {
  std::vector<std::string> items;
  if (node.has_in_words) {
    for (const std::string& word : node.words) expand_word(word, items);
  } else {
    items = shell.positional;
  }
  int status = 0;
  shell.loop_depth++;
  for (std::string& item : items) {
    set_variable(node.name, std::move(item));
    status = run_node(*node.children[0]);
    if (!loop_continues()) break;
  }
  shell.loop_depth--;
  return set_status(shell.flow == Flow::kNone ? status : shell.status);
}

int run_case(const Node& node) {
  const std::string subject = expand_single(node.words[0]);
  for (const CaseArm& arm : node.arms) {
    for (const std::string& pattern : arm.patterns) {
      if (fnmatch(expand_pattern(pattern).c_str(), subject.c_str(), 0) != 0) continue;
      return arm.body != nullptr ? run_node(*arm.body) : set_status(0);
    }
  }
  return set_status(0);
}

int run_if(const Node& node) {
  for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const int condition = run_condition(*node.children[i]);
    if (stopped()) return shell.status;
    if (condition == 0) return run_node(*node.children[i + 1]);
  }
  if (node.children.size() % 2 == 1) return run_node(*node.children.back());
  return set_status(0);
}

int run_sequence(const Node& node) {
  int status = shell.status;
  for (const NodePtr& child : node.children) {
    status = run_node(*child);
    run_pending_traps();
    if (stopped()) break;
  }
  return status;
}

int run_compound(const Node& node) {
  switch (node.kind) {
    case NodeKind::kGroup:
      return run_node(*node.children[0]);
    case NodeKind::kIf:
      return run_if(node);
    case NodeKind::kWhile:
    case NodeKind::kUntil:
      return run_while(node);
    case NodeKind::kFor:
      return run_for(node);
    default:
      return run_case(node);
  }
}

int run_inner(const Node& node) {
  switch (node.kind) {
    case NodeKind::kSimple: {
      const int status = run_simple(node, false);
      check_errexit(status);
      return status;
    }
    case NodeKind::kPipeline: {
      const int status = run_pipeline(node);
      if (!node.negated) check_errexit(status);
      return status;
    }
    case NodeKind::kSubshell: {
      const int status = run_subshell(node);
      check_errexit(status);
      return status;
    }
    case NodeKind::kAnd:
    case NodeKind::kOr: {
      const int status = run_condition(*node.children[0]);
      if (stopped() || (status == 0) != (node.kind == NodeKind::kAnd)) return status;
      return run_node(*node.children[1]);
    }
    case NodeKind::kBackground:
      return run_background(node);
    case NodeKind::kSequence:
      return run_sequence(node);
    case NodeKind::kFunction:
      shell.functions[node.name] = node.children[0].get();
      shell.functions_defined++;
      return set_status(0);
    case NodeKind::kGroup:
    case NodeKind::kIf:
    case NodeKind::kWhile:
    case NodeKind::kUntil:
    case NodeKind::kFor:
    case NodeKind::kCase: {
      std::vector<std::pair<int, int>> saved;
      fflush(stdout);
      int status = 1;
      if (apply_redirects(node.redirects, &saved)) status = run_compound(node);
      restore_redirects(saved);
      return set_status(status);
    }
  }
  return 1;
}

}  // namespace

int run_node(const Node& node) { return run_inner(node); }

pid_t fork_shell() {
  const pid_t pid = fork();
  if (pid == 0) {
    shell.in_subshell = true;
    shell.interactive = false;
    shell.jobs.clear();
  }
  return pid;
}

void leave(int status) {
  const auto it = shell.traps.find(0);
  if (it != shell.traps.end()) {
    const std::string command = std::move(it->second);
    shell.traps.erase(it);
    shell.flow = Flow::kNone;
    shell.status = status;
    run_text(command, "trap");
    if (shell.flow == Flow::kExit) status = shell.status;
  }
  fflush(stdout);
  _exit(status);
}

int run_text(std::string_view text, std::string_view origin) {
  Parser parser(text);
  int status = 0;
  for (;;) {
    switch (parser.parse_line()) {
      case ParseStatus::kEnd:
        return set_status(status);
      case ParseStatus::kIncomplete:
      case ParseStatus::kError: {
        const std::string message = parser.message().empty() ? "unexpected end of text" : parser.message();
        complain("%.*s: syntax error: %s", static_cast<int>(origin.size()), origin.data(), message.c_str());
        if (!shell.interactive) shell.flow = Flow::kExit;
        return set_status(2);
      }
      case ParseStatus::kCommand:
        break;
    }
    NodePtr node = parser.take_node();
    const unsigned before = shell.functions_defined;
    status = run_node(*node);
    if (shell.functions_defined != before) shell.kept.push_back(std::move(node));
    run_pending_traps();
    if (stopped()) return shell.status;
  }
}

int run_file(const char* path) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  std::string text;
  char block[4096];
  ssize_t n;
  while ((n = read(fd, block, sizeof(block))) > 0) text.append(block, static_cast<size_t>(n));
  const int saved = errno;
  close(fd);
  errno = saved;
  if (n < 0) return -1;
  // A program of another machine is no script, whatever asked for it to be read as one.
  if (std::string_view(text).substr(0, 128).find('\0') != std::string_view::npos) {
    errno = ENOEXEC;
    return -1;
  }
  return run_text(text, path);
}

}  // namespace sh
