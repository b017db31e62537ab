// hexdump: files as hexadecimal bytes and characters.
#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-s SKIP] [-n BYTES] [FILE]",
            "Prints bytes in hexadecimal with their characters (as hexdump -C).");
  long skip = 0, left = -1;
  int c;
  while ((c = getopt(argc, argv, "Cs:n:")) != -1) {
    if (c == '?') tool_usage();
    if (c == 's') skip = tool_number(optarg);
    if (c == 'n') left = tool_number(optarg);
  }
  int status = 0;
  FILE* f = optind < argc ? tool_open(argv[optind], &status) : stdin;
  if (f == NULL) return status;
  for (long i = 0; i < skip && getc(f) != EOF; i++) {
  }
  unsigned long offset = (unsigned long)skip;
  for (;;) {
    unsigned char row[16];
    const size_t want = left >= 0 && left < 16 ? (size_t)left : 16;
    const size_t n = fread(row, 1, want, f);
    if (n == 0) break;
    if (left >= 0) left -= (long)n;
    printf("%08lx ", offset);
    for (size_t i = 0; i < 16; i++) {
      if (i == 8) putchar(' ');
      if (i < n) {
        printf(" %02x", row[i]);
      } else {
        fputs("   ", stdout);
      }
    }
    fputs("  |", stdout);
    for (size_t i = 0; i < n; i++) putchar(isprint(row[i]) ? row[i] : '.');
    puts("|");
    offset += n;
  }
  printf("%08lx\n", offset);
  tool_exit(0);
}
