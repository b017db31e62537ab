// Many processes at once on the same names, pipes and /proc entries: nothing is lost, nothing is left behind.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tap.h"

#define DIR_NAME "/tmp/stress"
enum { kProcesses = 8, kRounds = 150 };

// Runs body(i) in kProcesses processes; how many failed.
static int in_parallel(int (*body)(int)) {
  pid_t children[kProcesses];
  fflush(stdout);
  for (int i = 0; i < kProcesses; i++) {
    children[i] = fork();
    if (children[i] == 0) {
      alarm(120);
      _exit(body(i) != 0);
    }
  }
  int bad = 0;
  for (int i = 0; i < kProcesses; i++) {
    int status = -1;
    if (children[i] < 0 || waitpid(children[i], &status, 0) != children[i] || status != 0) bad++;
  }
  return bad;
}

// Everybody makes, renames, links and removes the same few names. Whatever the others do, an operation either works or
// fails for the reason that the name is, or is not, there.
static int same_names(int me) {
  uint32_t x = me * 7919 + 1;
  char from[32], to[32];
  for (int i = 0; i < kRounds * 10; i++) {
    x = x * 1664525 + 1013904223;
    snprintf(from, sizeof(from), "n%u", x >> 8 & 7);
    snprintf(to, sizeof(to), "n%u", x >> 12 & 7);
    int result = 0;
    switch (x >> 16 & 7) {
      case 0: {
        int fd = open(from, O_CREAT | O_RDWR, 0600);
        if (fd < 0 && errno != EISDIR) return printf("# open: %s\n", strerror(errno));
        if (fd >= 0 && write(fd, from, sizeof(from)) != sizeof(from)) return printf("# write: %s\n", strerror(errno));
        close(fd);
        break;
      }
      case 1:
        result = unlink(from);
        break;
      case 2:
        result = rename(from, to);
        break;
      case 3:
        result = mkdir(from, 0700);
        break;
      case 4:
        result = rmdir(from);
        break;
      case 5:
        result = link(from, to);
        break;
      case 6: {
        DIR* d = opendir(".");
        if (!d) return printf("# opendir: %s\n", strerror(errno));
        while (readdir(d)) {
        }
        closedir(d);
        break;
      }
      default: {
        struct stat st;
        result = stat(from, &st);
      }
    }
    if (result != 0 && errno != ENOENT && errno != EEXIST && errno != EISDIR && errno != ENOTDIR &&
        errno != ENOTEMPTY && errno != EPERM) {
      return printf("# %u: %s\n", x >> 16 & 7, strerror(errno));
    }
  }
  return 0;
}

// All write into one file with O_APPEND: every record arrives whole.
static int append_records(int me) {
  int fd = open("log", O_WRONLY | O_APPEND | O_CREAT, 0600);
  char record[64];
  memset(record, 'a' + me, sizeof(record));
  record[63] = '\n';
  for (int i = 0; i < kRounds; i++) {
    if (write(fd, record, sizeof(record)) != sizeof(record)) return 1;
  }
  close(fd);
  return 0;
}

static int count_records(void) {
  int fd = open("log", O_RDONLY);
  char record[64];
  int whole = 0;
  while (read(fd, record, sizeof(record)) == sizeof(record)) {
    int same = record[63] == '\n';
    for (int i = 1; i < 63; i++) same &= record[i] == record[0];
    whole += same;
  }
  close(fd);
  unlink("log");
  return whole;
}

static int shared_pipe[2];

// Four write records into one pipe, four read them: pipe(7) promises that records of up to PIPE_BUF stay whole.
static int share_pipe(int me) {
  char record[100];
  if (me < kProcesses / 2) {
    close(shared_pipe[0]);
    memset(record, me + 1, sizeof(record));
    for (int i = 0; i < kRounds * 4; i++) {
      if (write(shared_pipe[1], record, sizeof(record)) != sizeof(record)) return 1;
    }
    return 0;
  }
  close(shared_pipe[1]);
  ssize_t n;
  while ((n = read(shared_pipe[0], record, sizeof(record))) > 0) {
    if (n != sizeof(record)) return 2;
    for (unsigned i = 1; i < sizeof(record); i++) {
      if (record[i] != record[0]) return 3;
    }
  }
  return n != 0;
}

