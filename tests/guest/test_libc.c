// The C library's functions on text, numbers and time, tested with itself. Runs in the guest and, under qemu-riscv64,
// on the host. Prints TAP.
#include <ctype.h>
#include <getopt.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

// Expected output of one printf call.
__attribute__((format(printf, 3, 4))) static void expect(int line, const char* expected, const char* format, ...) {
  char text[2048];
  va_list args;
  va_start(args, format);
  const int n = vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  check_text(text, expected, line);
  check(n == (int)strlen(expected), line, "length returned");
}
#define EXPECT(expected, ...) expect(__LINE__, expected, __VA_ARGS__)

#pragma clang diagnostic ignored "-Wformat"
#pragma clang diagnostic ignored "-Wformat-security"

static void test_printf_integers(void) {
  EXPECT("", "%s", "");
  EXPECT("plain %", "plain %%");
  EXPECT("0 1 -1 2147483647 -2147483648", "%d %d %d %d %d", 0, 1, -1, INT_MAX, INT_MIN);
  EXPECT("9223372036854775807 -9223372036854775808", "%ld %lld", LONG_MAX, LLONG_MIN);
  EXPECT("18446744073709551615 4294967295", "%lu %u", ULONG_MAX, UINT_MAX);
  EXPECT("-1 255 -1 65535", "%hhd %hhu %hd %hu", 0xff, 0xff, 0xffff, 0xffff);
  EXPECT("   42|42   |00042|+42| 42", "%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42);
  EXPECT("  -42|-42  |-0042", "%5d|%-5d|%05d", -42, -42, -42);
  EXPECT("  007|007  |  007", "%5.3d|%-5.3d|%05.3d", 7, 7, 7);
  EXPECT("||   |+", "%.0d|%.d|%3.0d|%+.0d", 0, 0, 0, 0);
  EXPECT("ff FF 0xff 0XFF 0 0000ff 0x00ff", "%x %X %#x %#X %#x %06x %#06x", 255, 255, 255, 255, 0, 255, 255);
  EXPECT("17 017 0 0|", "%o %#o %#o %#.0o|%.0o", 15, 15, 0, 0, 0);
  EXPECT("   42|42   ", "%*d|%*d", 5, 42, -5, 42);
  EXPECT("00042", "%.*d", 5, 42);
  EXPECT("42", "%.*d", -1, 42);
  EXPECT("a   b|  b|b  ", "%c %3c|%3c|%-3c", 'a', 'b', 'b', 'b');
  EXPECT("abc   abc abc  |ab|   ab|", "%s %5s %-5s|%.2s|%5.2s|%.0s", "abc", "abc", "abc", "abc", "abc", "abc");
  EXPECT("(null)", "%s", (char*)NULL);
  EXPECT("0x1234 (nil)", "%p %p", (void*)0x1234, NULL);
  EXPECT("7 -8 9 10", "%zu %zd %ju %td", (size_t)7, (ssize_t)-8, (uintmax_t)9, (ptrdiff_t)10);
  EXPECT("-5 18446744073709551615 ffffffffffffffff", "%" PRId64 " %" PRIu64 " %" PRIx64, (int64_t)-5, UINT64_MAX,
         UINT64_MAX);
  int n = 0;
  EXPECT("abcdef", "abc%ndef", &n);
  CHECK(n == 3);
  errno = ENOENT;
  EXPECT("No such file or directory", "%m");
  char buffer[4];
  CHECK(snprintf(buffer, sizeof(buffer), "%d", 123456) == 6);
  CHECK_TEXT(buffer, "123");
  CHECK(snprintf(NULL, 0, "%100d", 1) == 100);
  char* text;
  CHECK(asprintf(&text, "%s-%d", "x", 5) == 3);
  CHECK_TEXT(text, "x-5");
  free(text);
  char unknown[8];
  CHECK(snprintf(unknown, sizeof(unknown), "%y") == -1 && errno == EINVAL);
  finish("printf: integers, strings, pointers");
}

static void test_printf_doubles(void) {
  EXPECT("0.000000 1.000000 -1.500000 0.1", "%f %f %f %.1f", 0.0, 1.0, -1.5, 0.1);
  EXPECT("-0.0 0 2 2 4", "%.1f %.0f %.0f %.0f %.0f", -0.0, 0.5, 1.5, 2.5, 3.5);  // halves to even
  EXPECT("0.13 0.12 1.00 9.99 10.00", "%.2f %.2f %.2f %.2f %.2f", 0.125 + 1e-9, 0.125, 0.999, 9.994, 9.996);
  EXPECT("123456789.123457", "%f", 123456789.123456789);
  EXPECT("1e+10 1.5e-07 1.000000e+00 0.000000e+00", "%.0e %.1e %e %e", 1e10, 1.5e-7, 1.0, 0.0);
  EXPECT("9.999999e+99 1.000000E+100", "%e %E", 9.999999e99, 9.9999999e99);
  EXPECT("100000 1e+06 0.0001 1e-05 0 1.5 3.14159", "%g %g %g %g %g %g %g", 1e5, 1e6, 1e-4, 1e-5, 0.0, 1.5, 3.14159265);
  EXPECT("1.00000 100000. 1.e+06", "%#g %#.6g %#.0e", 1.0, 1e5, 1e6);
  EXPECT("0.10000000000000001 0.1", "%.17g %.15g", 0.1, 0.1);
  EXPECT("0.1000000000000000055511151231257827021181583404541015625", "%.55f", 0.1);
  EXPECT("5e-324 4.94065645841247e-324 1.797693134862316e+308", "%.0e %.15g %.16g", 5e-324, 5e-324,
         1.7976931348623157e308);
  EXPECT("  3.14|3.14  |003.14|+3.14| 3.14", "%6.2f|%-6.2f|%06.2f|%+.2f|% .2f", 3.14159, 3.14159, 3.14159, 3.14159,
         3.14159);
  EXPECT("inf -inf nan INF   inf|inf  ", "%f %f %f %F %5f|%-5f", INFINITY, -INFINITY, NAN, (double)INFINITY, INFINITY,
         INFINITY);
  EXPECT("0x1p+0 0x1.8p+1 -0x1p-1 0x0p+0 0X1.FP+3", "%a %a %a %a %A", 1.0, 3.0, -0.5, 0.0, 15.5);
  EXPECT("0x1.99ap-4 0x2p+0 0x1.000p+0", "%.3a %.0a %.3a", 0.1, 1.5, 1.0);
  EXPECT("2.50 -1.25", "%.2Lf %.2Lf", (long double)2.5, (long double)-1.25);
  char big[400];
  CHECK(snprintf(big, sizeof(big), "%.0f", 1e300) == 301);
  CHECK(strncmp(big,
                "1000000000000000052504760255204420248704468581108159154915854115511802457988908195786371375080447864",
                100) == 0);
  finish("printf: floating point");
}

static void test_strtod(void) {
  static const struct {
    const char* text;
    double value;
    int used;
  } cases[] = {
      {"0", 0, 1},
      {" 1.5x", 1.5, 4},
      {"-2.5e3", -2500, 6},
      {"1e", 1, 1},
      {"1e+", 1, 1},
      {".5", 0.5, 2},
      {"5.", 5, 2},
      {".", 0, 0},
      {"+7", 7, 2},
      {"0x10", 16, 4},
      {"0x1.8p1", 3, 7},
      {"0x", 0, 1},
      {"inf", INFINITY, 3},
      {"-infinity", -INFINITY, 9},
      {"1e400", INFINITY, 5},
      {"1e-400", 0, 6},
      {"0.1", 0.1, 3},
      {"123456789012345678901234567890", 123456789012345678901234567890.0, 30},
      {"9007199254740993", 9007199254740992.0, 16},
      {"9007199254740993.00000000000000000000000000000000000000001", 9007199254740994.0, 58},
      {"2.2250738585072011e-308", 2.2250738585072011e-308, 23},
      {"2.4703282292062328e-324", 4.9406564584124654e-324, 23},
      {"2.4703282292062327e-324", 0, 23},
      {"1.7976931348623157e308", 1.7976931348623157e308, 22},
      {"1.7976931348623159e308", INFINITY, 22},
      {"8.98846567431158e307", 8.98846567431158e307, 20},
      {"1e23", 1e23, 4},
      {"0.000001", 1e-6, 8},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    char* end;
    const double v = strtod(cases[i].text, &end);
    if (!CHECK(v == cases[i].value && end - cases[i].text == cases[i].used)) {
      printf("# \"%s\" gave %.17g, %ld used\n", cases[i].text, v, (long)(end - cases[i].text));
    }
  }
  CHECK(isnan(strtod("nan", NULL)));
  CHECK(strtof("0.1", NULL) == 0.1f && strtof("16777217", NULL) == 16777216.0f && strtof("1e39", NULL) == INFINITY);
  errno = 0;
  strtod("1e999", NULL);
  CHECK(errno == ERANGE);
  // What is printed with 17 digits reads back as the same number.
  uint64_t state = 88172645463325252u;
  int wrong = 0;
  for (int i = 0; i < 3000; i++) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    double v;
    memcpy(&v, &state, sizeof(v));
    if (!isfinite(v)) continue;
    char text[40];
    snprintf(text, sizeof(text), "%.17g", v);
    if (strtod(text, NULL) != v) wrong++;
    snprintf(text, sizeof(text), "%a", v);
    if (strtod(text, NULL) != v) wrong++;
  }
  CHECK(wrong == 0);
  finish("strtod: values, ends, rounding, round trip");
}

