// Jobs, signals and traps.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "shell.h"

namespace sh {
namespace {

struct SignalName {
  int number;
  const char* name;
};
constexpr SignalName kSignals[] = {
    {0, "EXIT"},       {SIGHUP, "HUP"},       {SIGINT, "INT"},   {SIGQUIT, "QUIT"},   {SIGILL, "ILL"},
    {SIGTRAP, "TRAP"}, {SIGABRT, "ABRT"},     {SIGBUS, "BUS"},   {SIGFPE, "FPE"},     {SIGKILL, "KILL"},
    {SIGUSR1, "USR1"}, {SIGSEGV, "SEGV"},     {SIGUSR2, "USR2"}, {SIGPIPE, "PIPE"},   {SIGALRM, "ALRM"},
    {SIGTERM, "TERM"}, {SIGSTKFLT, "STKFLT"}, {SIGCHLD, "CHLD"}, {SIGCONT, "CONT"},   {SIGSTOP, "STOP"},
    {SIGTSTP, "TSTP"}, {SIGTTIN, "TTIN"},     {SIGTTOU, "TTOU"}, {SIGURG, "URG"},     {SIGXCPU, "XCPU"},
    {SIGXFSZ, "XFSZ"}, {SIGVTALRM, "VTALRM"}, {SIGPROF, "PROF"}, {SIGWINCH, "WINCH"}, {SIGIO, "IO"},
    {SIGPWR, "PWR"},   {SIGSYS, "SYS"},
};

volatile sig_atomic_t interrupt_seen;
volatile sig_atomic_t trap_pending[_NSIG];
volatile sig_atomic_t any_trap_pending;

void on_interrupt(int) { interrupt_seen = 1; }
void on_trapped(int sig) {
  trap_pending[sig] = 1;
  any_trap_pending = 1;
}

// Handlers without SA_RESTART: a signal must end a read or wait of the shell.
void install(int sig, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigaction(sig, &action, nullptr);
}

void append_description(const Node& node, std::string& text);

void append_children(const Node& node, const char* separator, std::string& text) {
  for (size_t i = 0; i < node.children.size(); i++) {
    if (i > 0) text += separator;
    append_description(*node.children[i], text);
  }
}

void append_description(const Node& node, std::string& text) {
  switch (node.kind) {
    case NodeKind::kSimple: {
      const char* separator = "";
      for (const auto* list : {&node.assignments, &node.words}) {
        for (const std::string& word : *list) {
          text += separator + word;
          separator = " ";
        }
      }
      return;
    }
    case NodeKind::kPipeline:
      return append_children(node, " | ", text);
    case NodeKind::kAnd:
      return append_children(node, " && ", text);
    case NodeKind::kOr:
      return append_children(node, " || ", text);
    case NodeKind::kSequence:
      return append_children(node, "; ", text);
    case NodeKind::kBackground:
    case NodeKind::kGroup:
    case NodeKind::kFunction:
      return append_children(node, "", text);
    case NodeKind::kSubshell:
      text += "(";
      append_children(node, "", text);
      text += ")";
      return;
    case NodeKind::kIf:
      text += "if …";
      return;
    case NodeKind::kWhile:
      text += "while …";
      return;
    case NodeKind::kUntil:
      text += "until …";
      return;
    case NodeKind::kFor:
      text += "for " + node.name + " …";
      return;
    case NodeKind::kCase:
      text += "case …";
      return;
  }
}

}  // namespace

std::string describe(const Node& node) {
  constexpr size_t kLongest = 70;
  std::string text;
  append_description(node, text);
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "…";
  return text;
}

int signal_number(std::string_view name) {
  std::string text(name);
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) {
    const long n = strtol(text.c_str(), nullptr, 10);
    return n >= 0 && n < _NSIG ? static_cast<int>(n) : -1;
  }
  if (strncasecmp(text.c_str(), "SIG", 3) == 0) text.erase(0, 3);
  for (const SignalName& s : kSignals) {
    if (strcasecmp(s.name, text.c_str()) == 0) return s.number;
  }
  return -1;
}

const char* signal_name(int sig) {
  for (const SignalName& s : kSignals) {
    if (s.number == sig) return s.name;
  }
  return nullptr;
}

void setup_signals() {
  if (!shell.interactive) return;
  install(SIGINT, on_interrupt);
  install(SIGQUIT, SIG_IGN);
  install(SIGTERM, SIG_IGN);
  if (!shell.job_control) return;
  install(SIGTSTP, SIG_IGN);
  install(SIGTTIN, SIG_IGN);
  install(SIGTTOU, SIG_IGN);
}

void reset_signals_in_child(bool background) {
  for (const int sig : {SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU}) {
    const auto it = shell.traps.find(sig);
    // What the user ignores stays ignored.
    if (it == shell.traps.end() || !it->second.empty()) install(sig, SIG_DFL);
  }
  for (auto it = shell.traps.begin(); it != shell.traps.end();) {
    if (it->second.empty()) {
      ++it;
      continue;
    }
    if (it->first != 0) install(it->first, SIG_DFL);
    it = shell.traps.erase(it);
  }
  if (background) {
    install(SIGINT, SIG_IGN);
    install(SIGQUIT, SIG_IGN);
  }
}

