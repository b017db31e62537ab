// The C library's memory, streams, files, signals and processes, tested with themselves. Runs in the guest and, under
// qemu-riscv64, on the host. Prints TAP.
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { kBlocks = 500, kRounds = 20000 };

static void test_malloc(void) {
  static struct {
    unsigned char* p;
    size_t size;
    unsigned char fill;
  } blocks[kBlocks];
  unsigned seed = 12345;
  int wrong = 0, unaligned = 0;
  for (int round = 0; round < kRounds; round++) {
    const size_t i = (size_t)rand_r(&seed) % kBlocks;
    for (size_t k = 0; blocks[i].p != NULL && k < blocks[i].size; k += k < 64 ? 1 : 61) {
      if (blocks[i].p[k] != blocks[i].fill) wrong++;
    }
    const int choice = rand_r(&seed) % 8;
    size_t size = (size_t)rand_r(&seed) % (choice == 0 ? 100000 : choice < 3 ? 5000 : 200);
    unsigned char* p;
    size_t kept = 0;
    if (blocks[i].p != NULL && choice == 4) {
      p = realloc(blocks[i].p, size + 1);
      kept = blocks[i].size < size ? blocks[i].size : size;
      for (size_t k = 0; k < kept; k++) {
        if (p[k] != blocks[i].fill) {
          wrong++;
          break;
        }
      }
    } else {
      free(blocks[i].p);
      p = choice == 5 ? calloc(1, size + 1) : malloc(size + 1);
      for (size_t k = 0; choice == 5 && k < size; k++) {
        if (p[k] != 0) {
          wrong++;
          break;
        }
      }
    }
    if (p == NULL || ((uintptr_t)p & 15) != 0 || malloc_usable_size(p) < size) unaligned++;
    blocks[i].p = p;
    blocks[i].size = size;
    blocks[i].fill = (unsigned char)round;
    memset(p, blocks[i].fill, size);
  }
  for (size_t i = 0; i < kBlocks; i++) free(blocks[i].p);
  CHECK(wrong == 0);
  CHECK(unaligned == 0);
  for (size_t alignment = 8; alignment <= 1 << 20; alignment *= 2) {
    for (size_t size = 1; size < 100000; size *= 7) {
      void* p = NULL;
      CHECK(posix_memalign(&p, alignment, size) == 0 && ((uintptr_t)p & (alignment - 1)) == 0);
      if (p == NULL) continue;
      memset(p, 1, size);
      free(p);
    }
  }
  void* p;
  volatile size_t crooked = 24;
  CHECK(posix_memalign(&p, crooked, 8) == EINVAL && aligned_alloc(crooked, 8) == NULL);
  volatile size_t huge = SIZE_MAX / 2;
  void* volatile result;  // volatile: the compiler must not think the calls away, nor that malloc leaves errno alone
  void* (*volatile allocate)(size_t) = malloc;
  errno = 0;
  result = allocate(huge);
  CHECK(result == NULL && errno == ENOMEM);
  result = calloc(huge, 4);
  CHECK(result == NULL);
  result = reallocarray(NULL, huge, 4);
  CHECK(result == NULL);
  free(NULL);
  p = malloc(0);
  CHECK(p != NULL);
  free(p);
  finish("malloc: random blocks, alignment, limits");
}

// Whether the kernel can still read the byte: no signal comes of it when it cannot.
static bool is_mapped(const void* p) {
  int fds[2];
  if (pipe(fds) != 0) return true;
  const bool mapped = write(fds[1], p, 1) == 1;
  close(fds[0]);
  close(fds[1]);
  return mapped;
}

static void test_malloc_returns(void) {
  char* volatile large = malloc(1 << 20);
  CHECK(is_mapped(large));
  free(large);
  CHECK(!is_mapped(large));
  // Enough blocks of one size for many slabs: all but one of the slabs go back.
  enum { kCount = 200 };
  char* list[kCount];
  for (int i = 0; i < kCount; i++) list[i] = malloc(3000);
  for (int i = 0; i < kCount; i++) free(list[(i * 37) % kCount]);
  int still_mapped = 0;
  for (int i = 0; i < kCount; i++) still_mapped += is_mapped(list[i]);
  CHECK(still_mapped < 20);
  finish("malloc: freed memory goes back");
}

