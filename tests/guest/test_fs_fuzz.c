// File system calls with wild arguments: bad pointers, sizes, descriptors, flags and paths, many thousand times, as
// root and as uid 1000. Nothing may hang, kill the caller or lose memory; what must be refused is refused. Seeded, so
// that a failure can be repeated: test_fs_fuzz SEED.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tap.h"

enum { kCallsPerRound = 6000, kArea = 8192 };

static uint64_t state;
static uint64_t next_random(void) {  // xorshift64*
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * 0x2545F4914F6CDD1DULL;
}
static uint64_t below(uint64_t n) { return next_random() % n; }

static char* area;      // readable and writable, with an unmapped page behind it
static char* readonly;  // readable only

static uint64_t some_pointer(void) {
  switch (below(12)) {
    case 0:
      return 0;
    case 1:
      return 8;
    case 2:
      return ~0ULL - below(16);
    case 3:
      return 0xffffffc000000000ULL + below(1 << 30);  // the kernel's half
    case 4:
      return 1ULL << 38 | below(4096);  // the first address that is not a user's
    case 5:
      return next_random();
    case 6:
      return (uint64_t)area + kArea - below(32);  // runs into the unmapped page
    case 7:
      return (uint64_t)readonly + below(64);
    default:
      return (uint64_t)area + below(256);
  }
}

static uint64_t some_size(void) {
  static const uint64_t sizes[] = {0,    1,    7,     8,          24,         255,        256,        4095,
                                   4096, 4097, 65536, 0x7fffffff, 0x80000000, 0xffffffff, 1ULL << 62, ~0ULL};
  return below(3) ? sizes[below(10)] : sizes[below(16)];
}

// Never 0, 1 and 2: the console would fill up.
static uint64_t some_fd(void) {
  switch (below(8)) {
    case 0:
      return ~0ULL;
    case 1:
      return 1000 + below(200);
    case 2:
      return next_random() | 1ULL << 31;
    default:
      return 3 + below(20);
  }
}

static uint64_t some_path(void) {
  static const char* const paths[] = {"a",
                                      "b",
                                      "c",
                                      "d/e",
                                      "d",
                                      ".",
                                      "..",
                                      "",
                                      "/",
                                      "//",
                                      "a/",
                                      "../fuzz/a",
                                      "/proc/self/fd/3",
                                      "/proc/self/fdinfo/4",
                                      "/proc/self/maps",
                                      "/proc/self",
                                      "/proc",
                                      "/proc/1/fd",
                                      "/dev/null",
                                      "/dev/zero",
                                      "/sys/kernel/tracing",
                                      "/proc/kallsyms",
                                      "link",
                                      "link/x",
                                      "/proc/self/exe",
                                      "/proc/self/cwd/a",
                                      "/sys/devices/system/cpu/online",
                                      "/nonexistent/x",
                                      "/dev/kmsg"};
  if (below(10) == 0) return some_pointer();
  if (below(20) == 0) {  // long, and perhaps without an end
    memset(area + 512, 'p', 5000);
    area[512 + below(5000)] = '\0';
    return (uint64_t)area + 512;
  }
  return (uint64_t)paths[below(sizeof(paths) / sizeof(*paths))];
}

static uint64_t some_dirfd(void) { return below(4) ? (uint64_t)AT_FDCWD : some_fd(); }
static uint64_t some_flags(void) { return below(3) ? 1ULL << below(24) | 1ULL << below(24) : next_random(); }

// 'd' descriptor, 'D' directory, 'p' pointer, 's' size, 'n' path, 'f' flags, 'r' anything.
static const struct {
  long number;
  const char* arguments;
} calls[] = {
    {SYS_read, "dps"},        {SYS_write, "dps"},       {SYS_readv, "dps"},       {SYS_writev, "dps"},
    {SYS_pread64, "dpss"},    {SYS_pwrite64, "dpss"},   {SYS_lseek, "dsf"},       {SYS_openat, "DnfF"},
    {SYS_openat, "DnfF"},     {SYS_openat, "DnfF"},     {SYS_close, "d"},         {SYS_dup, "d"},
    {SYS_dup3, "ddf"},        {SYS_fcntl, "dCs"},       {SYS_ioctl, "dIp"},       {SYS_pipe2, "pf"},
    {SYS_getdents64, "dps"},  {SYS_fstat, "dp"},        {SYS_newfstatat, "Dnpf"}, {SYS_statfs, "np"},
    {SYS_fstatfs, "dp"},      {SYS_mkdirat, "DnF"},     {SYS_unlinkat, "Dnf"},    {SYS_symlinkat, "nDn"},
    {SYS_linkat, "DnDnf"},    {SYS_renameat2, "DnDnf"}, {SYS_readlinkat, "Dnps"}, {SYS_chdir, "n"},
    {SYS_fchdir, "d"},        {SYS_getcwd, "ps"},       {SYS_faccessat, "Dnf"},   {SYS_fchmodat, "DnF"},
    {SYS_fchmod, "dF"},       {SYS_fchownat, "Dnrrf"},  {SYS_utimensat, "Dnpf"},  {SYS_ftruncate, "dS"},
    {SYS_truncate, "nS"},     {SYS_sendfile, "ddps"},   {SYS_ppoll, "pStp"},      {SYS_fsync, "d"},
    {SYS_close_range, "Rff"}, {SYS_mount, "nnnfp"},     {SYS_umount2, "nf"},      {SYS_umask, "F"},
};