// Processes come and go while others read all that /proc says of them.
static int read_proc(int me) {
  if (me < kProcesses / 2) {
    for (int i = 0; i < kRounds; i++) {
      pid_t child = fork();
      if (child == 0) _exit(0);
      if (child < 0 || waitpid(child, NULL, 0) != child) return 1;
    }
    return 0;
  }
  static const char* const names[] = {"stat", "status", "cmdline", "maps", "fd/0", "fdinfo/1", "comm", "statm"};
  for (int i = 0; i < kRounds / 10; i++) {
    DIR* d = opendir("/proc");
    struct dirent* e;
    while ((e = readdir(d))) {
      if (atoi(e->d_name) == 0) continue;
      for (unsigned n = 0; n < sizeof(names) / sizeof(*names); n++) {
        char path[64], buffer[512];
        snprintf(path, sizeof(path), "/proc/%.10s/%s", e->d_name, names[n]);
        if (strncmp(names[n], "fd/", 3) == 0) {
          readlink(path, buffer, sizeof(buffer));
          continue;
        }
        int fd = open(path, O_RDONLY);
        if (fd < 0) continue;
        while (read(fd, buffer, sizeof(buffer)) > 0) {
        }
        close(fd);
      }
    }
    closedir(d);
  }
  return 0;
}

// Fills the RAM file system as far as it goes, and gives everything back.
static void test_full(void) {
  static char block[65536];
  memset(block, 'f', sizeof(block));
  int fd = open("big", O_CREAT | O_RDWR, 0600);
  long written = 0;
  ssize_t n;
  while ((n = write(fd, block, sizeof(block))) == sizeof(block)) written += n;
  int error = n < 0 ? errno : 0;
  if (n > 0) {
    written += n;
    error = write(fd, block, sizeof(block)) < 0 ? errno : 0;
  }
  check(error == ENOSPC && written > 8 << 20, "a full file system says ENOSPC (after %ld MiB)", written >> 20);
  check_errno(write(open("other", O_CREAT | O_WRONLY, 0600), "x", 1), ENOSPC);
  pid_t child = fork();
  if (child == 0) _exit(0);
  check(child > 0 && waitpid(child, NULL, 0) == child, "programs still run then");
  check(ftruncate(fd, 0) == 0 && write(fd, "x", 1) == 1, "a file cut short makes room");
  close(fd);
  for (int i = 3; i < 10; i++) close(i);
  unlink("big");
  unlink("other");
}

// Whatever same_names left: files, and directories that may lie in one another.
static void remove_names(const char* prefix, int depth) {
  for (int i = 0; i < 8; i++) {
    char path[128];
    snprintf(path, sizeof(path), "%sn%d", prefix, i);
    if (unlink(path) == 0 || rmdir(path) == 0 || errno == ENOENT || depth == 8) continue;
    char inner[128];
    snprintf(inner, sizeof(inner), "%sn%d/", prefix, i);
    remove_names(inner, depth + 1);
    rmdir(path);
  }
}

static void again(void) {
  in_parallel(same_names);
  remove_names("", 0);
  in_parallel(append_records);
  unlink("log");
  in_parallel(read_proc);
}

int main(void) {
  mkdir(DIR_NAME, 0755);
  if (chdir(DIR_NAME) != 0) return 1;
  check(in_parallel(same_names) == 0, "eight processes on the same eight names");
  remove_names("", 0);
  check(in_parallel(append_records) == 0 && count_records() == kProcesses * kRounds, "appended records arrive whole");
  pipe(shared_pipe);
  pid_t child = fork();  // so that our own ends do not keep the pipe open
  if (child == 0) {
    pid_t children[kProcesses];
    for (int i = 0; i < kProcesses; i++) {
      if ((children[i] = fork()) == 0) {
        alarm(120);
        _exit(share_pipe(i));
      }
    }
    close(shared_pipe[0]);
    close(shared_pipe[1]);
    int bad = 0, status;
    for (int i = 0; i < kProcesses; i++) bad += waitpid(children[i], &status, 0) != children[i] || status != 0;
    _exit(bad);
  }
  close(shared_pipe[0]);
  close(shared_pipe[1]);
  int status = -1;
  waitpid(child, &status, 0);
  if (!check(status == 0, "records through a shared pipe stay whole")) printf("# status %#x\n", status);
  check(in_parallel(read_proc) == 0, "reading /proc while processes come and go");
  test_full();
  check_no_leak("all of it", again, 4);
  chdir("/");
  check_works(rmdir(DIR_NAME));
  return done();
}
