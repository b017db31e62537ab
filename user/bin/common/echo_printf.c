// echo(1) and printf(1).
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

// Writes the character that an escape stands for; s points behind the backslash. Returns what is behind the escape.
// octal_zero: "\0ooo" (echo -e, %b) instead of "\ooo". *stop is set by "\c".
static const char* put_escape(const char* s, bool octal_zero, bool* stop) {
  static const char kLetters[] = "abefnrtv\\\"'";
  static const char kValues[] = "\a\b\033\f\n\r\t\v\\\"'";
  const char* letter = *s != '\0' ? strchr(kLetters, *s) : NULL;
  if (letter != NULL) {
    putchar(kValues[letter - kLetters]);
    return s + 1;
  }
  if (*s == 'c') {
    *stop = true;
    return s + 1;
  }
  if (*s == 'x') {
    char digits[3] = {s[1], s[1] != '\0' ? s[2] : '\0', '\0'};
    char* end;
    const long v = strtol(digits, &end, 16);
    if (end != digits) {
      putchar((int)v);
      return s + 1 + (end - digits);
    }
  }
  if (*s >= '0' && *s <= '7') {
    int v = 0;
    const int most = octal_zero && *s == '0' ? 4 : 3;
    for (int i = 0; i < most && *s >= '0' && *s <= '7'; i++) v = v * 8 + (*s++ - '0');
    putchar(v);
    return s;
  }
  putchar('\\');
  return s;
}

static void put_escaped(const char* s, bool* stop) {
  while (*s != '\0' && !*stop) {
    if (*s == '\\') {
      s = put_escape(s + 1, true, stop);
    } else {
      putchar(*s++);
    }
  }
}

int tool_echo(int argc, char** argv) {
  bool newline = true, escapes = false;
  int i = 1;
  for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0' && strspn(argv[i] + 1, "neE") == strlen(argv[i] + 1);
       i++) {
    for (const char* c = argv[i] + 1; *c != '\0'; c++) {
      if (*c == 'n') newline = false;
      if (*c == 'e') escapes = true;
      if (*c == 'E') escapes = false;
    }
  }
  bool stop = false;
  for (int k = i; k < argc && !stop; k++) {
    if (k > i) putchar(' ');
    if (escapes) {
      put_escaped(argv[k], &stop);
    } else {
      fputs(argv[k], stdout);
    }
  }
  if (newline && !stop) putchar('\n');
  return 0;
}

struct Arguments {
  int count;
  char** words;
  int at;
  int status;
};

static const char* next(struct Arguments* a) { return a->at < a->count ? a->words[a->at++] : NULL; }

static long next_integer(struct Arguments* a, bool is_unsigned) {
  const char* w = next(a);
  if (w == NULL) return 0;
  if ((*w == '\'' || *w == '"') && w[1] != '\0') return (unsigned char)w[1];
  char* end;
  errno = 0;
  const long v = is_unsigned ? (long)strtoul(w, &end, 0) : strtol(w, &end, 0);
  if (end == w || *end != '\0' || errno != 0) {
    fprintf(stderr, "printf: %s: not a number\n", w);
    a->status = 1;
  }
  return v;
}

static double next_double(struct Arguments* a) {
  const char* w = next(a);
  if (w == NULL) return 0;
  char* end;
  const double v = strtod(w, &end);
  if (end == w || *end != '\0') {
    fprintf(stderr, "printf: %s: not a number\n", w);
    a->status = 1;
  }
  return v;
}

#pragma clang diagnostic ignored "-Wformat-nonliteral"

// One conversion; p points at '%'. Returns what is behind it, NULL for a wrong one.
static const char* put_conversion(const char* p, struct Arguments* a, bool* stop) {
  char spec[32] = "%";
  size_t n = 1;
  p++;
  while (*p != '\0' && strchr("-+ #0", *p) != NULL && n < 8) spec[n++] = *p++;
  int numbers[2] = {-1, -1};  // width and precision
  for (int i = 0; i < 2; i++) {
    if (i == 1) {
      if (*p != '.') break;
      p++;
      numbers[1] = 0;
    }
    if (*p == '*') {
      numbers[i] = (int)next_integer(a, false);
      p++;
    } else if (*p >= '0' && *p <= '9') {
      char* end;
      numbers[i] = (int)strtol(p, &end, 10);
      p = end;
    }
  }
  if (numbers[0] < -1) {
    spec[n++] = '-';
    numbers[0] = -numbers[0];
  }
  if (numbers[0] >= 0) n += (size_t)snprintf(spec + n, 12, "%d", numbers[0]);
  if (numbers[1] >= 0) n += (size_t)snprintf(spec + n, 12, ".%d", numbers[1]);
  const char c = *p;
  const char* w;
  switch (c) {
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X':
      spec[n++] = 'l';
      spec[n++] = c;
      spec[n] = '\0';
      printf(spec, next_integer(a, c != 'd' && c != 'i'));
      return p + 1;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
      spec[n++] = c;
      spec[n] = '\0';
      printf(spec, next_double(a));
      return p + 1;
    case 'c':
      w = next(a);
      spec[n++] = 's';
      spec[n] = '\0';
      printf(spec, (char[2]){w != NULL ? w[0] : '\0', '\0'});
      return p + 1;
    case 's':
      w = next(a);
      spec[n++] = 's';
      spec[n] = '\0';
      printf(spec, w != NULL ? w : "");
      return p + 1;
    case 'b':
      w = next(a);
      if (w != NULL) put_escaped(w, stop);
      return p + 1;
    default:
      fprintf(stderr, "printf: %%%c: unknown conversion\n", c);
      return NULL;
  }
}

int tool_printf(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: printf FORMAT [ARGUMENT]...\n");
    return 2;
  }
  struct Arguments a = {argc - 2, argv + 2, 0, 0};
  bool stop = false;
  // The format is used again for as long as there are arguments and it takes some.
  do {
    const int before = a.at;
    for (const char* p = argv[1]; *p != '\0' && !stop;) {
      if (p[0] == '%' && p[1] == '%') {
        putchar('%');
        p += 2;
      } else if (*p == '%') {
        p = put_conversion(p, &a, &stop);
        if (p == NULL) return 1;
      } else if (*p == '\\') {
        p = put_escape(p + 1, false, &stop);
      } else {
        putchar(*p++);
      }
    }
    if (a.at == before) break;
  } while (a.at < a.count && !stop);
  return a.status;
}