static void test_strtol(void) {
  char* end;
  CHECK(strtol(" -42x", &end, 10) == -42 && *end == 'x');
  CHECK(strtol("0x1F", &end, 0) == 31 && *end == '\0');
  CHECK(strtol("0x1F", &end, 16) == 31);
  CHECK(strtol("0x", &end, 16) == 0 && *end == 'x');
  CHECK(strtol("017", &end, 0) == 15);
  CHECK(strtol("zz", &end, 36) == 35 * 36 + 35);
  CHECK(strtol("12", &end, 2) == 1 && *end == '2');
  const char* none = "  abc";
  CHECK(strtol(none, &end, 10) == 0 && end == none);
  errno = 0;
  CHECK(strtol("9223372036854775807", NULL, 10) == LONG_MAX && errno == 0);
  CHECK(strtol("-9223372036854775808", NULL, 10) == LONG_MIN && errno == 0);
  CHECK(strtol("9223372036854775808", NULL, 10) == LONG_MAX && errno == ERANGE);
  errno = 0;
  CHECK(strtol("-9223372036854775809", NULL, 10) == LONG_MIN && errno == ERANGE);
  errno = 0;
  CHECK(strtoul("18446744073709551615", NULL, 10) == ULONG_MAX && errno == 0);
  CHECK(strtoul("18446744073709551616", NULL, 10) == ULONG_MAX && errno == ERANGE);
  CHECK(strtoul("-1", NULL, 10) == ULONG_MAX);
  errno = 0;
  CHECK(strtol("1", NULL, 1) == 0 && errno == EINVAL);
  CHECK(atoi("  77 ") == 77 && atol("-5") == -5 && atoi("x") == 0);
  finish("strtol, strtoul, atoi");
}

