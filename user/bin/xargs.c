// xargs: runs a command with words from standard input as arguments.
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/tool.h"

enum { kMaxArguments = 4096, kMaxBytes = 64 * 1024 };

static char* arguments[kMaxArguments + 1];
static int fixed, used;
static size_t bytes;

static int run(void) {
  arguments[used] = NULL;
  const pid_t pid = fork();
  if (pid < 0) tool_die("fork");
  if (pid == 0) {
    execvp(arguments[0], arguments);
    tool_fail(arguments[0]);
    _exit(errno == ENOENT ? 127 : 126);
  }
  int status;
  if (waitpid(pid, &status, 0) < 0) tool_die("wait");
  while (used > fixed) free(arguments[--used]);
  bytes = 0;
  if (!WIFEXITED(status)) return 125;
  const int code = WEXITSTATUS(status);
  return code == 0 ? 0 : code == 126 || code == 127 ? code : 123;
}

// The next word; quotes and backslashes keep blanks in it. NULL at the end.
static char* next_word(bool nul_separated) {
  char* word = NULL;
  size_t size = 0;
  if (nul_separated) return getdelim(&word, &size, '\0', stdin) >= 0 ? word : NULL;
  FILE* out = open_memstream(&word, &size);
  if (out == NULL) tool_die("memory");
  int c, quote = 0;
  while ((c = getchar()) != EOF && isspace(c)) {
  }
  const bool any = c != EOF;
  for (; c != EOF && (quote != 0 || !isspace(c)); c = getchar()) {
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (quote == 0 && c == '\\') {
      c = getchar();
      if (c != EOF) putc(c, out);
    } else {
      putc(c, out);
    }
  }
  fclose(out);
  if (any) return word;
  free(word);
  return NULL;
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-0] [-r] [-n COUNT] [COMMAND [ARGUMENT]...]",
            "Runs the command (echo) with the words of standard input appended.\n"
            "  -n  at most so many at a time   -0  words end in NUL   -r  not at all without words");
  long most = kMaxArguments;
  bool nul_separated = false, skip_empty = false;
  int c;
  while ((c = getopt(argc, argv, "+0rn:")) != -1) {
    if (c == '?') tool_usage();
    if (c == '0') nul_separated = true;
    if (c == 'r') skip_empty = true;
    if (c == 'n') most = tool_number(optarg);
  }
  if (most < 1 || argc - optind > kMaxArguments / 2) tool_usage();
  for (int i = optind; i < argc; i++) arguments[fixed++] = argv[i];
  if (fixed == 0) arguments[fixed++] = "echo";
  used = fixed;
  int status = 0;
  bool ran = false;
  char* word;
  while ((word = next_word(nul_separated)) != NULL) {
    const size_t n = strlen(word) + 1;
    if (used > fixed && (used - fixed >= most || used == kMaxArguments || bytes + n > kMaxBytes)) {
      const int r = run();
      ran = true;
      if (r != 0) status = r;
    }
    arguments[used++] = word;
    bytes += n;
  }
  if (used > fixed || (!ran && !skip_empty)) {
    const int r = run();
    if (r != 0) status = r;
  }
  return status;
}