static char folder[64];

static const char* in_folder(const char* name) {
  static char path[8][128];
  static int turn;
  turn = (turn + 1) % 8;
  snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
  return path[turn];
}

static void test_stdio_files(void) {
  const char* path = in_folder("stdio");
  FILE* f = fopen(path, "w");
  if (!CHECK(f != NULL)) return finish("stdio: files");
  CHECK(fprintf(f, "line %d\n", 1) == 7 && fputs("line 2\n", f) >= 0 && fputc('x', f) == 'x' && ftell(f) == 15);
  CHECK(fclose(f) == 0);
  f = fopen(path, "a+");
  CHECK(f != NULL && fwrite("yz\n", 1, 3, f) == 3 && ftell(f) == 18);
  rewind(f);
  char line[64];
  CHECK(fgets(line, sizeof(line), f) == line && strcmp(line, "line 1\n") == 0);
  CHECK(fgets(line, 4, f) == line && strcmp(line, "lin") == 0);
  CHECK(fgetc(f) == 'e' && ungetc('E', f) == 'E' && getc(f) == 'E' && ftell(f) == 11);
  CHECK(fseek(f, -3, SEEK_END) == 0 && fgetc(f) == 'y' && fseek(f, 1, SEEK_CUR) == 0 && fgetc(f) == '\n');
  CHECK(fgetc(f) == EOF && feof(f) && !ferror(f));
  clearerr(f);
  CHECK(!feof(f));
  fclose(f);
  f = fopen(path, "r+");
  CHECK(fgetc(f) == 'l' && fseek(f, 0, SEEK_CUR) == 0 && fputs("IN", f) >= 0 && fseek(f, 0, SEEK_SET) == 0);
  CHECK(fgets(line, sizeof(line), f) != NULL && strcmp(line, "lINe 1\n") == 0);
  CHECK(fputc('a', f) != EOF);
  fclose(f);
  f = fopen(path, "r");
  CHECK(fputc('a', f) == EOF && ferror(f) && errno == EBADF);
  char* whole = NULL;
  size_t capacity = 0;
  clearerr(f);
  CHECK(getline(&whole, &capacity, f) == 7 && getdelim(&whole, &capacity, 'z', f) > 0);
  CHECK(getline(&whole, &capacity, f) == 1 && getline(&whole, &capacity, f) == -1 && feof(f));
  free(whole);
  fclose(f);
  CHECK(fopen(in_folder("missing"), "r") == NULL && errno == ENOENT && fopen(path, "q") == NULL && errno == EINVAL);
  // Larger than any buffer, in blocks of odd sizes.
  f = fopen(path, "w+");
  unsigned char block[1000];
  for (int i = 0; i < 100; i++) {
    memset(block, i, sizeof(block));
    CHECK(fwrite(block, (size_t)(i * 9 + 1), 1, f) == 1);
  }
  rewind(f);
  for (int i = 0; i < 100; i++) {
    CHECK(fread(block, 1, (size_t)(i * 9 + 1), f) == (size_t)(i * 9 + 1));
    for (int k = 0; k < i * 9 + 1; k++) CHECK(block[k] == i);
  }
  CHECK(fread(block, 1, 1, f) == 0 && feof(f));
  fclose(f);
  CHECK(rename(path, in_folder("renamed")) == 0 && remove(in_folder("renamed")) == 0 && access(path, F_OK) < 0);
  f = tmpfile();
  CHECK(f != NULL && fputs("temporary", f) >= 0);
  rewind(f);
  CHECK(fgets(line, sizeof(line), f) != NULL && strcmp(line, "temporary") == 0);
  fclose(f);
  finish("stdio: files");
}

