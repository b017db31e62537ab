// The state of the shell and the functions that its parts offer each other.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ast.h"

namespace sh {

// What makes a list stop early.
enum class Flow : unsigned char { kNone, kBreak, kContinue, kReturn, kExit, kInterrupt };

struct Variable {
  std::string value;
  bool exported = false;
  bool set = true;  // "export NAME" of an unset one only marks it
};

struct Job {
  int number;
  pid_t pid;    // the last process of the pipeline: its status is the job's
  pid_t group;  // 0 without job control
  std::vector<pid_t> members;
  std::string text;
  bool done = false;
  bool stopped = false;
  int status = 0;
};

struct Shell {
  std::map<std::string, Variable, std::less<>> variables;
  std::map<std::string, const Node*, std::less<>> functions;
  std::vector<NodePtr> kept;  // trees that define functions stay for as long as the shell
  std::string name = "sh";    // $0
  std::vector<std::string> positional;
  std::vector<Job> jobs;
  std::map<int, std::string> traps;  // signal number (0: EXIT) to command

  int status = 0;               // $?
  int substitution_status = 0;  // of the last $(…) while a command without words is expanded
  pid_t last_background = 0;    // $!
  pid_t pid = 0;                // $$, also in subshells
  Flow flow = Flow::kNone;
  int flow_levels = 0;  // loops still to leave, for break and continue
  int loop_depth = 0;
  int function_depth = 0;
  int condition_depth = 0;  // >0: a failing command is part of a condition, "set -e" does not look at it
  bool errexit = false;     // set -e
  bool xtrace = false;      // set -x
  bool nounset = false;     // set -u
  bool noglob = false;      // set -f
  bool interactive = false;
  bool job_control = false;                                   // pipelines get their own process groups and the terminal
  bool in_subshell = false;                                   // a forked copy
  unsigned functions_defined = 0;                             // ever: whether a tree must be kept
  bool expansion_failed = false;                              // "${x?}" or "set -u": the command must not run
  std::vector<std::map<std::string, Variable>> local_scopes;  // what "local" hides, innermost last
};

extern Shell shell;

// Variables.
const std::string* find_variable(std::string_view name);  // null when unset
std::string get_variable(std::string_view name);          // "" when unset
void set_variable(std::string_view name, std::string value);
void export_variable(std::string_view name);
void unset_variable(std::string_view name);
bool is_name(std::string_view s);
std::vector<std::string> environment();

// Expansion (expand.cc). A word gives any number of fields; the _single forms give exactly one string.
void expand_word(const std::string& word, std::vector<std::string>& fields);
std::string expand_single(const std::string& word);
std::string expand_pattern(const std::string& word);  // for fnmatch: quoted characters are escaped
std::string expand_document(const std::string& text);
std::string describe(const Node& node);  // a command's text, shortened, for the list of jobs
std::string quote_for_display(const std::string& word);
// Runs a command and returns what it wrote, without newlines at the end.
std::string command_output(const std::string& command);

// $((…)) (arithmetic.cc). False with a message printed.
bool evaluate_arithmetic(std::string_view text, long* result);

// Execution (execute.cc). Each returns the exit status and leaves it in shell.status.
int run_node(const Node& node);
int run_text(std::string_view text, std::string_view origin);  // parses and runs all of it
int run_file(const char* path);                                // -1: cannot be read
bool apply_redirects(const std::vector<Redirect>& redirects, std::vector<std::pair<int, int>>* saved);
void restore_redirects(std::vector<std::pair<int, int>>& saved);
std::string find_program(const std::string& name);  // along PATH; "" when there is none
[[noreturn]] void exec_program(const std::vector<std::string>& words);
pid_t fork_shell();                   // in the child, the shell knows that it is a subshell
[[noreturn]] void leave(int status);  // runs the EXIT trap

// Jobs and signals (jobs.cc).
void setup_signals();
void reset_signals_in_child(bool background);
void run_pending_traps();
bool interrupted();  // ^C since the last call
// Waits for the processes of a foreground pipeline; the status of the last one. `text` names it if it stops. With job
// control, `group` is the pipeline's process group.
int wait_for(pid_t group, const std::vector<pid_t>& members, const std::string& text);
int status_of(int wait_status);
Job& add_job(pid_t group, std::vector<pid_t> members, std::string text);  // members: the last one is the job's pid
void reap_jobs(bool announce);         // looks which jobs have ended; announced ones are forgotten
Job* find_job(std::string_view text);  // "%1", "%%" or a pid
void give_terminal_to(pid_t group);    // nothing without job control
int continue_job(Job& job, bool foreground);
int signal_number(std::string_view name);  // -1: unknown; 0: EXIT
const char* signal_name(int sig);          // without "SIG"
void set_trap_handler(int sig, bool trapped, bool ignored);

// Builtins (builtins.cc).
using Builtin = int (*)(const std::vector<std::string>& words);
Builtin find_builtin(std::string_view name);
bool is_special_builtin(std::string_view name);

// One line from a terminal or file (input.cc). False at the end of input; *interrupted_out after ^C.
bool read_command_line(const std::string& prompt, std::string* line, bool* interrupted_out);

void complain(const char* format, ...) __attribute__((format(printf, 1, 2)));

}  // namespace sh
