// Programs: finding and executing them, and taking what a command prints.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "shell.h"

namespace sh {
namespace {

constexpr int kNotFound = 127;
constexpr int kNotExecutable = 126;

// A program of another machine must not be read as commands: its first line would have NUL bytes.
bool looks_like_text(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char block[128];
  const ssize_t n = read(fd, block, sizeof(block));
  close(fd);
  return n >= 0 && memchr(block, '\0', static_cast<size_t>(n)) == nullptr;
}

}  // namespace

std::string command_output(const std::string& command) {
  int ends[2];
  fflush(stdout);
  if (pipe2(ends, O_CLOEXEC) < 0) {
    complain("pipe: %s", strerror(errno));
    return {};
  }
  const pid_t pid = fork_shell();
  if (pid == 0) {
    reset_signals_in_child(false);
    shell.job_control = false;
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    run_text(command, "$()");
    leave(shell.status);
  }
  close(ends[1]);
  std::string output;
  char block[1024];
  for (;;) {
    const ssize_t n = read(ends[0], block, sizeof(block));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    output.append(block, static_cast<size_t>(n));
  }
  close(ends[0]);
  int wait_status = 0;
  while (pid > 0 && waitpid(pid, &wait_status, 0) < 0 && errno == EINTR) {
  }
  shell.substitution_status = pid > 0 ? status_of(wait_status) : 1;
  shell.status = shell.substitution_status;
  while (output.ends_with('\n')) output.pop_back();
  std::erase(output, '\0');
  return output;
}

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const std::string path = get_variable("PATH");
  size_t at = 0;
  std::string denied;
  for (;;) {
    const size_t end = path.find(':', at);
    std::string candidate = path.substr(at, end == std::string::npos ? end : end - at);
    if (!candidate.empty()) candidate += '/';
    candidate += name;
    struct stat st;
    if (stat(candidate.c_str(), &st) == 0 && S_ISREG(st.st_mode)) {
      if (access(candidate.c_str(), X_OK) == 0) return candidate;
      if (denied.empty()) denied = candidate;
    }
    if (end == std::string::npos) return denied;
    at = end + 1;
  }
}

void exec_program(const std::vector<std::string>& words) {
  const std::string path = words[0].empty() ? std::string() : find_program(words[0]);
  if (path.empty()) {
    complain("%s: not found", words[0].c_str());
    _exit(kNotFound);
  }
  const std::vector<std::string> variables = environment();
  std::vector<char*> envp;
  for (const std::string& v : variables) envp.push_back(const_cast<char*>(v.c_str()));
  envp.push_back(nullptr);
  std::vector<char*> argv;
  for (const std::string& w : words) argv.push_back(const_cast<char*>(w.c_str()));
  argv.push_back(nullptr);
  execve(path.c_str(), argv.data(), envp.data());
  if (errno == ENOEXEC && looks_like_text(path)) {  // a script without an interpreter line
    argv[0] = const_cast<char*>(path.c_str());
    argv.insert(argv.begin(), const_cast<char*>("sh"));
    execve("/bin/sh", argv.data(), envp.data());
    errno = ENOEXEC;
  }
  const int e = errno;
  struct stat st;
  const bool directory = e == EACCES && stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
  complain("%s: %s", words[0].c_str(), directory ? "Is a directory" : strerror(e));
  _exit(e == ENOENT || e == ENOTDIR ? kNotFound : kNotExecutable);
}

}  // namespace sh
