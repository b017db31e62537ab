// Files, directories, links and permissions, as Linux has them.
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "tap.h"

#define DIR_NAME "/tmp/test_fs"

static void write_file(const char* path, const char* text) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) printf("# cannot write %s\n", path);
  close(fd);
}

static int file_is(const char* path, const char* text) {
  char buffer[256];
  int fd = open(path, O_RDONLY);
  if (fd < 0) return 0;
  ssize_t n = read(fd, buffer, sizeof(buffer));
  close(fd);
  return n == (ssize_t)strlen(text) && memcmp(buffer, text, n) == 0;
}

static void test_content(void) {
  int fd = check_works(open("content", O_RDWR | O_CREAT | O_EXCL, 0640));
  struct stat st;
  check(
      fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0777) == 0640 && st.st_size == 0 && st.st_nlink == 1,
      "a new file is empty, regular, with its mode");
  check_errno(open("content", O_RDWR | O_CREAT | O_EXCL, 0640), EEXIST);
  check(write(fd, "hello world", 11) == 11, "write");
  check(lseek(fd, 0, SEEK_CUR) == 11, "the position is behind what was written");
  char buffer[64] = "";
  check(pread(fd, buffer, 5, 6) == 5 && memcmp(buffer, "world", 5) == 0, "pread");
  check(lseek(fd, 0, SEEK_CUR) == 11, "pread leaves the position");
  check(pwrite(fd, "W", 1, 6) == 1 && lseek(fd, -5, SEEK_END) == 6 && read(fd, buffer, 64) == 5 &&
            memcmp(buffer, "World", 5) == 0,
        "pwrite, and read from the end backwards");
  check(read(fd, buffer, 64) == 0, "read at the end gives 0");
  check_errno(lseek(fd, -1, SEEK_SET), EINVAL);
  check_errno(lseek(fd, 0, 77), EINVAL);
  check_errno(pread(fd, buffer, 1, -1), EINVAL);

  // A hole, and a file longer than a page.
  check(pwrite(fd, "end", 3, 10000) == 3 && fstat(fd, &st) == 0 && st.st_size == 10003,
        "writing behind the end makes the file longer");
  memset(buffer, 'x', sizeof(buffer));
  check(pread(fd, buffer, 64, 5000) == 64 && buffer[0] == 0 && buffer[63] == 0, "the hole reads as zeros");
  check(ftruncate(fd, 8) == 0 && fstat(fd, &st) == 0 && st.st_size == 8, "ftruncate makes it shorter");
  check(ftruncate(fd, 20) == 0 && pread(fd, buffer, 64, 0) == 20 &&
            memcmp(buffer, "hello Wo\0\0\0\0\0\0\0\0\0\0\0\0", 20) == 0,
        "ftruncate makes it longer, with zeros and not with what was there before");
  check_errno(ftruncate(fd, -1), EINVAL);
  close(fd);
  check_errno(write(fd, "x", 1), EBADF);

  fd = open("content", O_WRONLY | O_APPEND);
  lseek(fd, 0, SEEK_SET);
  check(write(fd, "ab", 2) == 2 && write(fd, "cd", 2) == 2 && fstat(fd, &st) == 0 && st.st_size == 24,
        "O_APPEND writes at the end");
  check_errno(read(fd, buffer, 1), EBADF);
  close(fd);
  fd = open("content", O_RDONLY | O_TRUNC);
  check(fd >= 0 && fstat(fd, &st) == 0 && st.st_size == 0, "O_TRUNC empties the file");
  check_errno(write(fd, "x", 1), EBADF);
  close(fd);
  check_works(unlink("content"));

  // What an unlinked file holds stays as long as it is open.
  write_file("gone", "still here");
  fd = open("gone", O_RDONLY);
  check(unlink("gone") == 0 && access("gone", F_OK) == -1, "unlink takes the name away");
  check(fstat(fd, &st) == 0 && st.st_nlink == 0 && read(fd, buffer, 64) == 10 && memcmp(buffer, "still here", 10) == 0,
        "an open file outlives its name");
  close(fd);

  // Changing a file that came with the initramfs.
  write_file("/etc/from_initramfs_test", "x");
  check_works(unlink("/etc/from_initramfs_test"));
}

