// sort: sorts lines.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/tool.h"

static char** lines;
static size_t count, capacity;
static bool numeric, reverse, unique;
static int key = 1;
static int separator = -1;  // -1: runs of blanks

static void add_lines(FILE* f) {
  char* line = NULL;
  size_t size = 0;
  ssize_t n;
  while ((n = getline(&line, &size, f)) >= 0) {
    if (n > 0 && line[n - 1] == '\n') line[n - 1] = '\0';
    if (count == capacity) {
      capacity = capacity == 0 ? 256 : 2 * capacity;
      lines = reallocarray(lines, capacity, sizeof(char*));
      if (lines == NULL) tool_die("memory");
    }
    lines[count] = strdup(line);
    if (lines[count++] == NULL) tool_die("memory");
  }
  free(line);
}

// Where the key begins: the key-th field (to the end of the line).
static const char* key_of(const char* s) {
  for (int i = 1; i < key; i++) {
    if (separator >= 0) {
      s = strchrnul(s, separator);
      if (*s != '\0') s++;
    } else {
      s += strspn(s, " \t");
      s += strcspn(s, " \t");
    }
  }
  return separator >= 0 ? s : s + (key > 1 || numeric ? strspn(s, " \t") : 0);
}

static int compare_keys(const char* x, const char* y) {
  if (numeric) {
    const double a = strtod(key_of(x), NULL), b = strtod(key_of(y), NULL);
    return (a > b) - (a < b);
  }
  return strcmp(key_of(x), key_of(y));
}

static int compare(const void* a, const void* b) {
  const char *x = *(char* const*)a, *y = *(char* const*)b;
  int order = compare_keys(x, y);
  if (order == 0 && !unique) order = strcmp(x, y);
  return reverse ? -order : order;
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-nru] [-k FIELD] [-t CHARACTER] [FILE]...",
            "Sorts lines.\n  -n  by number   -r  reversed   -u  one of equal lines   -k  from this field on   -t  "
            "separates fields");
  int c;
  while ((c = getopt(argc, argv, "nruk:t:")) != -1) {
    switch (c) {
      case 'n':
        numeric = true;
        break;
      case 'r':
        reverse = true;
        break;
      case 'u':
        unique = true;
        break;
      case 'k':
        key = atoi(optarg);
        if (strchr(optarg, 'n') != NULL) numeric = true;
        if (strchr(optarg, 'r') != NULL) reverse = true;
        if (key < 1) tool_usage();
        break;
      case 't':
        separator = (unsigned char)optarg[0];
        break;
      default:
        tool_usage();
    }
  }
  int status = 0;
  if (optind == argc) add_lines(stdin);
  for (int i = optind; i < argc; i++) {
    FILE* f = tool_open(argv[i], &status);
    if (f == NULL) continue;
    add_lines(f);
    tool_close(f);
  }
  qsort(lines, count, sizeof(char*), compare);
  for (size_t i = 0; i < count; i++) {
    if (unique && i > 0 && compare_keys(lines[i], lines[i - 1]) == 0) continue;
    puts(lines[i]);
  }
  tool_exit(status);
}
