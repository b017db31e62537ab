// Shell patterns: *, ?, [set], backslash.
#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

namespace {

struct NamedClass {
  const char* name;
  int (*contains)(int);
};
const NamedClass kClasses[] = {{"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
                               {"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
                               {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit}};

bool in_named_class(const char* name, size_t n, unsigned char c) {
  for (const NamedClass& named : kClasses) {
    if (strlen(named.name) == n && strncmp(named.name, name, n) == 0) return named.contains(c) != 0;
  }
  return false;
}

// p stands behind '['. Returns what is behind the closing ']', null when there is none (then '[' is itself).
const char* match_set(const char* p, unsigned char c, bool* matched) {
  const bool negated = *p == '!' || *p == '^';
  if (negated) p++;
  bool found = false;
  for (bool first = true; *p != ']' || first; first = false) {
    if (*p == '\0') return nullptr;
    if (p[0] == '[' && p[1] == ':') {
      const char* end = strstr(p + 2, ":]");
      if (end != nullptr) {
        found |= in_named_class(p + 2, static_cast<size_t>(end - p - 2), c);
        p = end + 2;
        continue;
      }
    }
    if (*p == '\\' && p[1] != '\0') p++;
    const auto low = static_cast<unsigned char>(*p++);
    auto high = low;
    if (*p == '-' && p[1] != ']' && p[1] != '\0') {
      p++;
      if (*p == '\\' && p[1] != '\0') p++;
      high = static_cast<unsigned char>(*p++);
    }
    found |= low <= c && c <= high;
  }
  *matched = found != negated;
  return p + 1;
}

// Goes back to the last '*' only: an earlier one can match nothing that the last one could not.
bool match(const char* pattern, const char* s, int flags) {
  const char* const start = s;
  const char* star = nullptr;
  const char* star_s = nullptr;
  const bool pathname = (flags & FNM_PATHNAME) != 0;
  const auto hidden = [&](const char* at) {
    return (flags & FNM_PERIOD) != 0 && *at == '.' && (at == start || (pathname && at[-1] == '/'));
  };
  for (;;) {
    bool ok = false;
    const char* next = pattern;
    if (*pattern == '*') {
      if (hidden(s)) return false;
      star = ++pattern;
      star_s = s;
      continue;
    }
    if (*s == '\0') {
      if (*pattern == '\0') return true;
    } else if (*pattern == '?') {
      ok = !(pathname && *s == '/') && !hidden(s);
      next = pattern + 1;
    } else if (*pattern == '[') {
      const char* behind = match_set(pattern + 1, static_cast<unsigned char>(*s), &ok);
      if (behind == nullptr) {
        ok = *s == '[';
        behind = pattern + 1;
      } else if ((pathname && *s == '/') || hidden(s)) {
        ok = false;
      }
      next = behind;
    } else if (*pattern != '\0') {
      const char* literal = pattern;
      if (*literal == '\\' && (flags & FNM_NOESCAPE) == 0 && literal[1] != '\0') literal++;
      ok = *literal == *s;
      next = literal + 1;
    }
    if (ok) {
      pattern = next;
      s++;
      continue;
    }
    // Let the last star take one character more.
    if (star == nullptr || *star_s == '\0' || (pathname && *star_s == '/')) return false;
    pattern = star;
    s = ++star_s;
  }
}

}  // namespace

extern "C" int fnmatch(const char* pattern, const char* s, int flags) {
  return match(pattern, s, flags) ? 0 : FNM_NOMATCH;
}