// A program of the initramfs is read, copied, run and changed.
static void test_initramfs_file(void) {
  struct stat st;
  int in = open("/bin/init", O_RDONLY);
  check(in >= 0 && fstat(in, &st) == 0 && st.st_size > 1000 && (st.st_mode & 0111), "/bin/init is there");
  char* content = malloc(st.st_size);
  check(read(in, content, st.st_size) == st.st_size && memcmp(content, "\177ELF", 4) == 0, "and reads as a whole");
  close(in);
  int out = open("copy", O_WRONLY | O_CREAT, 0755);
  check(write(out, content, st.st_size) == st.st_size, "a copy is written");
  close(out);
  out = open("copy", O_RDWR);
  char* again = malloc(st.st_size);
  check(read(out, again, st.st_size) == st.st_size && memcmp(content, again, st.st_size) == 0,
        "and equals the original");
  close(out);
  free(content);
  free(again);
  unlink("copy");
}

static int count_entries(const char* path, const char* wanted) {
  DIR* d = opendir(path);
  if (!d) return -1;
  int n = 0, found = 0, dots = 0;
  struct dirent* e;
  while ((e = readdir(d))) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
      dots++;
      continue;
    }
    n++;
    found += wanted && strcmp(e->d_name, wanted) == 0;
  }
  closedir(d);
  return dots == 2 && (!wanted || found == 1) ? n : -2;
}

static void test_directories(void) {
  struct stat st;
  check_works(mkdir("d", 0750));
  check(stat("d", &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 0777) == 0750 && st.st_nlink == 2,
        "a new directory's mode and links");
  check_errno(mkdir("d", 0755), EEXIST);
  check_errno(mkdir("missing/d", 0755), ENOENT);
  check_errno(mkdir("", 0755), ENOENT);
  check_errno(open("d", O_WRONLY), EISDIR);
  check_errno(open("d", O_RDONLY | O_CREAT, 0644), EISDIR);
  check_errno(unlink("d"), EISDIR);
  check_errno(rmdir("missing"), ENOENT);
  write_file("d/f", "x");
  check(stat("d", &st) == 0 && st.st_nlink == 2, "a file in it is no link to it");
  check_errno(rmdir("d"), ENOTEMPTY);
  check_errno(rmdir("d/f"), ENOTDIR);
  check_errno(open("d/f/g", O_RDONLY), ENOTDIR);
  check_errno(open("d/f/", O_RDONLY), ENOTDIR);
  check_errno(open("d/f", O_RDONLY | O_DIRECTORY), ENOTDIR);
  check_errno(rmdir("d/."), EINVAL);
  check_errno(rmdir("/"), EBUSY);
  check_errno(rmdir("/proc"), EBUSY);
  check(mkdir("d/sub", 0755) == 0 && stat("d", &st) == 0 && st.st_nlink == 3, "a directory in it is a link to it");
  check(mkdir("d/slash/", 0755) == 0 && rmdir("d/slash/") == 0, "trailing slashes");

  // Many names, listed in pieces, while they are being removed.
  char name[64];
  for (int i = 0; i < 300; i++) {
    snprintf(name, sizeof(name), "d/sub/a_rather_long_name_to_fill_the_buffer_%d", i);
    write_file(name, "");
  }
  check(count_entries("d/sub", "a_rather_long_name_to_fill_the_buffer_299") == 300, "300 names are listed once each");
  DIR* dir = opendir("d/sub");
  int removed = 0;
  struct dirent* e;
  while ((e = readdir(dir))) {
    if (e->d_name[0] == '.') continue;
    snprintf(name, sizeof(name), "d/sub/%.56s", e->d_name);
    removed += unlink(name) == 0;
  }
  closedir(dir);
  check(removed == 300 && count_entries("d/sub", NULL) == 0, "removing names while listing them misses none");
  int fd = open("d", O_RDONLY | O_DIRECTORY);
  check_errno(read(fd, name, 1), EISDIR);
  int at = openat(fd, "f", O_RDONLY);
  check(at >= 0, "openat relative to a directory");
  check_errno(openat(at, "f", O_RDONLY), ENOTDIR);
  check_errno(openat(999, "f", O_RDONLY), EBADF);
  close(at);
  close(fd);

  char cwd[256];
  check(chdir("d/sub") == 0 && getcwd(cwd, sizeof(cwd)) && strcmp(cwd, DIR_NAME "/d/sub") == 0, "chdir and getcwd");
  check(chdir("../../.././../tmp/./test_fs//d/") == 0 && getcwd(cwd, sizeof(cwd)) && strcmp(cwd, DIR_NAME "/d") == 0,
        "dots and slashes in a path");
  check_errno(chdir("f"), ENOTDIR);
  check(getcwd(cwd, 3) == NULL && errno == ERANGE, "getcwd into too small a buffer: ERANGE");
  check_works(chdir(DIR_NAME));

  check(unlink("d/f") == 0 && rmdir("d/sub") == 0 && rmdir("d") == 0, "everything can be removed again");
}

