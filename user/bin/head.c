// head: the first lines or bytes of files.
#include <string.h>
#include <unistd.h>

#include "common/tool.h"

static void print_head(FILE* f, long count, bool bytes) {
  int c;
  while (count > 0 && (c = getc(f)) != EOF) {
    putchar(c);
    if (bytes || c == '\n') count--;
  }
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-n LINES | -c BYTES] [FILE]...", "Prints the first lines (10) of files.");
  long count = 10;
  bool bytes = false;
  if (argc > 1 && argv[1][0] == '-' && argv[1][1] >= '0' && argv[1][1] <= '9') {  // head -20
    count = tool_number(argv[1] + 1);
    argv++;
    argc--;
  }
  int c;
  while ((c = getopt(argc, argv, "n:c:")) != -1) {
    if (c == '?') tool_usage();
    count = tool_number(optarg);
    bytes = c == 'c';
  }
  int status = 0;
  if (optind == argc) print_head(stdin, count, bytes);
  for (int i = optind; i < argc; i++) {
    FILE* f = tool_open(argv[i], &status);
    if (f == NULL) continue;
    if (argc - optind > 1) printf("%s==> %s <==\n", i > optind ? "\n" : "", argv[i]);
    print_head(f, count, bytes);
    tool_close(f);
  }
  tool_exit(status);
}