static void test_stdio_memory(void) {
  char* text = NULL;
  size_t size = 0;
  FILE* f = open_memstream(&text, &size);
  for (int i = 0; i < 2000; i++) fprintf(f, "%d,", i);
  CHECK(fflush(f) == 0 && size == 10 * 2 + 90 * 3 + 900 * 4 + 1000 * 5 && strncmp(text, "0,1,2,", 6) == 0);
  fclose(f);
  free(text);
  char buffer[16] = "12 34";
  f = fmemopen(buffer, 5, "r");
  int a, b;
  CHECK(fscanf(f, "%d %d", &a, &b) == 2 && a == 12 && b == 34);
  fclose(f);
  f = fmemopen(buffer, sizeof(buffer), "w");
  setbuf(f, NULL);
  CHECK(fputs("0123456789", f) >= 0);
  fclose(f);
  CHECK_TEXT(buffer, "0123456789");
  int fds[2];
  CHECK(pipe(fds) == 0);
  f = fdopen(fds[1], "w");
  setvbuf(f, NULL, _IOLBF, 0);
  fputs("no newline", f);
  struct pollfd p = {fds[0], POLLIN, 0};
  CHECK(poll(&p, 1, 0) == 0);
  fputs(" yet\n", f);
  CHECK(poll(&p, 1, 1000) == 1 && (p.revents & POLLIN) != 0);
  char line[32];
  CHECK(read(fds[0], line, sizeof(line)) == 15);
  fclose(f);
  CHECK(read(fds[0], line, sizeof(line)) == 0);
  close(fds[0]);
  finish("stdio: memory streams, line buffering");
}

static jmp_buf jump_target;
static sigjmp_buf signal_target;
static volatile sig_atomic_t signals_seen;
static volatile int last_signal;

static void jump_from(int depth) {
  volatile double ballast = depth;
  if (depth == 0) longjmp(jump_target, 7);
  jump_from(depth - 1);
  (void)ballast;
}

static void count_signal(int sig) {
  signals_seen++;
  last_signal = sig;
}

static siginfo_t seen_info;
static void take_info(int sig, siginfo_t* info, void* context) {
  (void)context;
  last_signal = sig;
  seen_info = *info;
}

static void jump_on_fault(int sig) { siglongjmp(signal_target, sig); }

static void test_setjmp(void) {
  volatile int count = 0;
  double kept = 2.5;
  const int r = setjmp(jump_target);
  count++;
  if (r == 0) jump_from(20);
  CHECK(r == 7 && count == 2 && kept == 2.5);
  if (setjmp(jump_target) == 0) {
    longjmp(jump_target, 0);
  } else {
    count = 10;
  }
  CHECK(count == 10);
  finish("setjmp, longjmp");
}

static void test_signals(void) {
  struct sigaction action = {0}, old;
  action.sa_handler = count_signal;
  CHECK(sigaction(SIGUSR1, &action, &old) == 0 && old.sa_handler == SIG_DFL);
  CHECK(raise(SIGUSR1) == 0 && signals_seen == 1 && last_signal == SIGUSR1);
  CHECK(kill(getpid(), SIGUSR1) == 0 && signals_seen == 2);
  sigset_t set, previous, pending;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  CHECK(sigismember(&set, SIGUSR1) == 1 && sigismember(&set, SIGUSR2) == 0);
  CHECK(sigprocmask(SIG_BLOCK, &set, &previous) == 0);
  raise(SIGUSR1);
  CHECK(signals_seen == 2 && sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1) == 1);
  sigset_t open_mask = previous;
  sigdelset(&open_mask, SIGUSR1);
  CHECK(sigsuspend(&open_mask) == -1 && errno == EINTR && signals_seen == 3);
  CHECK(sigprocmask(SIG_SETMASK, &previous, NULL) == 0);
  action.sa_sigaction = take_info;
  action.sa_flags = SA_SIGINFO;
  CHECK(sigaction(SIGUSR2, &action, NULL) == 0 && kill(getpid(), SIGUSR2) == 0);
  CHECK(last_signal == SIGUSR2 && seen_info.si_signo == SIGUSR2 && seen_info.si_pid == getpid());
  CHECK(signal(SIGUSR1, SIG_IGN) == count_signal && raise(SIGUSR1) == 0 && signals_seen == 3);
  CHECK(signal(SIGUSR1, SIG_DFL) == SIG_IGN);
  CHECK(sigaction(SIGKILL, &action, NULL) == -1 && errno == EINVAL && sigaction(0, &action, NULL) == -1);
  CHECK(kill(getpid(), 0) == 0 && kill(getpid(), 200) == -1 && errno == EINVAL);
  // A fault that a handler leaves by a jump; the mask comes back, so it works twice.
  signal(SIGSEGV, jump_on_fault);
  for (int i = 0; i < 2; i++) {
    const int sig = sigsetjmp(signal_target, 1);
    if (sig == 0) {
      *(volatile int*)16 = 1;
      CHECK(false);
    } else {
      CHECK(sig == SIGSEGV);
    }
  }
  signal(SIGSEGV, SIG_DFL);
  finish("signals");
}