static void test_memory_functions(void) {
  // Every alignment and length against a plain loop, with guards around.
  static unsigned char a[160], b[160], c[160];
  int wrong = 0;
  for (size_t from = 0; from < 9; from++) {
    for (size_t to = 0; to < 9; to++) {
      for (size_t n = 0; n < 100; n++) {
        for (size_t i = 0; i < sizeof(a); i++) a[i] = (unsigned char)(i * 7 + 1), b[i] = c[i] = 0xee;
        for (size_t i = 0; i < n; i++) c[to + i] = a[from + i];
        memcpy(b + to, a + from, n);
        if (memcmp(b, c, sizeof(b)) != 0) wrong++;
        memmove(a + to + 20, a + from + 20, n);  // overlapping both ways
        for (size_t i = 0; i < n; i++) {
          if (a[to + 20 + i] != (unsigned char)((from + 20 + i) * 7 + 1)) wrong++;
        }
        memset(b + to, (int)n, n);
        for (size_t i = 0; i < sizeof(b); i++) {
          if (b[i] != (i >= to && i < to + n ? (unsigned char)n : 0xee)) wrong++;
        }
      }
    }
  }
  CHECK(wrong == 0);
  for (size_t i = 0; i < 64; i++) {
    memset(a, 5, 128), memset(b, 5, 128);
    a[i] = 4;
    CHECK(memcmp(a, b, 64) < 0 && memcmp(b, a, 64) > 0 && memcmp(a, b, i) == 0);
  }
  CHECK(memcmp("\xff", "\x01", 1) > 0);
  CHECK(memchr("abcabc", 'c', 6) == (void*)0 || *(char*)memchr("abcabc", 'c', 6) == 'c');
  CHECK(memchr("abc", 'd', 3) == NULL && memrchr("abcabc", 'a', 6) != NULL);
  const char* text = "find the needle here";
  CHECK(memmem(text, strlen(text), "needle", 6) == text + 9 && memmem(text, 5, "needle", 6) == NULL);
  CHECK((char*)mempcpy(b, "xyz", 3) == (char*)b + 3);
  finish("memory functions");
}

