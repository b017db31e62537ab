// tail: the last lines or bytes of files.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/tool.h"

// Reads everything, because the input may be a pipe.
static void print_tail(FILE* f, long count, bool bytes, bool from_start) {
  char* text = NULL;
  size_t length = 0, capacity = 0;
  for (;;) {
    if (length == capacity) {
      capacity = capacity == 0 ? 8192 : 2 * capacity;
      text = realloc(text, capacity);
      if (text == NULL) tool_die("memory");
    }
    const size_t n = fread(text + length, 1, capacity - length, f);
    if (n == 0) break;
    length += n;
  }
  size_t start = length;
  if (from_start) {  // +N: from the Nth on
    start = 0;
    for (long left = count - 1; left > 0 && start < length; start++) {
      if (bytes || text[start] == '\n') left--;
    }
  } else if (bytes) {
    start = (size_t)count < length ? length - (size_t)count : 0;
  } else {
    long left = count;
    while (start > 0 && (left > 0 || text[start - 1] != '\n')) {
      start--;
      if (text[start] == '\n' && start + 1 < length) left--;
      if (left == 0) {
        start++;
        break;
      }
    }
  }
  fwrite(text + start, 1, length - start, stdout);
  free(text);
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-n [+]LINES | -c [+]BYTES] [FILE]...",
            "Prints the last lines (10) of files; +N: from the Nth on.");
  long count = 10;
  bool bytes = false, from_start = false;
  if (argc > 1 && argv[1][0] == '-' && argv[1][1] >= '0' && argv[1][1] <= '9') {
    count = tool_number(argv[1] + 1);
    argv++;
    argc--;
  }
  int c;
  while ((c = getopt(argc, argv, "n:c:")) != -1) {
    if (c == '?') tool_usage();
    from_start = optarg[0] == '+';
    count = tool_number(optarg + (from_start || optarg[0] == '-' ? 1 : 0));
    bytes = c == 'c';
  }
  int status = 0;
  if (count == 0 && !from_start) tool_exit(0);
  if (optind == argc) print_tail(stdin, count, bytes, from_start);
  for (int i = optind; i < argc; i++) {
    FILE* f = tool_open(argv[i], &status);
    if (f == NULL) continue;
    if (argc - optind > 1) printf("%s==> %s <==\n", i > optind ? "\n" : "", argv[i]);
    print_tail(f, count, bytes, from_start);
    tool_close(f);
  }
  tool_exit(status);
}