static int status_of_child(void (*run)(void)) {
  fflush(stdout);
  const pid_t pid = fork();
  if (pid == 0) {
    run();
    _exit(99);
  }
  int status = -1;
  if (pid < 0 || waitpid(pid, &status, 0) != pid) return -1;
  return status;
}

static void exit_three(void) { exit(3); }
static void die_by_signal(void) { raise(SIGTERM); }
static void call_abort(void) { abort(); }
static void touch_null(void) { *(volatile int*)8 = 1; }

static int exit_order_fd;
static void note_one(void) { (void)!write(exit_order_fd, "1", 1); }
static void note_two(void) { (void)!write(exit_order_fd, "2", 1); }
static void exit_in_order(void) {
  atexit(note_one);
  atexit(note_two);
  setvbuf(stdout, NULL, _IOFBF, 0);
  dup2(exit_order_fd, 1);
  printf("flushed");
  exit(0);
}

static void test_processes(void) {
  CHECK(WEXITSTATUS(status_of_child(exit_three)) == 3);
  int status = status_of_child(die_by_signal);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  status = status_of_child(call_abort);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  status = status_of_child(touch_null);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
  int fds[2];
  CHECK(pipe(fds) == 0);
  exit_order_fd = fds[1];
  CHECK(status_of_child(exit_in_order) == 0);
  close(fds[1]);
  char text[32] = "";
  ssize_t n = 0, used = 0;
  while ((n = read(fds[0], text + used, sizeof(text) - 1 - (size_t)used)) > 0) used += n;
  close(fds[0]);
  CHECK_TEXT(text, "21flushed");
  CHECK(waitpid(-1, &status, 0) == -1 && errno == ECHILD);
  // Several children at once, and data through pipes in both directions.
  int to_child[2], from_child[2];
  CHECK(pipe(to_child) == 0 && pipe(from_child) == 0);
  fflush(stdout);
  const pid_t echo = fork();
  if (echo == 0) {
    close(to_child[1]);
    close(from_child[0]);
    char c;
    while (read(to_child[0], &c, 1) == 1) {
      c = (char)toupper(c);
      if (write(from_child[1], &c, 1) != 1) _exit(1);
    }
    _exit(0);
  }
  close(to_child[0]);
  close(from_child[1]);
  CHECK(write(to_child[1], "hello", 5) == 5);
  close(to_child[1]);
  used = 0;
  memset(text, 0, sizeof(text));
  while ((n = read(from_child[0], text + used, sizeof(text) - 1 - (size_t)used)) > 0) used += n;
  close(from_child[0]);
  CHECK_TEXT(text, "HELLO");
  CHECK(waitpid(echo, &status, 0) == echo && status == 0);
  pid_t children[8];
  for (int i = 0; i < 8; i++) {
    children[i] = fork();
    if (children[i] == 0) _exit(i);
  }
  int sum = 0;
  for (int i = 0; i < 8; i++) {
    if (waitpid(children[i], &status, 0) == children[i]) sum += WEXITSTATUS(status);
  }
  CHECK(sum == 28);
  // Writing to a pipe without a reader.
  signal(SIGPIPE, SIG_IGN);
  CHECK(pipe(fds) == 0 && close(fds[0]) == 0 && write(fds[1], "x", 1) == -1 && errno == EPIPE);
  close(fds[1]);
  signal(SIGPIPE, SIG_DFL);
  finish("fork, wait, exit, pipes");
}