static void test_strings(void) {
  char buffer[64];
  CHECK(strlen("") == 0 && strlen("abc") == 3 && strnlen("abc", 2) == 2 && strnlen("abc", 9) == 3);
  CHECK(strcmp("a", "b") < 0 && strcmp("b", "a") > 0 && strcmp("a", "a") == 0 && strcmp("a", "ab") < 0);
  CHECK(strcmp("\xff", "a") > 0);
  CHECK(strncmp("abc", "abd", 2) == 0 && strncmp("abc", "abd", 3) < 0 && strncmp("a", "a", 100) == 0);
  CHECK(strcasecmp("HeLLo", "hEllO") == 0 && strncasecmp("ABx", "aby", 2) == 0 && strcasecmp("a", "B") < 0);
  CHECK_TEXT(strcpy(buffer, "hello"), "hello");
  CHECK_TEXT(strcat(buffer, " you"), "hello you");
  CHECK_TEXT(strncat(buffer, "!!!", 1), "hello you!");
  memset(buffer, 'z', sizeof(buffer));
  strncpy(buffer, "ab", 5);
  CHECK(memcmp(buffer, "ab\0\0\0z", 6) == 0);
  CHECK(strlcpy(buffer, "abcdef", 4) == 6 && strcmp(buffer, "abc") == 0);
  CHECK(strlcat(buffer, "xyz", 5) == 6 && strcmp(buffer, "abcx") == 0);
  CHECK(stpcpy(buffer, "abc") == buffer + 3);
  const char* s = "hello world";
  CHECK(strchr(s, 'o') == s + 4 && strrchr(s, 'o') == s + 7 && strchr(s, 'z') == NULL && strchr(s, '\0') == s + 11);
  CHECK(strchrnul(s, 'z') == s + 11);
  CHECK(strstr(s, "wor") == s + 6 && strstr(s, "") == s && strstr(s, "worldx") == NULL &&
        strcasestr(s, "WOR") == s + 6);
  CHECK(strspn(s, "hel") == 4 && strcspn(s, " ") == 5 && strpbrk(s, "wo") == s + 4 && strpbrk(s, "z") == NULL);
  char list[] = ",,a,b,,c,";
  char* save;
  CHECK_TEXT(strtok_r(list, ",", &save), "a");
  CHECK_TEXT(strtok_r(NULL, ",", &save), "b");
  CHECK_TEXT(strtok_r(NULL, ",", &save), "c");
  CHECK(strtok_r(NULL, ",", &save) == NULL);
  char fields[] = "x::y";
  char* at = fields;
  CHECK_TEXT(strsep(&at, ":"), "x");
  CHECK_TEXT(strsep(&at, ":"), "");
  CHECK_TEXT(strsep(&at, ":"), "y");
  CHECK(strsep(&at, ":") == NULL);
  char* copy = strdup("copy");
  CHECK_TEXT(copy, "copy");
  free(copy);
  copy = strndup("copy", 2);
  CHECK_TEXT(copy, "co");
  free(copy);
  CHECK(strverscmp("item1", "item2") < 0 && strverscmp("item9", "item10") < 0 && strverscmp("a01", "a1") < 0);
  CHECK_TEXT(strerror(EINVAL), "Invalid argument");
  CHECK_TEXT(strerror(99999), "Unknown error 99999");
  CHECK_TEXT(strsignal(SIGSEGV), "Segmentation fault");
  char p1[] = "/usr/lib/", p2[] = "/usr/lib/", p3[] = "file", p4[] = "/", p5[] = "/x";
  CHECK_TEXT(dirname(p1), "/usr");
  CHECK_TEXT(basename(p2), "lib");
  CHECK_TEXT(dirname(p3), ".");
  CHECK_TEXT(basename(p4), "/");
  CHECK_TEXT(dirname(p5), "/");
  CHECK(isalpha('a') && !isalpha('1') && isspace('\n') && isxdigit('F') && !isxdigit('g') && ispunct('!') &&
        !isprint(127));
  CHECK(toupper('a') == 'A' && tolower('Z') == 'z' && tolower('1') == '1');
  CHECK(ffs(0) == 0 && ffs(8) == 4 && ffsl(1L << 40) == 41);
  finish("strings, ctype, paths");
}

