// The first process. With commands in /etc/rc.exec (NUL after each; scripts/skep-qemu --exec puts them there) it runs
// them one after the other until one fails, and the machine powers off with that status; otherwise it gives the console
// a shell, and powers off when the shell ends. /etc/environment adds to the environment. Orphans are reaped either way:
// their parent is this process.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define COMMANDS "/etc/rc.exec"
#define ENVIRONMENT "/etc/environment"
#define SHELL "/bin/sh"

enum { kCannotRun = 126 };

static void open_console(void) {
  // Whatever the kernel gave us, 0, 1 and 2 are the console afterwards.
  int fd = open("/dev/console", O_RDWR);
  if (fd < 0) return;
  for (int i = 0; i <= 2; i++) {
    if (fd != i) dup2(fd, i);
  }
  if (fd > 2) close(fd);
  setsid();
  ioctl(0, TIOCSCTTY, 0);
}

// Runs a shell with the console as its own. Returns its status as a shell reports it: 128 + N after signal N.
static int run_shell(char* const argv[]) {
  pid_t child = fork();
  if (child < 0) {
    perror("init: fork");
    return kCannotRun;
  }
  if (child == 0) {
    // A process group of its own, in front, so that ^C reaches it and what it starts, and not us.
    setpgid(0, 0);
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(0, getpid());
    signal(SIGTTOU, SIG_DFL);
    execv(SHELL, argv);
    fprintf(stderr, "init: %s: %s\n", SHELL, strerror(errno));
    _exit(kCannotRun);
  }
  for (;;) {
    int status;
    pid_t ended = wait(&status);
    if (ended < 0 && errno == EINTR) continue;
    if (ended < 0) {
      perror("init: wait");
      return kCannotRun;
    }
    if (ended != child) continue;  // an orphan
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
}

// The content of COMMANDS with a NUL behind it, or NULL when there is no such file.
static char* read_commands(size_t* bytes) {
  int fd = open(COMMANDS, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return NULL;
  struct stat st;
  char* text = NULL;
  if (fstat(fd, &st) == 0 && (text = malloc(st.st_size + 1)) != NULL) {
    ssize_t n = read(fd, text, st.st_size);
    *bytes = n > 0 ? n : 0;
    text[*bytes] = '\0';
  }
  close(fd);
  return text;
}

// Lines NAME=VALUE; others are passed over.
static void read_environment(void) {
  FILE* file = fopen(ENVIRONMENT, "re");
  if (!file) return;
  char line[256];
  while (fgets(line, sizeof(line), file)) {
    line[strcspn(line, "\n")] = '\0';
    char* value = strchr(line, '=');
    if (!value || value == line) continue;
    *value++ = '\0';
    setenv(line, value, 1);
  }
  fclose(file);
}

int main(void) {
  open_console();
  setenv("PATH", "/bin:/tests", 1);
  setenv("HOME", "/root", 1);
  setenv("TERM", "linux", 1);
  setenv("USER", "root", 1);
  read_environment();
  chdir("/");

  size_t bytes = 0;
  char* commands = read_commands(&bytes);
  if (!commands) {
    char* argv[] = {"sh", NULL};
    return run_shell(argv);
  }
  for (char* command = commands; command < commands + bytes; command += strlen(command) + 1) {
    char* argv[] = {"sh", "-c", command, NULL};
    int status = run_shell(argv);
    if (status != 0) return status;
  }
  return 0;
}