static void test_exec(const char* self) {
  fflush(stdout);
  const pid_t pid = fork();
  if (pid == 0) {
    char* argv[] = {(char*)self, "--exec-child", "two words", "", NULL};
    char* envp[] = {"MARK=yes", NULL};
    execve(self, argv, envp);
    _exit(98);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  // The host's kernel cannot run this program by itself; tests/user/run says that it is the host.
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == (getenv("SKEP_TEST_ON_HOST") != NULL ? 98 : 55));
  CHECK(execl("/nonexistent/program", "program", (char*)NULL) == -1 && errno == ENOENT);
  CHECK(execvp("no-such-program", (char*[]){"x", NULL}) == -1 && errno == ENOENT);
  finish("exec");
}

static void test_files(void) {
  struct stat st;
  CHECK(stat(folder, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 0777) == 0700);
  const char* path = in_folder("file");
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0640);
  CHECK(fd >= 0 && open(path, O_CREAT | O_EXCL, 0600) == -1 && errno == EEXIST);
  CHECK(write(fd, "0123456789", 10) == 10 && lseek(fd, 3, SEEK_SET) == 3);
  char text[16] = "";
  CHECK(read(fd, text, 4) == 4 && memcmp(text, "3456", 4) == 0);
  CHECK(pread(fd, text, 2, 8) == 2 && memcmp(text, "89", 2) == 0 && pwrite(fd, "AB", 2, 0) == 2);
  CHECK(lseek(fd, 0, SEEK_CUR) == 7 && fstat(fd, &st) == 0 && st.st_size == 10 && S_ISREG(st.st_mode));
  CHECK(ftruncate(fd, 4) == 0 && fstat(fd, &st) == 0 && st.st_size == 4);
  const int copy = dup(fd);
  CHECK(copy > fd && lseek(copy, 1, SEEK_SET) == 1 && lseek(fd, 0, SEEK_CUR) == 1);
  CHECK(dup2(fd, copy) == copy && dup2(fd, fd) == fd && dup2(9999, 5) == -1 && errno == EBADF);
  CHECK((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
        fcntl(fd, F_GETFD) == FD_CLOEXEC);
  close(copy);
  close(fd);
  CHECK(close(fd) == -1 && errno == EBADF && read(fd, text, 1) == -1);
  fd = open(path, O_WRONLY | O_APPEND);
  CHECK(write(fd, "zz", 2) == 2 && close(fd) == 0 && stat(path, &st) == 0 && st.st_size == 6);
  CHECK(access(path, R_OK) == 0 && access(in_folder("none"), F_OK) == -1 && errno == ENOENT);
  CHECK(mkdir(in_folder("sub"), 0755) == 0 && mkdir(in_folder("sub"), 0755) == -1 && errno == EEXIST);
  CHECK(open(in_folder("sub"), O_WRONLY) == -1 && errno == EISDIR);
  CHECK(opendir(path) == NULL && errno == ENOTDIR);
  CHECK(unlink(path) == 0 && unlink(path) == -1 && errno == ENOENT);
  char before[PATH_MAX], after[PATH_MAX];
  CHECK(getcwd(before, sizeof(before)) != NULL && chdir(folder) == 0 && getcwd(after, sizeof(after)) != NULL);
  CHECK_TEXT(after, folder);
  const char* const names[] = {"b.c", "a.c", "c.h", ".hidden"};
  for (int i = 0; i < 4; i++) close(open(names[i], O_CREAT | O_WRONLY, 0600));
  struct dirent** list;
  const int n = scandir(".", &list, NULL, alphasort);
  CHECK(n == 7 && strcmp(list[n - 1]->d_name, "sub") == 0);
  for (int i = 0; i < n; i++) free(list[i]);
  if (n > 0) free(list);
  glob_t found;
  CHECK(glob("*.c", 0, NULL, &found) == 0 && found.gl_pathc == 2 && strcmp(found.gl_pathv[0], "a.c") == 0);
  globfree(&found);
  CHECK(glob("*/../?.h", 0, NULL, &found) == 0 && found.gl_pathc == 1 && strcmp(found.gl_pathv[0], "sub/../c.h") == 0);
  globfree(&found);
  CHECK(glob("*.zz", 0, NULL, &found) == GLOB_NOMATCH);
  globfree(&found);
  char resolved[PATH_MAX];
  CHECK(realpath("sub/.././a.c", resolved) != NULL && strcmp(resolved + strlen(folder), "/a.c") == 0);
  CHECK(realpath("sub/nothing", resolved) == NULL && errno == ENOENT);
  for (int i = 0; i < 4; i++) CHECK(unlink(names[i]) == 0);
  CHECK(rmdir("sub") == 0 && chdir(before) == 0);
  CHECK(fnmatch("a*[0-9]?", "abc5x", 0) == 0 && fnmatch("a*[!0-9]", "ab5", 0) == FNM_NOMATCH);
  CHECK(fnmatch("*", ".x", FNM_PERIOD) == FNM_NOMATCH && fnmatch("a/*", "a/b/c", FNM_PATHNAME) == FNM_NOMATCH);
  CHECK(fnmatch("\\*", "*", 0) == 0 && fnmatch("\\*", "x", 0) == FNM_NOMATCH && fnmatch("[[:digit:]]*", "7z", 0) == 0);
  finish("files, folders, patterns");
}