static int compare_ints(const void* a, const void* b) {
  const int x = *(const int*)a, y = *(const int*)b;
  return (x > y) - (x < y);
}

static void test_sort(void) {
  for (size_t n = 0; n < 300; n = n * 3 / 2 + 1) {
    int list[300];
    long sum = 0;
    for (size_t i = 0; i < n; i++) sum += list[i] = rand() % 100 - 50;
    qsort(list, n, sizeof(int), compare_ints);
    for (size_t i = 0; i < n; i++) sum -= list[i];
    CHECK(sum == 0);
    for (size_t i = 1; i < n; i++) CHECK(list[i - 1] <= list[i]);
    for (int key = -60; key < 60; key++) {
      const int* found = bsearch(&key, list, n, sizeof(int), compare_ints);
      bool there = false;
      for (size_t i = 0; i < n; i++) there |= list[i] == key;
      CHECK((found != NULL) == there && (found == NULL || *found == key));
    }
  }
  char odd[5][3] = {"cc", "aa", "ee", "bb", "dd"};
  qsort(odd, 5, 3, (int (*)(const void*, const void*))strcmp);
  for (int i = 0; i < 5; i++) CHECK(odd[i][0] == 'a' + i);
  finish("qsort, bsearch");
}

static void test_scanf(void) {
  int a = 0, b = 0, n = 0;
  unsigned x = 0;
  long l = 0;
  char word[16] = "", rest[16] = "", c = 0;
  double d = 0;
  float f = 0;
  CHECK(sscanf("12 -7 0x1f", "%d %d %i", &a, &b, &n) == 3 && a == 12 && b == -7 && n == 31);
  CHECK(sscanf("ff 17", "%x %o", &x, &a) == 2 && x == 255 && a == 15);
  CHECK(sscanf("9000000000", "%ld", &l) == 1 && l == 9000000000);
  CHECK(sscanf("3.25 1e2", "%lf %f", &d, &f) == 2 && d == 3.25 && f == 100);
  CHECK(sscanf("key=value;", "%[^=]=%[a-z];", word, rest) == 2 && strcmp(word, "key") == 0 &&
        strcmp(rest, "value") == 0);
  CHECK(sscanf("  hello world", "%s %c", word, &c) == 2 && strcmp(word, "hello") == 0 && c == 'w');
  CHECK(sscanf("12345", "%2d%3d", &a, &b) == 2 && a == 12 && b == 345);
  CHECK(sscanf("a 5", "%*s %d%n", &a, &n) == 1 && a == 5 && n == 3);
  CHECK(sscanf("x", "%d", &a) == 0 && sscanf("", "%d", &a) == EOF && sscanf("5,6", "%d,%d", &a, &b) == 2);
  CHECK(sscanf("5%", "%d%%", &a) == 1 && sscanf("abc", "abd%n", &n) == 0);
  unsigned char small = 0;
  short mid = 0;
  CHECK(sscanf("200 -300", "%hhu %hd", &small, &mid) == 2 && small == 200 && mid == -300);
  char* allocated = NULL;
  CHECK(sscanf("dynamic text", "%ms", &allocated) == 1 && strcmp(allocated, "dynamic") == 0);
  free(allocated);
  unsigned long address = 0;
  char kind = 0, name[64] = "";
  CHECK(sscanf("ffffffff80001234 T sys_fork\n", "%lx %c %63s", &address, &kind, name) == 3);
  CHECK(address == 0xffffffff80001234 && kind == 'T' && strcmp(name, "sys_fork") == 0);
  finish("scanf");
}

