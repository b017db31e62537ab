// What /proc and /sys say, compared with what the test knows of itself, and who may read it.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>

#include "tap.h"

static char text[1 << 20];

// Reads a whole file into `text`; its length, or -1.
static long slurp(const char* path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0) return -1;
  long got = 0;
  ssize_t n;
  while ((n = read(fd, text + got, sizeof(text) - 1 - got)) > 0) got += n;
  close(fd);
  text[got] = '\0';
  return n < 0 ? -1 : got;
}

static int file_is(const char* path, const char* content) { return slurp(path) >= 0 && strcmp(text, content) == 0; }

static void test_system_files(void) {
  long total = meminfo_kb("MemTotal"), free_kb = meminfo_kb("MemFree");
  check(total > 16000 && free_kb > 1000 && free_kb < total, "meminfo: MemTotal %ld, MemFree %ld", total, free_kb);
  enum { kMib = 8 };
  char* volatile block = malloc(kMib << 20);  // volatile: or the compiler sees that nobody reads it
  memset(block, 1, kMib << 20);
  long used = free_kb - meminfo_kb("MemFree");
  check(used >= kMib * 1024 && used < kMib * 1024 + 512, "meminfo: MemFree falls by what is touched (%ld kB)", used);
  free(block);
  check(slurp("/proc/version") > 0 && strncmp(text, "Skep version ", 13) == 0, "version");
  check(slurp("/proc/uptime") > 0 && strtod(text, NULL) > 0, "uptime");
  check(slurp("/proc/cpuinfo") > 0 && strstr(text, "processor\t: 0\n"), "cpuinfo");
  check(slurp("/proc/stat") > 0 && strncmp(text, "cpu ", 4) == 0 && strstr(text, "\ncpu0 ") &&
            strstr(text, "\nprocesses "),
        "stat");
  check(slurp("/proc/mounts") > 0 && strstr(text, "proc /proc proc "), "mounts");
  check(slurp("/proc/filesystems") > 0 && strstr(text, "nodev\ttracefs\n"), "filesystems");
  check(slurp("/proc/cmdline") >= 0, "cmdline");
  check(slurp("/proc/loadavg") > 0, "loadavg");
  check(slurp("/proc/interrupts") > 0, "interrupts");
  check_errno(open("/proc/no_such_file", O_RDONLY), ENOENT);
  check_errno(open("/proc/99999", O_RDONLY), ENOENT);
  struct statfs s;
  check(statfs("/proc", &s) == 0 && s.f_type == 0x9fa0, "statfs says procfs");
  check(statfs("/tmp", &s) == 0 && s.f_type == 0x01021994 && s.f_bfree > 0, "statfs says tmpfs");
  check(statfs("/sys/fs/bpf", &s) == 0 && (unsigned long)s.f_type == 0xcafe4a11, "statfs says bpf");
}

static int count_zero_addresses(const char* content, int* lines) {
  int zeros = 0;
  *lines = 0;
  for (const char* line = content; *line; line = strchr(line, '\n') + 1) {
    (*lines)++;
    zeros += strncmp(line, "0000000000000000 ", 17) == 0;
    if (!strchr(line, '\n')) break;
  }
  return zeros;
}

static void test_kallsyms(void) {
  int lines;
  check(slurp("/proc/kallsyms") > 1000, "kallsyms can be read");
  check(count_zero_addresses(text, &lines) == 0 && lines > 500, "root sees addresses (%d symbols)", lines);
  check(strstr(text, " T sys_fork\n") != NULL && strstr(text, " T trace_preempt_off\n") != NULL,
        "the probed functions are listed");
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    if (setuid(1000) != 0 || slurp("/proc/kallsyms") < 1000) _exit(2);
    _exit(count_zero_addresses(text, &lines) == lines && lines > 500 ? 0 : 1);
  }
  int status;
  waitpid(child, &status, 0);
  check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "uid 1000 sees zeros only");
}

