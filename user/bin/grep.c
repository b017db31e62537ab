// grep: prints lines that match a pattern.
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/pattern.h"
#include "common/tool.h"

static bool fixed, extended, ignore_case, invert, with_number, count_only, quiet, names_only, recursive, whole_line,
    whole_word, only_matching, no_messages;
static int with_name = -1;  // -1: when there are several files
static long context_after, context_before;
static long max_count = LONG_MAX;

enum { kMaxPatterns = 64 };
static const char* texts[kMaxPatterns];
static struct Pattern* patterns[kMaxPatterns];
static int pattern_count;
static bool any_selected;

static void add_pattern(char* text) {
  // Several lines are several patterns.
  char* line;
  while ((line = strsep(&text, "\n")) != NULL) {
    if (pattern_count == kMaxPatterns) {
      fprintf(stderr, "grep: more than %d patterns\n", kMaxPatterns);
      exit(2);
    }
    texts[pattern_count++] = line;
  }
}

static bool word_boundary(const char* line, size_t length, size_t start, size_t end) {
  const bool before = start > 0 && (isalnum((unsigned char)line[start - 1]) || line[start - 1] == '_');
  const bool after = end < length && (isalnum((unsigned char)line[end]) || line[end] == '_');
  return !before && !after;
}

static bool find_fixed(const char* text, const char* line, size_t length, size_t from, size_t* start, size_t* end) {
  const size_t n = strlen(text);
  for (size_t at = from; at + n <= length; at++) {
    if ((ignore_case ? strncasecmp(line + at, text, n) : memcmp(line + at, text, n)) != 0) continue;
    *start = at;
    *end = at + n;
    return true;
  }
  return false;
}

// The first match at or behind `from`.
static bool find_match(const char* line, size_t length, size_t from, size_t* start, size_t* end) {
  bool found = false;
  for (int i = 0; i < pattern_count; i++) {
    size_t at = from, s, e;
    while (at <= length && (fixed ? find_fixed(texts[i], line, length, at, &s, &e)
                                  : pattern_search(patterns[i], line, length, at, &s, &e))) {
      const bool fits = (!whole_line || (s == 0 && e == length)) && (!whole_word || word_boundary(line, length, s, e));
      if (fits) {
        if (!found || s < *start || (s == *start && e > *end)) *start = s, *end = e;
        found = true;
        break;
      }
      if (whole_line) break;
      at = s + 1;
    }
  }
  return found;
}

static void print_prefix(const char* name, unsigned long number, char separator) {
  if (with_name > 0) printf("%s%c", name, separator);
  if (with_number) printf("%lu%c", number, separator);
}

static void print_matches(const char* name, unsigned long number, const char* line, size_t length) {
  size_t from = 0, start, end;
  while (from <= length && find_match(line, length, from, &start, &end)) {
    if (end > start) {
      print_prefix(name, number, ':');
      printf("%.*s\n", (int)(end - start), line + start);
    }
    from = end > start ? end : end + 1;
  }
}

// The last lines before a match, for -B.
struct Before {
  char** lines;
  long used;
};

static void remember(struct Before* before, const char* line) {
  if (context_before == 0) return;
  if (before->used == context_before) {
    free(before->lines[0]);
    memmove(before->lines, before->lines + 1, (size_t)(context_before - 1) * sizeof(char*));
    before->used--;
  }
  before->lines[before->used] = strdup(line);
  if (before->lines[before->used] == NULL) tool_die("memory");
  before->used++;
}

static void search_stream(FILE* f, const char* name) {
  char* line = NULL;
  size_t size = 0;
  ssize_t n;
  unsigned long number = 0;
  long selected = 0, after = 0;
  unsigned long last_printed = 0;
  struct Before before = {NULL, 0};
  if (context_before > 0) before.lines = calloc((size_t)context_before, sizeof(char*));
  while ((n = getline(&line, &size, f)) >= 0) {
    if (n > 0 && line[n - 1] == '\n') line[--n] = '\0';
    number++;
    size_t start, end;
    if (find_match(line, (size_t)n, 0, &start, &end) == invert) {
      if (after > 0 && !quiet && !count_only && !names_only) {
        after--;
        print_prefix(name, number, '-');
        puts(line);
        last_printed = number;
      } else {
        remember(&before, line);
      }
      continue;
    }
    any_selected = true;
    selected++;
    if (quiet || names_only) break;
    if (!count_only && only_matching) {
      if (!invert) print_matches(name, number, line, (size_t)n);
    } else if (!count_only) {
      const unsigned long first = number - (unsigned long)before.used;
      if ((context_after > 0 || context_before > 0) && last_printed > 0 && first > last_printed + 1) puts("--");
      for (long i = 0; i < before.used; i++) {
        print_prefix(name, first + (unsigned long)i, '-');
        puts(before.lines[i]);
        free(before.lines[i]);
      }
      before.used = 0;
      print_prefix(name, number, ':');
      fwrite(line, 1, (size_t)n, stdout);
      putchar('\n');
      last_printed = number;
      after = context_after;
    }
    if (selected == max_count) break;
  }
  while (before.used > 0) free(before.lines[--before.used]);
  free(before.lines);
  free(line);
  if (quiet) return;
  if (names_only && selected > 0) puts(name);
  if (count_only) {
    if (with_name > 0) printf("%s:", name);
    printf("%ld\n", selected);
  }
}

