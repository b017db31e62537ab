// ps: lists processes from /proc.
#include <ctype.h>
#include <dirent.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/tool.h"

struct Process {
  int pid, ppid;
  char state;
  char name[32];
  unsigned long ticks;   // of processor time
  unsigned long memory;  // bytes of address space
  uid_t uid;
  char command[128];
};

// /proc/PID/stat: "pid (name) state ppid …"; the name may hold blanks and parentheses, so its end is the last ')'.
static bool parse_stat(char* text, struct Process* p) {
  char* open = strchr(text, '(');
  char* close = strrchr(text, ')');
  if (open == NULL || close == NULL) return false;
  *close = '\0';
  strlcpy(p->name, open + 1, sizeof(p->name));
  unsigned long user_ticks = 0, kernel_ticks = 0;
  const int n = sscanf(close + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d %*d %*u %lu",
                       &p->state, &p->ppid, &user_ticks, &kernel_ticks, &p->memory);
  p->ticks = user_ticks + kernel_ticks;
  return n >= 2;
}

// False when the process is gone by now.
static bool read_process(const char* pid, struct Process* p) {
  char path[64], text[1024];
  memset(p, 0, sizeof(*p));
  p->pid = atoi(pid);
  snprintf(path, sizeof(path), "/proc/%s/stat", pid);
  struct stat st;
  if (tool_read_file(path, text, sizeof(text)) <= 0 || !parse_stat(text, p)) return false;
  if (stat(path, &st) == 0) p->uid = st.st_uid;
  snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);
  const ssize_t n = tool_read_file(path, p->command, sizeof(p->command));
  for (ssize_t i = 0; i + 1 < n; i++) {
    if (p->command[i] == '\0') p->command[i] = ' ';
  }
  if (n <= 0) snprintf(p->command, sizeof(p->command), "[%s]", p->name);
  return true;
}

static int by_pid(const void* a, const void* b) {
  const struct Process *x = a, *y = b;
  return (x->pid > y->pid) - (x->pid < y->pid);
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "",
            "Lists all processes: id, parent, user, state, processor time in seconds, memory in kB, command.");
  DIR* dir = opendir("/proc");
  if (dir == NULL) tool_die("/proc");
  struct Process* list = NULL;
  size_t count = 0, capacity = 0;
  const struct dirent* d;
  while ((d = readdir(dir)) != NULL) {
    if (!isdigit((unsigned char)d->d_name[0])) continue;
    if (count == capacity) {
      capacity = capacity == 0 ? 32 : 2 * capacity;
      list = reallocarray(list, capacity, sizeof(*list));
      if (list == NULL) tool_die("memory");
    }
    if (read_process(d->d_name, &list[count])) count++;
  }
  closedir(dir);
  qsort(list, count, sizeof(*list), by_pid);
  const unsigned long hz = (unsigned long)sysconf(_SC_CLK_TCK);
  printf("%5s %5s %-5s %s %8s %8s %s\n", "PID", "PPID", "USER", "S", "TIME", "KB", "COMMAND");
  for (size_t i = 0; i < count; i++) {
    const struct Process* p = &list[i];
    const struct passwd* user = getpwuid(p->uid);
    char number[12];
    snprintf(number, sizeof(number), "%u", p->uid);
    printf("%5d %5d %-5s %c %5lu.%02lu %8lu %s\n", p->pid, p->ppid, user != NULL ? user->pw_name : number, p->state,
           p->ticks / hz, p->ticks % hz * 100 / hz, p->memory / 1024, p->command);
  }
  tool_exit(0);
}