static void test_getopt(void) {
  char* argv[] = {"prog", "file1", "-a", "-b", "value", "-cjoined", "--long=5", "file2", "--flag", "--", "-x", NULL};
  static int flag;
  const struct option options[] = {{"long", required_argument, NULL, 'L'},
                                   {"flag", no_argument, &flag, 42},
                                   {"other", optional_argument, NULL, 'O'},
                                   {0}};
  char seen[32] = "";
  int c, index = -1;
  optind = 1;
  while ((c = getopt_long(11, argv, "ab:c:", options, &index)) != -1) {
    char piece[24];
    snprintf(piece, sizeof(piece), "%c%s,", c == 0 ? '0' : c, optarg != NULL ? optarg : "");
    strlcat(seen, piece, sizeof(seen));
  }
  CHECK_TEXT(seen, "a,bvalue,cjoined,L5,0,");
  CHECK(flag == 42 && optind == 8);
  CHECK_TEXT(argv[8], "file1");
  CHECK_TEXT(argv[9], "file2");
  CHECK_TEXT(argv[10], "-x");
  char* cluster[] = {"prog", "-abv", "x", "-q", NULL};
  optind = 0;
  opterr = 0;
  CHECK(getopt(4, cluster, "abv:") == 'a' && getopt(4, cluster, "abv:") == 'b');
  CHECK(getopt(4, cluster, "abv:") == 'v' && strcmp(optarg, "x") == 0);
  CHECK(getopt(4, cluster, "abv:") == '?' && optopt == 'q');
  CHECK(getopt(4, cluster, "abv:") == -1 && optind == 4);
  char* missing[] = {"prog", "-v", NULL};
  optind = 0;
  CHECK(getopt(2, missing, ":v:") == ':' && optopt == 'v');
  char* stop[] = {"prog", "word", "-a", NULL};
  optind = 0;
  CHECK(getopt(3, stop, "+a") == -1 && optind == 1);
  char* shortened[] = {"prog", "--lo", "7", "--nope", "--flag=x", NULL};
  optind = 0;
  CHECK(getopt_long(5, shortened, "", options, NULL) == 'L' && strcmp(optarg, "7") == 0);
  CHECK(getopt_long(5, shortened, "", options, NULL) == '?' && getopt_long(5, shortened, "", options, NULL) == '?');
  opterr = 1;
  optind = 1;
  finish("getopt, getopt_long");
}

static void test_environment(void) {
  CHECK(setenv("SKEP_A", "1", 1) == 0 && strcmp(getenv("SKEP_A"), "1") == 0);
  CHECK(setenv("SKEP_A", "2", 0) == 0 && strcmp(getenv("SKEP_A"), "1") == 0);
  CHECK(setenv("SKEP_A", "3", 1) == 0 && strcmp(getenv("SKEP_A"), "3") == 0);
  char assignment[] = "SKEP_B=x";
  CHECK(putenv(assignment) == 0 && strcmp(getenv("SKEP_B"), "x") == 0);
  CHECK(getenv("SKEP") == NULL && unsetenv("SKEP_A") == 0 && getenv("SKEP_A") == NULL &&
        strcmp(getenv("SKEP_B"), "x") == 0);
  CHECK(setenv("", "x", 1) == -1 && errno == EINVAL && setenv("A=B", "x", 1) == -1);
  for (int i = 0; i < 100; i++) {
    char name[16], value[16];
    snprintf(name, sizeof(name), "SKEP_%d", i);
    snprintf(value, sizeof(value), "%d", i * i);
    CHECK(setenv(name, value, 1) == 0);
  }
  CHECK(strcmp(getenv("SKEP_50"), "2500") == 0 && strcmp(getenv("SKEP_99"), "9801") == 0);
  finish("environment");
}