static int search_path(const char* path, bool given) {
  struct stat st;
  if (recursive && strcmp(path, "-") != 0 && (given ? stat(path, &st) : lstat(path, &st)) == 0 && S_ISDIR(st.st_mode)) {
    DIR* dir = opendir(path);
    if (dir == NULL) return no_messages ? 2 : 2 * tool_fail(path);
    int status = 0;
    const struct dirent* d;
    while ((d = readdir(dir)) != NULL) {
      if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0) continue;
      char full[PATH_MAX];
      if (!tool_join(full, sizeof(full), path, d->d_name)) continue;
      if (lstat(full, &st) == 0 && (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode))) status |= search_path(full, false);
    }
    closedir(dir);
    return status;
  }
  if (strcmp(path, "-") == 0) {
    search_stream(stdin, "(standard input)");
    return 0;
  }
  FILE* f = fopen(path, "r");
  if (f == NULL) return no_messages ? 2 : 2 * tool_fail(path);
  search_stream(f, path);
  const bool failed = ferror(f) != 0;
  fclose(f);
  return failed && !no_messages ? 2 * tool_fail(path) : failed ? 2 : 0;
}

int main(int argc, char** argv) {
  tool_help(
      argc, argv, "[-EFcHhilnoqrsvwx] [-A N] [-B N] [-m N] PATTERN|-e PATTERN [FILE]...",
      "Prints the lines that match. Status 0: some, 1: none, 2: trouble.\n"
      "  -E  extended pattern   -F  fixed text   -i  any case   -v  lines that do not match   -w -x  whole words, "
      "lines\n"
      "  -c  their number   -l  names of files   -n  line numbers   -o  the matches only   -q  nothing   -r  folders\n"
      "  -A -B  lines after, before   -m  at most so many   -H -h  with, without names   -s  no messages");
  int c;
  bool have_pattern = false;
  while ((c = getopt(argc, argv, "EFGce:HhilnoqrRsvwxA:B:C:m:")) != -1) {
    switch (c) {
      case 'E':
        extended = true;
        break;
      case 'F':
        fixed = true;
        break;
      case 'G':
        break;
      case 'c':
        count_only = true;
        break;
      case 'e':
        add_pattern(optarg);
        have_pattern = true;
        break;
      case 'H':
        with_name = 1;
        break;
      case 'h':
        with_name = 0;
        break;
      case 'i':
        ignore_case = true;
        break;
      case 'l':
        names_only = true;
        break;
      case 'n':
        with_number = true;
        break;
      case 'o':
        only_matching = true;
        break;
      case 'q':
        quiet = true;
        break;
      case 'r':
      case 'R':
        recursive = true;
        break;
      case 's':
        no_messages = true;
        break;
      case 'v':
        invert = true;
        break;
      case 'w':
        whole_word = true;
        break;
      case 'x':
        whole_line = true;
        break;
      case 'A':
        context_after = tool_number(optarg);
        break;
      case 'B':
        context_before = tool_number(optarg);
        break;
      case 'C':
        context_after = context_before = tool_number(optarg);
        break;
      case 'm':
        max_count = tool_number(optarg);
        break;
      default:
        tool_usage();
    }
  }
  if (!have_pattern) {
    if (optind == argc) tool_usage();
    add_pattern(argv[optind++]);
  }
  if (context_before < 0 || context_after < 0 || context_before > 100000) tool_usage();
  for (int i = 0; i < pattern_count && !fixed; i++) {
    const char* error;
    patterns[i] = pattern_compile(texts[i], extended, ignore_case, &error);
    if (patterns[i] == NULL) {
      fprintf(stderr, "grep: %s: %s\n", texts[i], error);
      return 2;
    }
  }
  if (with_name < 0) with_name = recursive || argc - optind > 1;
  int status = 0;
  if (optind == argc) status = search_path(recursive ? "." : "-", true);
  for (int i = optind; i < argc; i++) status |= search_path(argv[i], true);
  tool_exit(any_selected && (quiet || status == 0) ? 0 : status != 0 ? 2 : 1);
}
