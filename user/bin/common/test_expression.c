// test(1) and [: a recursive descent over the argument words.
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

struct Parser {
  int count;
  char** words;
  int at;
  bool failed;
  int depth;
};

enum { kMaxDepth = 100 };  // parentheses and "!"

static bool fail(struct Parser* p, const char* what, const char* word) {
  if (!p->failed) fprintf(stderr, "test: %s%s%s\n", what, word != NULL ? ": " : "", word != NULL ? word : "");
  p->failed = true;
  return false;
}

static const char* word(const struct Parser* p, int ahead) {
  return p->at + ahead < p->count ? p->words[p->at + ahead] : NULL;
}

static bool is(const char* a, const char* b) { return a != NULL && strcmp(a, b) == 0; }

static long number(struct Parser* p, const char* text) {
  char* end;
  const long v = strtol(text, &end, 10);
  while (*end == ' ') end++;
  if (end == text || *end != '\0') fail(p, "not a number", text);
  return v;
}

static bool unary(struct Parser* p, char op, const char* arg) {
  struct stat st;
  switch (op) {
    case 'n':
      return *arg != '\0';
    case 'z':
      return *arg == '\0';
    case 't':
      return isatty((int)number(p, arg));
    case 'r':
      return access(arg, R_OK) == 0;
    case 'w':
      return access(arg, W_OK) == 0;
    case 'x':
      return access(arg, X_OK) == 0;
    case 'h':
    case 'L':
      return lstat(arg, &st) == 0 && S_ISLNK(st.st_mode);
    default:
      break;
  }
  if (stat(arg, &st) != 0) return false;
  switch (op) {
    case 'b':
      return S_ISBLK(st.st_mode);
    case 'c':
      return S_ISCHR(st.st_mode);
    case 'd':
      return S_ISDIR(st.st_mode);
    case 'e':
      return true;
    case 'f':
      return S_ISREG(st.st_mode);
    case 'p':
      return S_ISFIFO(st.st_mode);
    case 's':
      return st.st_size > 0;
    case 'u':
      return (st.st_mode & S_ISUID) != 0;
    default:  // 'S'
      return S_ISSOCK(st.st_mode);
  }
}

static bool is_unary(const char* w) {
  return w != NULL && w[0] == '-' && w[1] != '\0' && w[2] == '\0' && strchr("nztrwxhLbcdefpsuS", w[1]) != NULL;
}

static bool newer(const char* a, const char* b) {
  struct stat x, y;
  if (stat(a, &x) != 0) return false;
  if (stat(b, &y) != 0) return true;
  return x.st_mtim.tv_sec != y.st_mtim.tv_sec ? x.st_mtim.tv_sec > y.st_mtim.tv_sec
                                              : x.st_mtim.tv_nsec > y.st_mtim.tv_nsec;
}

static const char* const kBinary[] = {"=",   "==",  "!=",  "<",   ">",   "-eq", "-ne",
                                      "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"};

static bool is_binary(const char* w) {
  for (size_t i = 0; w != NULL && i < sizeof(kBinary) / sizeof(kBinary[0]); i++) {
    if (strcmp(w, kBinary[i]) == 0) return true;
  }
  return false;
}

static bool same_file(const char* a, const char* b) {
  struct stat x, y;
  return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool binary(struct Parser* p, const char* a, const char* op, const char* b) {
  if (is(op, "=") || is(op, "==")) return strcmp(a, b) == 0;
  if (is(op, "!=")) return strcmp(a, b) != 0;
  if (is(op, "<")) return strcmp(a, b) < 0;
  if (is(op, ">")) return strcmp(a, b) > 0;
  if (is(op, "-nt")) return newer(a, b);
  if (is(op, "-ot")) return newer(b, a);
  if (is(op, "-ef")) return same_file(a, b);
  const long x = number(p, a), y = number(p, b);
  if (is(op, "-eq")) return x == y;
  if (is(op, "-ne")) return x != y;
  if (is(op, "-lt")) return x < y;
  if (is(op, "-le")) return x <= y;
  if (is(op, "-gt")) return x > y;
  return x >= y;
}

static bool parse_or(struct Parser* p);

static bool parse_primary(struct Parser* p) {
  const char* first = word(p, 0);
  if (first == NULL) return fail(p, "argument expected", NULL);
  if (++p->depth > kMaxDepth) return fail(p, "expression too deep", NULL);
  bool value;
  if (word(p, 2) != NULL && is_binary(word(p, 1))) {
    value = binary(p, first, word(p, 1), word(p, 2));
    p->at += 3;
  } else if (is(first, "!") && word(p, 1) != NULL) {
    p->at++;
    value = !parse_primary(p);
  } else if (is(first, "(") && word(p, 1) != NULL) {
    p->at++;
    value = parse_or(p);
    if (!is(word(p, 0), ")")) fail(p, "')' expected", NULL);
    p->at++;
  } else if (is_unary(first) && word(p, 1) != NULL) {
    value = unary(p, first[1], word(p, 1));
    p->at += 2;
  } else {
    value = *first != '\0';
    p->at++;
  }
  p->depth--;
  return value;
}

static bool parse_and(struct Parser* p) {
  bool value = parse_primary(p);
  while (!p->failed && is(word(p, 0), "-a")) {
    p->at++;
    value = parse_primary(p) && value;
  }
  return value;
}

static bool parse_or(struct Parser* p) {
  bool value = parse_and(p);
  while (!p->failed && is(word(p, 0), "-o")) {
    p->at++;
    value = parse_and(p) || value;
  }
  return value;
}

int tool_test(int argc, char** argv) {
  struct Parser p = {argc - 1, argv + 1, 0, false, 0};
  const char* slash = strrchr(argv[0], '/');
  if (is(slash != NULL ? slash + 1 : argv[0], "[")) {
    if (p.count == 0 || !is(p.words[p.count - 1], "]")) {
      fail(&p, "']' expected", NULL);
      return 2;
    }
    p.count--;
  }
  if (p.count == 0) return 1;
  const bool value = parse_or(&p);
  if (!p.failed && p.at < p.count) fail(&p, "unexpected argument", p.words[p.at]);
  return p.failed ? 2 : value ? 0 : 1;
}