void set_trap_handler(int sig, bool trapped, bool ignored) {
  if (sig == 0 || sig == SIGKILL || sig == SIGSTOP) return;
  install(sig, ignored ? SIG_IGN : trapped ? on_trapped : SIG_DFL);
  if (!trapped && !ignored) setup_signals();  // what an interactive shell does by itself
}

void run_pending_traps() {
  if (!any_trap_pending) return;
  any_trap_pending = 0;
  for (int sig = 1; sig < _NSIG; sig++) {
    if (!trap_pending[sig]) continue;
    trap_pending[sig] = 0;
    const auto it = shell.traps.find(sig);
    if (it == shell.traps.end()) continue;
    const int status = shell.status;
    run_text(std::string(it->second), "trap");
    if (shell.flow == Flow::kNone) shell.status = status;
  }
}

bool interrupted() {
  const bool seen = interrupt_seen != 0;
  interrupt_seen = 0;
  return seen;
}

int status_of(int wait_status) {
  if (WIFEXITED(wait_status)) return WEXITSTATUS(wait_status);
  if (WIFSTOPPED(wait_status)) return 128 + WSTOPSIG(wait_status);
  return 128 + WTERMSIG(wait_status);
}

void give_terminal_to(pid_t group) {
  if (shell.job_control) tcsetpgrp(STDERR_FILENO, group);
}

int wait_for(pid_t group, const std::vector<pid_t>& members, const std::string& text) {
  int status = 0;
  bool was_interrupted = false;
  const int flags = shell.job_control ? WUNTRACED : 0;
  for (size_t i = 0; i < members.size(); i++) {
    int wait_status = 0;
    pid_t r;
    while ((r = waitpid(members[i], &wait_status, flags)) < 0 && errno == EINTR) {
    }
    if (r < 0) continue;
    if (WIFSTOPPED(wait_status)) {
      give_terminal_to(getpgrp());
      Job& job = add_job(group, {members.begin() + static_cast<ptrdiff_t>(i), members.end()}, text);
      job.stopped = true;
      fprintf(stderr, "\n[%d] Stopped  %s\n", job.number, text.c_str());
      return status_of(wait_status);
    }
    if (i + 1 == members.size()) status = status_of(wait_status);
    if (WIFSIGNALED(wait_status)) {
      const int sig = WTERMSIG(wait_status);
      was_interrupted |= sig == SIGINT;
      if (sig != SIGINT && sig != SIGPIPE && !shell.in_subshell) fprintf(stderr, "%s\n", strsignal(sig));
    }
  }
  give_terminal_to(getpgrp());
  if (was_interrupted && shell.interactive) {
    fputc('\n', stderr);
    shell.flow = Flow::kInterrupt;
  }
  return status;
}

Job& add_job(pid_t group, std::vector<pid_t> members, std::string text) {
  const int number = shell.jobs.empty() ? 1 : shell.jobs.back().number + 1;
  const pid_t pid = members.back();
  shell.jobs.push_back({number, pid, group, std::move(members), std::move(text)});
  return shell.jobs.back();
}

void reap_jobs(bool announce) {
  for (Job& job : shell.jobs) {
    for (auto it = job.members.begin(); it != job.members.end();) {
      int wait_status;
      const pid_t r = waitpid(*it, &wait_status, WNOHANG);
      if (r == 0) {
        ++it;
        continue;
      }
      if (r == job.pid) job.status = status_of(wait_status);
      it = job.members.erase(it);
    }
    job.done = job.members.empty();
  }
  if (!announce) return;
  for (auto it = shell.jobs.begin(); it != shell.jobs.end();) {
    if (!it->done) {
      ++it;
      continue;
    }
    if (it->status == 0) {
      fprintf(stderr, "[%d] Done  %s\n", it->number, it->text.c_str());
    } else {
      fprintf(stderr, "[%d] Exit %d  %s\n", it->number, it->status, it->text.c_str());
    }
    it = shell.jobs.erase(it);
  }
}

Job* find_job(std::string_view text) {
  if (shell.jobs.empty()) return nullptr;
  if (text == "%%" || text == "%+" || text == "%") return &shell.jobs.back();
  const bool by_number = text.starts_with('%');
  if (by_number) text.remove_prefix(1);
  const long n = strtol(std::string(text).c_str(), nullptr, 10);
  for (Job& job : shell.jobs) {
    if ((by_number ? job.number : job.pid) == n) return &job;
  }
  return nullptr;
}

int continue_job(Job& job, bool foreground) {
  fprintf(stderr, "%s\n", job.text.c_str());
  const std::vector<pid_t> members = job.members;
  const std::string text = job.text;
  job.stopped = false;
  const pid_t group = job.group;
  if (foreground && group != 0) give_terminal_to(group);
  kill(group != 0 ? -group : job.pid, SIGCONT);
  if (!foreground) return 0;
  const int number = job.number;
  std::erase_if(shell.jobs, [number](const Job& j) { return j.number == number; });
  return wait_for(group, members, text);
}

}  // namespace sh