static void test_links(void) {
  char buffer[64];
  struct stat st;
  write_file("target", "content");
  check_works(symlink("target", "soft"));
  check(lstat("soft", &st) == 0 && S_ISLNK(st.st_mode) && st.st_size == 6, "lstat sees the link");
  check(stat("soft", &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 7, "stat sees the target");
  check(readlink("soft", buffer, sizeof(buffer)) == 6 && memcmp(buffer, "target", 6) == 0, "readlink");
  check(readlink("soft", buffer, 3) == 3, "readlink cuts off what does not fit");
  check_errno(readlink("target", buffer, sizeof(buffer)), EINVAL);
  check_errno(open("soft", O_RDONLY | O_NOFOLLOW), ELOOP);
  check(file_is("soft", "content"), "opening follows the link");
  symlink("loop2", "loop1");
  symlink("loop1", "loop2");
  check_errno(open("loop1", O_RDONLY), ELOOP);
  symlink("nowhere", "dangling");
  check_errno(open("dangling", O_RDONLY), ENOENT);
  int fd = open("dangling", O_WRONLY | O_CREAT, 0600);
  check(fd >= 0 && access("nowhere", F_OK) == 0, "O_CREAT through a dangling link makes its target");
  close(fd);
  check_errno(open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0600), EEXIST);
  mkdir("dir", 0755);
  write_file("dir/inner", "inner");
  symlink(DIR_NAME "/dir", "absolute");
  check(file_is("absolute/inner", "inner"), "an absolute link to a directory, in the middle of a path");
  check(file_is("absolute/../target", "content"), "\"..\" behind a link goes to the parent of its target");

  check_works(link("target", "hard"));
  check(stat("hard", &st) == 0 && st.st_nlink == 2, "two links");
  write_file("hard", "changed");
  check(file_is("target", "changed"), "both names are one file");
  check_errno(link("dir", "dir2"), EPERM);
  check_errno(link("target", "hard"), EEXIST);
  check_errno(link("target", "/proc/x"), EPERM);

  check_works(rename("hard", "moved"));
  check_errno(access("hard", F_OK), ENOENT);
  write_file("other", "other");
  check(rename("other", "moved") == 0 && file_is("moved", "other") && stat("target", &st) == 0 && st.st_nlink == 1,
        "rename replaces a file");
  check_errno(rename("moved", "dir"), EISDIR);
  check_errno(rename("dir", "moved"), ENOTDIR);
  check_errno(rename("dir", "dir/below"), EINVAL);
  check_errno(rename("missing", "x"), ENOENT);
  check_errno(rename("dir", "/proc/dir"), EXDEV);
  check_errno(rename("/proc", "p"), EBUSY);
  mkdir("dir2", 0755);
  check(rename("dir", "dir2") == 0 && file_is("dir2/inner", "inner"), "a directory replaces an empty directory");
  mkdir("dir3", 0755);
  check_errno(rename("dir3", "dir2"), ENOTEMPTY);
  check(rename("dir2", "dir2") == 0 && file_is("dir2/inner", "inner"), "a name renamed to itself");

  const char* names[] = {"soft", "loop1", "loop2", "dangling", "nowhere", "absolute", "target", "moved", "dir2/inner"};
  for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) unlink(names[i]);
  check(rmdir("dir2") == 0 && rmdir("dir3") == 0, "nothing else was left");
}

