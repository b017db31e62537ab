// Searching and splitting strings.
#include <ctype.h>
#include <string.h>

namespace {

// A set of bytes, for the functions that take a list of characters.
class ByteSet {
 public:
  explicit ByteSet(const char* members) {
    for (; *members != '\0'; members++) {
      const auto c = static_cast<unsigned char>(*members);
      bits_[c / 64] |= 1UL << (c % 64);
    }
  }
  bool contains(char c) const {
    const auto u = static_cast<unsigned char>(c);
    return (bits_[u / 64] >> (u % 64)) & 1;
  }

 private:
  unsigned long bits_[4] = {};
};

}  // namespace

extern "C" {

char* strchrnul(const char* s, int c) {
  while (*s != '\0' && *s != static_cast<char>(c)) s++;
  return const_cast<char*>(s);
}
char* strchr(const char* s, int c) {
  char* p = strchrnul(s, c);
  return *p == static_cast<char>(c) ? p : nullptr;
}
char* strrchr(const char* s, int c) { return static_cast<char*>(const_cast<void*>(memrchr(s, c, strlen(s) + 1))); }
char* index(const char* s, int c) { return const_cast<char*>(strchr(s, c)); }
char* rindex(const char* s, int c) { return const_cast<char*>(strrchr(s, c)); }

char* strstr(const char* haystack, const char* needle) {
  const size_t n = strlen(needle);
  if (n == 0) return const_cast<char*>(haystack);
  for (; (haystack = strchr(haystack, needle[0])) != nullptr; haystack++) {
    if (strncmp(haystack, needle, n) == 0) return const_cast<char*>(haystack);
  }
  return nullptr;
}

char* strcasestr(const char* haystack, const char* needle) {
  const size_t n = strlen(needle);
  for (;; haystack++) {
    if (strncasecmp(haystack, needle, n) == 0) return const_cast<char*>(haystack);
    if (*haystack == '\0') return nullptr;
  }
}

size_t strspn(const char* s, const char* accept) {
  const ByteSet set(accept);
  size_t n = 0;
  while (s[n] != '\0' && set.contains(s[n])) n++;
  return n;
}

size_t strcspn(const char* s, const char* reject) {
  const ByteSet set(reject);
  size_t n = 0;
  while (s[n] != '\0' && !set.contains(s[n])) n++;
  return n;
}

char* strpbrk(const char* s, const char* accept) {
  s += strcspn(s, accept);
  return *s != '\0' ? const_cast<char*>(s) : nullptr;
}

char* strtok_r(char* __restrict s, const char* __restrict delim, char** __restrict save) {
  if (s == nullptr) s = *save;
  if (s == nullptr) return nullptr;
  s += strspn(s, delim);
  if (*s == '\0') {
    *save = nullptr;
    return nullptr;
  }
  char* end = s + strcspn(s, delim);
  if (*end == '\0') {
    *save = nullptr;
  } else {
    *end = '\0';
    *save = end + 1;
  }
  return s;
}

char* strtok(char* __restrict s, const char* __restrict delim) {
  static char* save;
  return strtok_r(s, delim, &save);
}

char* strsep(char** s, const char* delim) {
  char* start = *s;
  if (start == nullptr) return nullptr;
  char* end = start + strcspn(start, delim);
  if (*end == '\0') {
    *s = nullptr;
  } else {
    *end = '\0';
    *s = end + 1;
  }
  return start;
}

char* basename(const char* path) {
  const char* slash = strrchr(path, '/');
  return const_cast<char*>(slash != nullptr ? slash + 1 : path);
}

// POSIX's forms, which may change their argument.
char* __xpg_basename(char* path) {
  static char dot[] = ".";
  if (path == nullptr || *path == '\0') return dot;
  char* end = path + strlen(path);
  while (end > path + 1 && end[-1] == '/') *--end = '\0';
  char* slash = strrchr(path, '/');
  return slash != nullptr && slash[1] != '\0' ? slash + 1 : path;
}

char* dirname(char* path) {
  static char dot[] = ".";
  if (path == nullptr || *path == '\0') return dot;
  char* end = path + strlen(path);
  while (end > path + 1 && end[-1] == '/') *--end = '\0';
  char* slash = strrchr(path, '/');
  if (slash == nullptr) return dot;
  while (slash > path && slash[-1] == '/') slash--;
  slash[slash == path ? 1 : 0] = '\0';
  return path;
}
}