static long status_field(const char* name) {
  const char* at = strstr(text, name);
  return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

static void test_self(void) {
  char path[64], link[64] = "";
  snprintf(path, sizeof(path), "%d", getpid());
  check(readlink("/proc/self", link, sizeof(link)) == (ssize_t)strlen(path) && strcmp(path, link) == 0,
        "/proc/self leads to us");
  check(slurp("/proc/self/status") > 0 && strncmp(text, "Name:\ttest_proc\n", 16) == 0, "status: Name");
  check(status_field("\nPid:\t") == getpid() && status_field("\nPPid:\t") == getppid(), "status: Pid, PPid");
  check(status_field("\nUid:\t") == 0 && status_field("\nVmSize:\t") > 0, "status: Uid, VmSize");
  check(file_is("/proc/self/comm", "test_proc\n"), "comm");
  check(slurp("/proc/self/cmdline") >= 10 && strstr(text, "test_proc"), "cmdline");
  int pid = -1, parent = -1;
  char name[32] = "", state = 0;
  check(slurp("/proc/self/stat") > 0 && sscanf(text, "%d (%31[^)]) %c %d", &pid, name, &state, &parent) == 4 &&
            pid == getpid() && strcmp(name, "test_proc") == 0 && state == 'R' && parent == getppid(),
        "stat");
  int fields = 1;
  for (char* c = text; *c; c++) fields += *c == ' ';
  check(fields == 52, "stat has 52 fields (%d)", fields);
  check(slurp("/proc/self/maps") > 0 && strstr(text, "r-xp"), "maps");
  chdir("/tmp");
  check(readlink("/proc/self/cwd", link, sizeof(link)) == 4 && memcmp(link, "/tmp", 4) == 0, "cwd");
  chdir("/");
  memset(link, 0, sizeof(link));
  check(readlink("/proc/self/exe", link, sizeof(link) - 1) > 0 && strstr(link, "test_proc"), "exe");
}

static void test_descriptors(void) {
  char path[64], link[64];
  int fd = open("/proc/version", O_RDONLY | O_CLOEXEC);
  char byte;
  read(fd, &byte, 1);
  snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
  memset(link, 0, sizeof(link));
  check(readlink(path, link, sizeof(link) - 1) == 13 && strcmp(link, "/proc/version") == 0, "fd/N names the file");
  snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
  check(slurp(path) > 0 && strncmp(text, "pos:\t1\nflags:\t0", 15) == 0, "fdinfo/N has the position");
  int p[2];
  pipe(p);
  snprintf(path, sizeof(path), "/proc/self/fd/%d", p[1]);
  memset(link, 0, sizeof(link));
  check(readlink(path, link, sizeof(link) - 1) > 6 && strncmp(link, "pipe:[", 6) == 0, "fd/N of a pipe");
  int again = open(path, O_WRONLY);
  check(again >= 0 && write(again, "x", 1) == 1 && read(p[0], &byte, 1) == 1,
        "opening fd/N of a pipe reaches the pipe");
  check_errno(open(path, O_RDONLY), EACCES);
  DIR* d = opendir("/proc/self/fd");
  int n = 0;
  for (struct dirent* e; (e = readdir(d));) n += e->d_name[0] != '.';
  closedir(d);
  check(n >= 7, "fd/ lists the open descriptors (%d)", n);
  check_errno(open("/proc/self/fd/999", O_RDONLY), ENOENT);
  close(again);
  close(p[0]);
  close(p[1]);
  close(fd);
}

// A child's files while it lives, and after its end.
static void test_other_process(void) {
  char path[64], link[64];
  int ready[2];
  pipe(ready);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    if (setgid(1000) != 0 || setuid(1000) != 0) _exit(1);
    write(ready[1], "x", 1);
    for (;;) pause();
  }
  read(ready[0], link, 1);
  snprintf(path, sizeof(path), "/proc/%d", child);
  struct stat st;
  check(stat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == 1000, "a process's directory belongs to its user");
  int found = 0;
  DIR* d = opendir("/proc");
  for (struct dirent* e; (e = readdir(d));) found += atoi(e->d_name) == child;
  closedir(d);
  check(found == 1, "/proc lists it once");
  snprintf(path, sizeof(path), "/proc/%d/status", child);
  check(slurp(path) > 0 && status_field("\nUid:\t") == 1000 && status_field("\nPPid:\t") == getpid(), "its status");
  int held = open(path, O_RDONLY);

  pid_t other = fork();
  if (other == 0) {
    if (setgid(1001) != 0 || setuid(1001) != 0) _exit(9);
    snprintf(path, sizeof(path), "/proc/%d/fd/0", child);
    int hidden = readlink(path, link, sizeof(link)) == -1 && errno == EACCES;
    snprintf(path, sizeof(path), "/proc/%d/maps", child);
    hidden &= open(path, O_RDONLY) == -1 && errno == EACCES;
    snprintf(path, sizeof(path), "/proc/%d/stat", child);
    _exit(hidden && open(path, O_RDONLY) >= 0 ? 0 : 1);
  }
  int status;
  waitpid(other, &status, 0);
  check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "another user may see its stat, not its maps and descriptors");

  kill(child, SIGKILL);
  usleep(50000);
  snprintf(path, sizeof(path), "/proc/%d/stat", child);
  check(slurp(path) > 0 && strstr(text, ") Z "), "a dead child that nobody waited for is Z");
  waitpid(child, NULL, 0);
  check_errno(read(held, link, 1), ESRCH);
  check_errno(open(path, O_RDONLY), ENOENT);
  close(held);
  close(ready[0]);
  close(ready[1]);
}

