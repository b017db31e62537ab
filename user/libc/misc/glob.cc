// Paths that match a pattern, one component after the other.
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

namespace {

struct Search {
  glob_t* out;
  int flags;
  int (*on_error)(const char*, int);
  size_t capacity;
  int status;
};

bool has_wildcard(const char* s, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (s[i] == '*' || s[i] == '?' || s[i] == '[') return true;
    if (s[i] == '\\') i++;
  }
  return false;
}

bool add(Search& search, const char* path, bool mark) {
  glob_t* g = search.out;
  const size_t slots = g->gl_offs + g->gl_pathc + 2;
  if (slots > search.capacity) {
    const size_t capacity = slots < 32 ? 32 : 2 * slots;
    auto** grown = static_cast<char**>(reallocarray(g->gl_pathv, capacity, sizeof(char*)));
    if (grown == nullptr) return false;
    g->gl_pathv = grown;
    search.capacity = capacity;
  }
  const size_t n = strlen(path);
  auto* copy = static_cast<char*>(malloc(n + 2));
  if (copy == nullptr) return false;
  memcpy(copy, path, n + 1);
  if (mark) strcpy(copy + n, "/");
  g->gl_pathv[g->gl_offs + g->gl_pathc++] = copy;
  g->gl_pathv[g->gl_offs + g->gl_pathc] = nullptr;
  return true;
}

// Matches `rest` of the pattern below `path` (PATH_MAX bytes, `length` used). False: search.status says why.
bool walk(Search& search, char* path, size_t length, const char* rest) {
  while (*rest == '/') {
    if (length + 1 >= PATH_MAX) return true;
    path[length++] = '/';
    rest++;
  }
  path[length] = '\0';
  if (*rest == '\0') {
    struct stat st;
    if (lstat(path, &st) != 0) return true;
    const bool mark = (search.flags & GLOB_MARK) != 0 && S_ISDIR(st.st_mode) && path[length - 1] != '/';
    if (add(search, path, mark)) return true;
    search.status = GLOB_NOSPACE;
    return false;
  }
  const char* end = strchrnul(rest, '/');
  const auto n = static_cast<size_t>(end - rest);
  if (n >= NAME_MAX + 1 || length + n + 1 >= PATH_MAX) return true;
  if (!has_wildcard(rest, n)) {
    size_t at = length;
    for (size_t i = 0; i < n; i++) {
      if (rest[i] == '\\' && i + 1 < n) i++;
      path[at++] = rest[i];
    }
    return walk(search, path, at, end);
  }
  char component[NAME_MAX + 1];
  memcpy(component, rest, n);
  component[n] = '\0';
  DIR* dir = opendir(length == 0 ? "." : path);
  if (dir == nullptr) {
    const bool stop = search.on_error != nullptr && search.on_error(path, errno) != 0;
    if (!stop && (search.flags & GLOB_ERR) == 0) return true;
    search.status = GLOB_ABORTED;
    return false;
  }
  bool going = true;
  while (going) {
    const dirent* entry = readdir(dir);
    if (entry == nullptr) break;
    if (fnmatch(component, entry->d_name, FNM_PERIOD) != 0) continue;
    const size_t name_length = strlen(entry->d_name);
    if (length + name_length + 1 >= PATH_MAX) continue;
    memcpy(path + length, entry->d_name, name_length);
    going = walk(search, path, length + name_length, end);
  }
  closedir(dir);
  return going;
}

int compare_paths(const void* a, const void* b) {
  return strcmp(*static_cast<char* const*>(a), *static_cast<char* const*>(b));
}

}  // namespace

extern "C" {

int glob(const char* __restrict pattern, int flags, int (*on_error)(const char*, int), glob_t* __restrict out) {
  if ((flags & GLOB_APPEND) == 0) {
    const size_t offs = (flags & GLOB_DOOFFS) != 0 ? out->gl_offs : 0;
    *out = {};
    out->gl_offs = offs;
  }
  const size_t before = out->gl_pathc;
  const size_t capacity = out->gl_pathv != nullptr ? out->gl_offs + out->gl_pathc + 1 : 0;
  Search search = {out, flags, on_error, capacity, 0};
  char path[PATH_MAX];
  if (!walk(search, path, 0, pattern)) return search.status;
  if (out->gl_pathc == before) {
    if ((flags & GLOB_NOCHECK) == 0) return GLOB_NOMATCH;
    if (!add(search, pattern, false)) return GLOB_NOSPACE;
  } else if ((flags & GLOB_NOSORT) == 0) {
    qsort(out->gl_pathv + out->gl_offs + before, out->gl_pathc - before, sizeof(char*), compare_paths);
  }
  for (size_t i = 0; i < out->gl_offs; i++) out->gl_pathv[i] = nullptr;
  return 0;
}

void globfree(glob_t* g) {
  for (size_t i = 0; i < g->gl_pathc; i++) free(g->gl_pathv[g->gl_offs + i]);
  free(g->gl_pathv);
  *g = {};
}
}
