// wc: counts lines, words and bytes.
#include <ctype.h>
#include <unistd.h>

#include "common/tool.h"

struct Counts {
  unsigned long lines, words, bytes;
};

static bool show_lines, show_words, show_bytes;

static struct Counts count_stream(FILE* f) {
  struct Counts n = {0, 0, 0};
  bool in_word = false;
  int c;
  while ((c = getc(f)) != EOF) {
    n.bytes++;
    if (c == '\n') n.lines++;
    if (isspace(c)) {
      in_word = false;
    } else if (!in_word) {
      in_word = true;
      n.words++;
    }
  }
  return n;
}

static void print_counts(const struct Counts* n, const char* name) {
  const char* separator = "";
  if (show_lines) separator = " ", printf("%lu", n->lines);
  if (show_words) printf("%s%lu", separator, n->words), separator = " ";
  if (show_bytes) printf("%s%lu", separator, n->bytes);
  printf("%s%s\n", name != NULL ? " " : "", name != NULL ? name : "");
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-clw] [FILE]...", "Counts lines (-l), words (-w) and bytes (-c); all three without options.");
  int c;
  while ((c = getopt(argc, argv, "clw")) != -1) {
    if (c == '?') tool_usage();
    if (c == 'c') show_bytes = true;
    if (c == 'l') show_lines = true;
    if (c == 'w') show_words = true;
  }
  if (!show_lines && !show_words && !show_bytes) show_lines = show_words = show_bytes = true;
  int status = 0;
  struct Counts total = {0, 0, 0};
  if (optind == argc) {
    total = count_stream(stdin);
    print_counts(&total, NULL);
  }
  for (int i = optind; i < argc; i++) {
    FILE* f = tool_open(argv[i], &status);
    if (f == NULL) continue;
    const struct Counts n = count_stream(f);
    tool_close(f);
    print_counts(&n, argv[i]);
    total.lines += n.lines;
    total.words += n.words;
    total.bytes += n.bytes;
  }
  if (argc - optind > 1) print_counts(&total, "total");
  tool_exit(status);
}