static void test_sys(void) {
  long cpus = sysconf(_SC_NPROCESSORS_CONF);
  char wanted[32];
  snprintf(wanted, sizeof(wanted), cpus > 1 ? "0-%ld\n" : "0\n", cpus - 1);
  check(file_is("/sys/devices/system/cpu/online", wanted), "cpu/online is %.*s", (int)strlen(wanted) - 1, wanted);
  check(file_is("/sys/devices/system/cpu/possible", wanted), "cpu/possible");
  check(slurp("/sys/bus/event_source/devices/kprobe/type") > 0 && atoi(text) > 5, "the kprobe event type");
  check(slurp("/sys/bus/event_source/devices/kprobe/format/retprobe") > 0 && strncmp(text, "config:", 7) == 0,
        "its retprobe format");
  struct stat st;
  check(stat("/sys/kernel/debug/tracing", &st) == 0 && S_ISDIR(st.st_mode), "/sys/kernel/debug/tracing");
  check(stat("/sys/kernel/tracing/trace_pipe", &st) == 0, "/sys/kernel/tracing/trace_pipe");
  check_errno(mkdir("/sys/x", 0755), EPERM);
}

static void leak_round(void) {
  static const char* const files[] = {"/proc/kallsyms", "/proc/meminfo",   "/proc/self/status", "/proc/self/maps",
                                      "/proc/stat",     "/proc/self/stat", "/proc/1/cmdline",   "/proc/self/fdinfo/0"};
  for (int round = 0; round < 5; round++) {
    for (unsigned i = 0; i < sizeof(files) / sizeof(*files); i++) slurp(files[i]);
    DIR* d = opendir("/proc");
    while (readdir(d)) {
    }
    closedir(d);
    for (int pid = 1; pid < 50; pid++) {
      char path[64];
      snprintf(path, sizeof(path), "/proc/%d/status", pid);
      slurp(path);
    }
  }
}

int main(void) {
  test_system_files();
  test_kallsyms();
  test_self();
  test_descriptors();
  test_other_process();
  test_sys();
  check_no_leak("reading /proc", leak_round, 5);
  return done();
}
