// tr: replaces or deletes characters.
#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "common/tool.h"

struct Set {
  unsigned char members[512];
  size_t count;
};

static void add(struct Set* set, unsigned char c) {
  if (set->count < sizeof(set->members)) set->members[set->count++] = c;
}

static const struct {
  const char* name;
  int (*contains)(int);
} kClasses[] = {{"[:alnum:]", isalnum}, {"[:alpha:]", isalpha}, {"[:digit:]", isdigit}, {"[:lower:]", islower},
                {"[:punct:]", ispunct}, {"[:space:]", isspace}, {"[:upper:]", isupper}, {"[:xdigit:]", isxdigit},
                {"[:blank:]", isblank}, {"[:cntrl:]", iscntrl}, {"[:print:]", isprint}};

static unsigned char read_character(const char** p) {
  const char c = *(*p)++;
  if (c != '\\' || **p == '\0') return (unsigned char)c;
  const char e = *(*p)++;
  if (e >= '0' && e <= '7') {
    int v = e - '0';
    for (int i = 0; i < 2 && **p >= '0' && **p <= '7'; i++) v = v * 8 + (*(*p)++ - '0');
    return (unsigned char)v;
  }
  static const char kLetters[] = "abfnrtv\\";
  static const char kValues[] = "\a\b\f\n\r\t\v\\";
  const char* at = strchr(kLetters, e);
  return (unsigned char)(at != NULL ? kValues[at - kLetters] : e);
}

static void parse_set(const char* p, struct Set* set) {
  while (*p != '\0') {
    bool is_class = false;
    for (size_t i = 0; i < sizeof(kClasses) / sizeof(kClasses[0]) && !is_class; i++) {
      const size_t n = strlen(kClasses[i].name);
      if (strncmp(p, kClasses[i].name, n) != 0) continue;
      for (int c = 0; c < 256; c++) {
        if (kClasses[i].contains(c)) add(set, (unsigned char)c);
      }
      p += n;
      is_class = true;
    }
    if (is_class) continue;
    const unsigned first = read_character(&p);
    unsigned last = first;
    if (p[0] == '-' && p[1] != '\0') {
      p++;
      last = read_character(&p);
    }
    for (unsigned c = first; c <= last; c++) add(set, (unsigned char)c);
  }
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-cds] SET1 [SET2]",
            "Replaces the characters of SET1 by those of SET2.\n"
            "  -d  deletes those of SET1   -s  one of each run of the last set's   -c  all but SET1's\n"
            "Sets have ranges (a-z), escapes (\\n) and classes ([:upper:]).");
  bool complement = false, deletes = false, squeezes = false;
  int option;
  while ((option = getopt(argc, argv, "+cCds")) != -1) {
    if (option == '?') tool_usage();
    if (option == 'c' || option == 'C') complement = true;
    if (option == 'd') deletes = true;
    if (option == 's') squeezes = true;
  }
  const int sets = argc - optind;
  if (sets < 1 || sets > 2 || (sets == 1 && !deletes && !squeezes)) tool_usage();
  static struct Set from, to;
  parse_set(argv[optind], &from);
  if (complement) {
    static struct Set others;
    for (unsigned c = 0; c < 256; c++) {
      if (memchr(from.members, (int)c, from.count) == NULL) add(&others, (unsigned char)c);
    }
    from = others;
  }
  if (sets == 2) parse_set(argv[optind + 1], &to);
  int map[256];  // -1: deleted
  bool squeezed[256] = {false};
  for (int c = 0; c < 256; c++) map[c] = c;
  for (size_t i = 0; i < from.count; i++) {
    if (deletes) {
      map[from.members[i]] = -1;
    } else if (to.count > 0) {
      map[from.members[i]] = to.members[i < to.count ? i : to.count - 1];
    }
  }
  const struct Set* last_set = sets == 2 ? &to : &from;
  for (size_t i = 0; squeezes && i < last_set->count; i++) squeezed[last_set->members[i]] = true;
  int c, previous = -1;
  while ((c = getchar()) != EOF) {
    const int out = map[c];
    if (out < 0 || (squeezed[out] && out == previous)) continue;
    putchar(out);
    previous = out;
  }
  tool_exit(0);
}