static void test_names(void) {
  char name[5000];
  memset(name, 'n', sizeof(name));
  name[255] = '\0';
  int fd = open(name, O_WRONLY | O_CREAT, 0600);
  check(fd >= 0 && unlink(name) == 0, "a name of 255 bytes");
  close(fd);
  name[255] = 'n';
  name[256] = '\0';
  check_errno(open(name, O_WRONLY | O_CREAT, 0600), ENAMETOOLONG);
  for (int i = 0; i < 4999; i++) name[i] = i % 2 ? '/' : '.';
  name[4095] = '\0';
  check(access(name, F_OK) == 0, "a path of 4095 bytes");
  name[4095] = '/';
  name[4096] = '\0';
  check_errno(access(name, F_OK), ENAMETOOLONG);
  check_errno(open("", O_RDONLY), ENOENT);
  check_errno(open((char*)8, O_RDONLY), EFAULT);
}

static void test_attributes(void) {
  struct stat st;
  write_file("a", "x");
  check(chmod("a", 04751) == 0 && stat("a", &st) == 0 && (st.st_mode & 07777) == 04751, "chmod");
  check(chown("a", 1000, 1001) == 0 && stat("a", &st) == 0 && st.st_uid == 1000 && st.st_gid == 1001 &&
            !(st.st_mode & S_ISUID),
        "chown, which takes the set-id bit away");
  struct timespec times[2] = {{1000, 5}, {2000, 7}};
  check(utimensat(AT_FDCWD, "a", times, 0) == 0 && stat("a", &st) == 0 && st.st_atime == 1000 && st.st_mtime == 2000 &&
            st.st_mtim.tv_nsec == 7,
        "utimensat");
  times[0].tv_nsec = 1000000000;
  check_errno(utimensat(AT_FDCWD, "a", times, 0), EINVAL);
  umask(027);
  int fd = open("masked", O_WRONLY | O_CREAT, 0666);
  check(fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0640, "umask");
  umask(022);
  close(fd);
  unlink("a");
  unlink("masked");
}

// As uid 1000, in a process of its own. Reports through its exit status.
static void as_user(void (*body)(void), int tests) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    tap_failures = 0;
    if (setgid(1000) != 0 || setuid(1000) != 0) _exit(99);
    body();
    _exit(tap_failures);
  }
  int status;
  waitpid(child, &status, 0);
  tap_tests += tests;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) tap_failures++;
  check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the checks as uid 1000 passed");
}

enum { kUserTests = 22 };
static void user_checks(void) {
  int before = tap_tests;
  check_errno(open("secret", O_RDONLY), EACCES);
  check_errno(open("readable", O_WRONLY), EACCES);
  check_errno(open("readable", O_RDONLY | O_TRUNC), EACCES);
  check_works(close(open("readable", O_RDONLY)));
  check_errno(unlink("readable"), EACCES);
  check_errno(mkdir("new", 0755), EACCES);
  check_errno(chmod("readable", 0777), EPERM);
  check_errno(chown("readable", 1000, 1000), EPERM);
  check_errno(open("locked/inside", O_RDONLY), EACCES);
  check_errno(chdir("locked"), EACCES);
  check_errno(access("secret", R_OK), EACCES);
  check_errno(access("readable", X_OK), EACCES);
  check_works(access("readable", R_OK));
  check_works(close(open("/tmp/of_user", O_RDWR | O_CREAT, 0600)));
  struct stat st;
  check(stat("/tmp/of_user", &st) == 0 && st.st_uid == 1000 && st.st_gid == 1000, "a new file belongs to its maker");
  check_errno(chown("/tmp/of_user", 0, 1000), EPERM);
  check_errno(unlink("/tmp/of_root"), EPERM);  // the sticky bit of /tmp
  check_works(unlink("/tmp/of_user"));
  check_errno(open("/dev/kmsg", O_RDONLY), EACCES);
  check_errno(open("/sys/kernel/debug/tracing/trace_pipe", O_RDONLY), EACCES);
  check_errno(open("/etc/new", O_WRONLY | O_CREAT, 0600), EACCES);
  char* argv[] = {"readable", NULL};
  check_errno(execv("readable", argv), EACCES);
  if (tap_tests - before != kUserTests) {
    printf("# user_checks made %d tests\n", tap_tests - before);
    tap_failures++;
  }
}