static void test_time(void) {
  const time_t when = 951782399;  // the second before a leap day's end... 2000-02-28 23:59:59
  struct tm tm;
  char text[128];
  CHECK(gmtime_r(&when, &tm) != NULL && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %a %j %y %p %I", &tm) > 0);
  CHECK_TEXT(text, "2000-02-28 23:59:59 Mon 059 00 PM 11");
  CHECK(mktime(&tm) == when);
  tm.tm_sec++;
  CHECK(mktime(&tm) == when + 1 && tm.tm_mday == 29 && tm.tm_hour == 0);
  tm.tm_mon += 14;
  mktime(&tm);
  CHECK(tm.tm_year == 101 && tm.tm_mon == 3 && tm.tm_mday == 29);
  int wrong = 0;
  for (time_t t = -4000000000; t < 8000000000; t += 86399 * 13) {
    if (gmtime_r(&t, &tm) == NULL || timegm(&tm) != t) wrong++;
  }
  CHECK(wrong == 0);
  const time_t iso[] = {1104451200, 1230940799, 1262304000};  // 2004-12-31, 2009-01-02, 2010-01-01
  const char* const weeks[] = {"2004-W53-5", "2009-W01-5", "2009-W53-5"};
  for (int i = 0; i < 3; i++) {
    gmtime_r(&iso[i], &tm);
    strftime(text, sizeof(text), "%G-W%V-%u", &tm);
    CHECK_TEXT(text, weeks[i]);
  }
  CHECK(strftime(text, 3, "%Y", &tm) == 0);
  struct timespec start, end;
  CHECK(clock_gettime(CLOCK_MONOTONIC, &start) == 0 && usleep(20000) == 0 && clock_gettime(CLOCK_MONOTONIC, &end) == 0);
  const long elapsed = (end.tv_sec - start.tv_sec) * 1000000 + (end.tv_nsec - start.tv_nsec) / 1000;
  CHECK(elapsed >= 20000);
  struct timespec bad = {0, 2000000000};
  CHECK(nanosleep(&bad, NULL) == -1 && errno == EINVAL && clock_gettime(12345, &start) == -1 && errno == EINVAL);
  finish("time");
}

static void test_math(void) {
  CHECK(floor(-1.5) == -2 && ceil(-1.5) == -1 && trunc(-1.5) == -1 && round(2.5) == 3 && rint(2.5) == 2 &&
        fabs(-3.0) == 3);
  CHECK(floor(1e300) == 1e300 && ceil(0.1) == 1 && round(-0.5) == -1 && round(0.49999999999999994) == 0);
  CHECK(sqrt(2.0) == 1.4142135623730951 && fmod(7.5, 2) == 1.5 && fmod(-7.5, 2) == -1.5 && fmod(1e300, 3) == 0);
  CHECK(log2(8) == 3 && log2(0x1p-1074) == -1074 && log10(1000) == 3 && log(1) == 0 && exp(0) == 1);
  CHECK(fabs(log(10) - M_LN10) < 1e-15 && fabs(exp(1) - M_E) < 1e-15 && fabs(exp2(0.5) - M_SQRT2) < 1e-15);
  CHECK(pow(2, 10) == 1024 && pow(2, -1) == 0.5 && pow(10, 22) == 1e22 && pow(-2, 3) == -8 && pow(0, 0) == 1);
  CHECK(isnan(pow(-1, 0.5)) && pow(0, -1) == INFINITY && exp(1000) == INFINITY && exp(-1000) == 0 &&
        log(0) == -INFINITY);
  int e;
  CHECK(frexp(12, &e) == 0.75 && e == 4 && ldexp(0.75, 4) == 12 && ldexp(1, -1074) == 5e-324 &&
        ldexp(1, 2000) == INFINITY);
  double whole;
  CHECK(modf(-3.25, &whole) == -0.25 && whole == -3);
  finish("math");
}

int main(void) {
  test_printf_integers();
  test_printf_doubles();
  test_strtod();
  test_strtol();
  test_memory_functions();
  test_strings();
  test_sort();
  test_scanf();
  test_getopt();
  test_environment();
  test_time();
  test_math();
  return finish_all();
}
