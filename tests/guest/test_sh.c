// The shell and the tools: runs each script /tests/sh/NAME.sh and compares what it prints, and its exit status, with
// NAME.out beside it. (tests/user/run does the same on the host.) Prints TAP.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char kFolder[] = "/tests/sh";
enum { kMaxOutput = 64 * 1024 };

// Reads to the end; the text's length.
static size_t read_all(int fd, char* text, size_t size) {
  size_t used = 0;
  ssize_t n;
  while (used < size - 1 && ((n = read(fd, text + used, size - 1 - used)) > 0 || (n < 0 && errno == EINTR))) {
    if (n > 0) used += (size_t)n;
  }
  text[used] = '\0';
  return used;
}

// What the script prints on both channels, and "exit N" behind it.
static bool run_script(const char* path, char* output) {
  int ends[2];
  if (pipe(ends) != 0) return false;
  const pid_t pid = fork();
  if (pid < 0) return false;
  if (pid == 0) {
    const int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    close(null);
    execl("/bin/sh", "sh", path, (char*)NULL);
    _exit(127);
  }
  close(ends[1]);
  const size_t n = read_all(ends[0], output, kMaxOutput - 32);
  close(ends[0]);
  int status = 0;
  if (waitpid(pid, &status, 0) != pid) return false;
  snprintf(output + n, 32, "exit %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return true;
}

static bool read_expected(const char* path, char* text) {
  const int fd = open(path, O_RDONLY);
  if (fd < 0) return false;
  read_all(fd, text, kMaxOutput);
  close(fd);
  return true;
}

// The first line in which the two differ.
static void show_difference(char* actual, char* expected) {
  for (unsigned number = 1;; number++) {
    char* a = strsep(&actual, "\n");
    char* e = strsep(&expected, "\n");
    if (a != NULL && e != NULL && strcmp(a, e) == 0) continue;
    printf("# line %u: got \"%s\", expected \"%s\"\n", number, a != NULL ? a : "", e != NULL ? e : "");
    return;
  }
}

static int is_script(const struct dirent* entry) {
  const size_t n = strlen(entry->d_name);
  return n > 3 && strcmp(entry->d_name + n - 3, ".sh") == 0;
}

int main(void) {
  static char actual[kMaxOutput], expected[kMaxOutput];
  struct dirent** scripts;
  const int count = scandir(kFolder, &scripts, is_script, alphasort);
  if (count <= 0) {
    printf("Bail out! no scripts in %s\n", kFolder);
    return 1;
  }
  setenv("PATH", "/bin", 1);
  int failures = 0;
  for (int i = 0; i < count; i++) {
    char script[300], answer[300];
    const int stem = (int)strlen(scripts[i]->d_name) - 3;
    snprintf(script, sizeof(script), "%s/%s", kFolder, scripts[i]->d_name);
    snprintf(answer, sizeof(answer), "%s/%.*s.out", kFolder, stem, scripts[i]->d_name);
    const bool ran = run_script(script, actual) && read_expected(answer, expected);
    const bool ok = ran && strcmp(actual, expected) == 0;
    if (!ran) printf("# %s\n", strerror(errno));
    if (ran && !ok) show_difference(actual, expected);
    printf("%sok %d - %.*s\n", ok ? "" : "not ", i + 1, stem, scripts[i]->d_name);
    fflush(stdout);
    if (!ok) failures++;
  }
  printf("1..%d\n", count);
  return failures == 0 ? 0 : 1;
}