static uint64_t argument(char kind) {
  switch (kind) {
    case 'd':
      return some_fd();
    case 'D':
      return some_dirfd();
    case 'p':
      return some_pointer();
    case 's':
      return some_size();
    case 'S':
      return below(4) ? below(100000) : some_size();
    case 'n':
      return some_path();
    case 'f':
      return some_flags();
    case 'F':
      return below(2) ? 0755 : next_random();
    case 'C':
      return below(8) ? below(12) : 1024 + below(16);
    case 'I':
      return below(2) ? 0x5400 + below(64) : next_random();
    case 't':  // a time limit that has passed
      memset(area + 400, 0, 16);
      return (uint64_t)area + 400;
    case 'R':
      return 24 + below(2000);
    default:
      return next_random();
  }
}

static void one_call(void) {
  unsigned which = below(sizeof(calls) / sizeof(*calls));
  uint64_t a[6] = {0};
  for (int i = 0; calls[which].arguments[i]; i++) a[i] = argument(calls[which].arguments[i]);
  // Pipes would make reads and writes wait for ever.
  if (calls[which].number == SYS_pipe2) a[1] |= O_NONBLOCK;
  if (calls[which].number == SYS_openat) a[2] = (a[2] | O_NONBLOCK) & ~(uint64_t)O_PATH;
  if (calls[which].number == SYS_fcntl && a[1] == F_SETFL) a[2] |= O_NONBLOCK;
  syscall(calls[which].number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void prepare(void) {
  char* map = mmap(NULL, kArea + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(map + kArea, 4096);
  area = map;
  readonly = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void remove_tree(const char* path) {
  DIR* d = opendir(path);
  if (!d) return;
  struct dirent* e;
  while ((e = readdir(d))) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    char* child = malloc(strlen(path) + strlen(e->d_name) + 2);
    sprintf(child, "%s/%s", path, e->d_name);
    struct stat st;
    if (lstat(child, &st) == 0 && S_ISDIR(st.st_mode)) {
      chmod(child, 0700);
      remove_tree(child);
    }
    if (unlink(child) != 0) rmdir(child);
    free(child);
  }
  closedir(d);
}

// One process's worth of calls, in a directory of its own; the exit status says whether it ended by itself.
static int run_round(uint64_t seed, uid_t uid) {
  mkdir("/tmp/fuzz", 0700);
  chown("/tmp/fuzz", uid, uid);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    signal(SIGPIPE, SIG_IGN);
    state = seed * 0x9E3779B97F4A7C15ULL + 1;
    prepare();
    if (uid != 0 && (setgid(uid) != 0 || setuid(uid) != 0)) _exit(2);
    if (chdir("/tmp/fuzz") != 0) _exit(3);
    mkdir("d", 0755);
    symlink("d", "link");
    alarm(60);  // a call that hangs
    for (int i = 0; i < kCallsPerRound; i++) {
      one_call();
      // The root of the tree belongs to the other tests: come back when a chdir has led away.
      if (i % 16 == 0) chdir("/tmp/fuzz");
    }
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  remove_tree("/tmp/fuzz");
  rmdir("/tmp/fuzz");
  return status;
}

static uint64_t next_seed;
static uid_t round_uid;
static int bad_rounds;

static void leak_rounds(void) {
  for (int i = 0; i < 4; i++) {
    int status = run_round(next_seed++, round_uid);
    if (status != 0) {
      printf("# seed %lu as uid %d: wait status %#x\n", (unsigned long)next_seed - 1, (int)round_uid, status);
      bad_rounds++;
    }
  }
}

int main(int argc, char** argv) {
  next_seed = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
  static const uid_t uids[] = {1000, 0};
  for (int u = 0; u < 2; u++) {
    round_uid = uids[u];
    bad_rounds = 0;
    check_no_leak(round_uid ? "wild calls as uid 1000" : "wild calls as root", leak_rounds, 4);
    check(bad_rounds == 0, "every process of wild calls ended by itself (uid %d)", (int)round_uid);
  }
  struct stat st;
  check(stat("/bin/init", &st) == 0 && stat("/proc/version", &st) == 0 && stat("/dev/null", &st) == 0,
        "the tree still stands");
  return done();
}
