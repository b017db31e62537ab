// cut: selected fields or characters of each line.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/tool.h"

enum { kMaxRanges = 64 };
static struct {
  unsigned long first, last;
} ranges[kMaxRanges];
static size_t range_count;
static bool fields;
static bool only_delimited;
static char delimiter = '\t';

// "1,3-5,7-"
static void parse_ranges(char* list) {
  char* item;
  while ((item = strsep(&list, ",")) != NULL) {
    char* dash = strchr(item, '-');
    if (range_count == kMaxRanges || *item == '\0') tool_usage();
    unsigned long first = *item == '-' ? 1 : (unsigned long)strtoul(item, NULL, 10);
    unsigned long last = dash == NULL ? first : dash[1] == '\0' ? ~0UL : strtoul(dash + 1, NULL, 10);
    if (first == 0 || last < first) tool_usage();
    ranges[range_count].first = first;
    ranges[range_count++].last = last;
  }
}

static bool selected(unsigned long n) {
  for (size_t i = 0; i < range_count; i++) {
    if (n >= ranges[i].first && n <= ranges[i].last) return true;
  }
  return false;
}

static void cut_fields(char* line) {
  if (strchr(line, delimiter) == NULL) {
    if (!only_delimited) puts(line);
    return;
  }
  const char separators[] = {delimiter, '\0'};
  bool first = true;
  char* field;
  for (unsigned long n = 1; (field = strsep(&line, separators)) != NULL; n++) {
    if (!selected(n)) continue;
    if (!first) putchar(delimiter);
    fputs(field, stdout);
    first = false;
  }
  putchar('\n');
}

static void cut_stream(FILE* f) {
  char* line = NULL;
  size_t size = 0;
  ssize_t n;
  while ((n = getline(&line, &size, f)) >= 0) {
    if (n > 0 && line[n - 1] == '\n') line[n - 1] = '\0';
    if (fields) {
      cut_fields(line);
      continue;
    }
    for (unsigned long i = 0; line[i] != '\0'; i++) {
      if (selected(i + 1)) putchar(line[i]);
    }
    putchar('\n');
  }
  free(line);
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "-f LIST [-d CHARACTER] [-s] | -c LIST  [FILE]...",
            "Prints fields (-f) or characters (-c) of each line; LIST is like 1,3-5,7-.\n"
            "  -d  separates fields (tab)   -s  leaves out lines without it");
  int c;
  while ((c = getopt(argc, argv, "f:c:b:d:s")) != -1) {
    switch (c) {
      case 'f':
        fields = true;
        parse_ranges(optarg);
        break;
      case 'b':
      case 'c':
        parse_ranges(optarg);
        break;
      case 'd':
        delimiter = optarg[0];
        break;
      case 's':
        only_delimited = true;
        break;
      default:
        tool_usage();
    }
  }
  if (range_count == 0) tool_usage();
  int status = 0;
  if (optind == argc) cut_stream(stdin);
  for (int i = optind; i < argc; i++) {
    FILE* f = tool_open(argv[i], &status);
    if (f == NULL) continue;
    cut_stream(f);
    tool_close(f);
  }
  tool_exit(status);
}
