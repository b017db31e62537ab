// Measuring, comparing and copying strings.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

extern "C" {

size_t strlen(const char* s) {
  const char* p = s;
  while (*p != '\0') p++;
  return static_cast<size_t>(p - s);
}

size_t strnlen(const char* s, size_t max) {
  size_t n = 0;
  while (n < max && s[n] != '\0') n++;
  return n;
}

int strcmp(const char* a, const char* b) {
  for (; *a == *b && *a != '\0'; a++, b++) {
  }
  return static_cast<unsigned char>(*a) - static_cast<unsigned char>(*b);
}

int strncmp(const char* a, const char* b, size_t n) {
  for (; n > 0; n--, a++, b++) {
    if (*a != *b) return static_cast<unsigned char>(*a) - static_cast<unsigned char>(*b);
    if (*a == '\0') break;
  }
  return 0;
}

int strcasecmp(const char* a, const char* b) { return strncasecmp(a, b, ~0UL); }

int strncasecmp(const char* a, const char* b, size_t n) {
  for (; n > 0; n--, a++, b++) {
    const int x = tolower(static_cast<unsigned char>(*a));
    const int y = tolower(static_cast<unsigned char>(*b));
    if (x != y) return x - y;
    if (x == 0) break;
  }
  return 0;
}

int strcoll(const char* a, const char* b) { return strcmp(a, b); }

size_t strxfrm(char* __restrict dst, const char* __restrict src, size_t n) { return strlcpy(dst, src, n); }

// Runs of digits compare by value, with runs that begin with 0 before all others (as fractions, longest first).
int strverscmp(const char* a, const char* b) {
  size_t i = 0;
  size_t run = 0;  // where the run of digits around i begins
  bool zeros = true;
  for (; a[i] == b[i]; i++) {
    if (a[i] == '\0') return 0;
    if (!isdigit(static_cast<unsigned char>(a[i]))) {
      run = i + 1;
      zeros = true;
    } else if (a[i] != '0') {
      zeros = false;
    }
  }
  const auto digit = [](char c) { return isdigit(static_cast<unsigned char>(c)) != 0; };
  if (run < i && a[run] == '0' && zeros) {
    // Equal so far and all zeros: a fraction that goes on is the smaller one.
    if (digit(a[i]) != digit(b[i])) return digit(a[i]) ? -1 : 1;
  } else if (digit(a[i]) && digit(b[i]) && !(run < i && a[run] == '0') && !(run == i && (a[i] == '0' || b[i] == '0'))) {
    size_t x = i, y = i;
    while (digit(a[x])) x++;
    while (digit(b[y])) y++;
    if (x != y) return x < y ? -1 : 1;
  } else if (run < i && a[run] != '0' && digit(a[i]) != digit(b[i])) {
    return digit(a[i]) ? 1 : -1;
  }
  return static_cast<unsigned char>(a[i]) - static_cast<unsigned char>(b[i]);
}

char* stpcpy(char* __restrict dst, const char* __restrict src) {
  while ((*dst = *src) != '\0') dst++, src++;
  return dst;
}
char* strcpy(char* __restrict dst, const char* __restrict src) {
  stpcpy(dst, src);
  return dst;
}
char* stpncpy(char* __restrict dst, const char* __restrict src, size_t n) {
  const size_t length = strnlen(src, n);
  memcpy(dst, src, length);
  memset(dst + length, 0, n - length);
  return dst + length;
}
char* strncpy(char* __restrict dst, const char* __restrict src, size_t n) {
  stpncpy(dst, src, n);
  return dst;
}
char* strcat(char* __restrict dst, const char* __restrict src) {
  stpcpy(dst + strlen(dst), src);
  return dst;
}
char* strncat(char* __restrict dst, const char* __restrict src, size_t n) {
  char* end = dst + strlen(dst);
  const size_t length = strnlen(src, n);
  memcpy(end, src, length);
  end[length] = '\0';
  return dst;
}
size_t strlcpy(char* __restrict dst, const char* __restrict src, size_t size) {
  const size_t length = strlen(src);
  if (size > 0) {
    const size_t n = length < size ? length : size - 1;
    memcpy(dst, src, n);
    dst[n] = '\0';
  }
  return length;
}
size_t strlcat(char* __restrict dst, const char* __restrict src, size_t size) {
  const size_t used = strnlen(dst, size);
  if (used == size) return size + strlen(src);
  return used + strlcpy(dst + used, src, size - used);
}

char* strndup(const char* s, size_t n) {
  const size_t length = strnlen(s, n);
  auto* copy = static_cast<char*>(malloc(length + 1));
  if (copy == nullptr) return nullptr;
  memcpy(copy, s, length);
  copy[length] = '\0';
  return copy;
}
char* strdup(const char* s) { return strndup(s, ~0UL); }
}