static void test_permissions(void) {
  write_file("secret", "s");
  chmod("secret", 0600);
  write_file("readable", "r");
  write_file("/tmp/of_root", "r");
  mkdir("locked", 0700);
  write_file("locked/inside", "i");
  as_user(user_checks, kUserTests);
  unlink("locked/inside");
  rmdir("locked");
  unlink("secret");
  unlink("readable");
  unlink("/tmp/of_root");
}

static void test_special_places(void) {
  check_errno(mkdir("/proc/x", 0755), EPERM);
  check_errno(open("/proc/x", O_WRONLY | O_CREAT, 0644), EACCES);
  check_errno(unlink("/proc/version"), EPERM);
  check_errno(unlink("/dev/null"), EPERM);
  check_errno(open("/proc/version", O_RDONLY | O_CREAT | O_EXCL, 0644), EEXIST);
  char buffer[64];
  int fd = open("/dev/zero", O_RDONLY);
  memset(buffer, 1, sizeof(buffer));
  check(read(fd, buffer, sizeof(buffer)) == sizeof(buffer) && buffer[0] == 0 && buffer[63] == 0, "/dev/zero");
  close(fd);
  fd = open("/dev/null", O_RDWR);
  check(write(fd, buffer, 10) == 10 && read(fd, buffer, 10) == 0, "/dev/null");
  close(fd);
  fd = open("/dev/full", O_WRONLY);
  check_errno(write(fd, "x", 1), ENOSPC);
  close(fd);
  struct stat st;
  check(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == 0x103, "/dev/null is character device 1:3");
  char a[16], b[16];
  fd = open("/dev/urandom", O_RDONLY);
  check(read(fd, a, 16) == 16 && read(fd, b, 16) == 16 && memcmp(a, b, 16) != 0, "/dev/urandom");
  close(fd);
}

static void leak_round(void) {
  char block[8192];
  memset(block, 'b', sizeof(block));
  for (int i = 0; i < 20; i++) {
    int fd = open("leak", O_RDWR | O_CREAT, 0600);
    for (int j = 0; j < 20; j++) write(fd, block, sizeof(block));
    ftruncate(fd, 5000);
    close(fd);
    mkdir("leakdir", 0700);
    symlink("leak", "leakdir/link");
    link("leak", "leakdir/hard");
    rename("leakdir/hard", "leakdir/harder");
    DIR* d = opendir("leakdir");
    readdir(d);
    closedir(d);
    unlink("leakdir/harder");
    unlink("leakdir/link");
    rmdir("leakdir");
    unlink("leak");
    close(open("missing/file", O_RDONLY));
  }
}

// One clock for the time of day: that of files is that of clock_gettime(2).
static void test_time_of_day(void) {
  struct stat st;
  struct timespec now, elapsed, start;
  write_file("dated", "x");
  clock_gettime(CLOCK_REALTIME, &now);
  check(stat("dated", &st) == 0 && labs((long)(now.tv_sec - st.st_mtime)) <= 2, "a new file's time is now");
  check(now.tv_sec > 1600000000, "and now is this century");
  unlink("dated");
  clock_gettime(CLOCK_MONOTONIC, &start);
  clock_gettime(CLOCK_REALTIME, &now);
  now.tv_sec += 1;
  check(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &now, NULL) == 0, "sleeping until a time of day");
  clock_gettime(CLOCK_MONOTONIC, &elapsed);
  const long ms = (elapsed.tv_sec - start.tv_sec) * 1000 + (elapsed.tv_nsec - start.tv_nsec) / 1000000;
  check(ms >= 990 && ms < 20000, "takes until then");
}

int main(void) {
  mkdir(DIR_NAME, 0755);
  if (chdir(DIR_NAME) != 0) return 1;
  test_content();
  test_initramfs_file();
  test_directories();
  test_links();
  test_names();
  test_attributes();
  test_permissions();
  test_special_places();
  test_time_of_day();
  check_no_leak("using files", leak_round, 5);
  chdir("/");
  check_works(rmdir(DIR_NAME));
  return done();
}