static void test_popen_system(void) {
  if (access("/bin/sh", X_OK) != 0) return finish("popen, system # SKIP no /bin/sh");
  FILE* f = popen("echo from shell; exit 4", "r");
  char line[64] = "";
  CHECK(f != NULL && fgets(line, sizeof(line), f) != NULL);
  CHECK_TEXT(line, "from shell\n");
  CHECK(f != NULL && WEXITSTATUS(pclose(f)) == 4);
  CHECK(WEXITSTATUS(system("exit 9")) == 9 && system(NULL) == 1);
  finish("popen, system");
}

static void test_system(void) {
  struct utsname u;
  CHECK(uname(&u) == 0 && strcmp(u.machine, "riscv64") == 0);
  unsigned char random[32] = {0}, zero[32] = {0};
  CHECK(getrandom(random, sizeof(random), 0) == 32 && memcmp(random, zero, 32) != 0);
  CHECK(getpagesize() == 4096 && sysconf(_SC_PAGESIZE) == 4096 && sysconf(_SC_NPROCESSORS_ONLN) >= 1);
  char* p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(p != MAP_FAILED && p[0] == 0 && p[3 * 4096 - 1] == 0);
  p[4096] = 5;
  CHECK(munmap(p, 4096) == 0 && p[4096] == 5 && mprotect(p + 4096, 4096, PROT_READ) == 0 && p[4096] == 5);
  CHECK(munmap(p + 4096, 2 * 4096) == 0 && mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
  const struct passwd* root = getpwuid(0);
  CHECK(root != NULL && strcmp(root->pw_name, "root") == 0 && getpwnam("nobody-here") == NULL);
  CHECK(getpid() > 0 && getppid() >= 0 && gettid() == getpid());
  finish("system: uname, random, mmap, users");
}

int main(int argc, char** argv) {
  if (argc == 4 && strcmp(argv[1], "--exec-child") == 0) {
    const char* mark = getenv("MARK");
    return strcmp(argv[2], "two words") == 0 && argv[3][0] == '\0' && mark != NULL && getenv("PATH") == NULL ? 55 : 56;
  }
  strcpy(folder, "/tmp/libcXXXXXX");
  if (mkdtemp(folder) == NULL) {
    printf("Bail out! mkdtemp: %s\n", strerror(errno));
    return 1;
  }
  test_malloc();
  test_malloc_returns();
  test_stdio_files();
  test_stdio_memory();
  test_setjmp();
  test_signals();
  test_processes();
  test_exec(argv[0]);
  test_files();
  test_popen_system();
  test_system();
  rmdir(folder);
  return finish_all();
}
