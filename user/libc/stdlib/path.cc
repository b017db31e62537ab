// realpath and temporary files.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace {

// Fills the template's six X; false (EINVAL) when they are missing.
bool fill_template(char* path_template) {
  const size_t n = strlen(path_template);
  if (n < 6 || strcmp(path_template + n - 6, "XXXXXX") != 0) {
    errno = EINVAL;
    return false;
  }
  return true;
}

void randomize(char* six) {
  static const char kLetters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  static uint64_t counter;
  uint64_t r;
  if (getrandom(&r, sizeof(r), 0) != static_cast<ssize_t>(sizeof(r))) {
    timespec now = {};
    clock_gettime(CLOCK_MONOTONIC, &now);
    r = (static_cast<uint64_t>(now.tv_nsec) << 20) ^ (static_cast<uint64_t>(getpid()) << 40) ^ ++counter;
  }
  for (int i = 0; i < 6; i++, r /= 62) six[i] = kLetters[r % 62];
}

constexpr int kTempAttempts = 100;

// Appends a component; false with ENAMETOOLONG.
bool append(char* path, const char* name, size_t n) {
  size_t length = strlen(path);
  if (length + n + 2 > PATH_MAX) {
    errno = ENAMETOOLONG;
    return false;
  }
  if (length > 1) path[length++] = '/';
  memcpy(path + length, name, n);
  path[length + n] = '\0';
  return true;
}

// Resolves `rest` (which is changed) below `path`, following links.
bool resolve(char* path, char* rest, int links_left) {
  for (char* at = rest; *at != '\0';) {
    char* end = strchrnul(at, '/');
    const auto n = static_cast<size_t>(end - at);
    const bool more = *end != '\0';
    if (n == 2 && at[0] == '.' && at[1] == '.') {
      char* slash = strrchr(path, '/');
      slash[slash == path ? 1 : 0] = '\0';
    } else if (n > 0 && !(n == 1 && at[0] == '.')) {
      const size_t parent_length = strlen(path);
      if (!append(path, at, n)) return false;
      struct stat st;
      if (lstat(path, &st) != 0) return false;
      if (S_ISLNK(st.st_mode)) {
        if (links_left-- == 0) {
          errno = ELOOP;
          return false;
        }
        char target[PATH_MAX];
        const ssize_t length = readlink(path, target, sizeof(target) - 1);
        if (length < 0) return false;
        target[length] = '\0';
        path[parent_length] = '\0';
        if (target[0] == '/') strcpy(path, "/");
        if (!resolve(path, target, links_left)) return false;
      } else if (more && !S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        return false;
      }
    }
    at = more ? end + 1 : end;
  }
  return true;
}

}  // namespace

extern "C" {

int mkstemp(char* path_template) {
  if (!fill_template(path_template)) return -1;
  for (int i = 0; i < kTempAttempts; i++) {
    randomize(path_template + strlen(path_template) - 6);
    const int fd = open(path_template, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

char* mkdtemp(char* path_template) {
  if (!fill_template(path_template)) return nullptr;
  for (int i = 0; i < kTempAttempts; i++) {
    randomize(path_template + strlen(path_template) - 6);
    if (mkdir(path_template, 0700) == 0) return path_template;
    if (errno != EEXIST) return nullptr;
  }
  return nullptr;
}

char* realpath(const char* __restrict path, char* __restrict resolved) {
  if (path == nullptr || *path == '\0') {
    errno = path == nullptr ? EINVAL : ENOENT;
    return nullptr;
  }
  if (strlen(path) >= PATH_MAX) {
    errno = ENAMETOOLONG;
    return nullptr;
  }
  char rest[PATH_MAX], result[PATH_MAX] = "/";
  strcpy(rest, path);
  if (path[0] != '/' && getcwd(result, sizeof(result)) == nullptr) return nullptr;
  if (!resolve(result, rest, SYMLOOP_MAX)) return nullptr;
  if (resolved == nullptr) return strdup(result);
  return strcpy(resolved, result);
}

int getsubopt(char** option, char* const* tokens, char** value) {
  char* start = *option;
  char* end = strchrnul(start, ',');
  *option = *end == ',' ? end + 1 : end;
  *end = '\0';
  char* equals = strchr(start, '=');
  *value = equals != nullptr ? equals + 1 : nullptr;
  const size_t n = equals != nullptr ? static_cast<size_t>(equals - start) : strlen(start);
  for (int i = 0; tokens[i] != nullptr; i++) {
    if (strncmp(tokens[i], start, n) == 0 && tokens[i][n] == '\0') return i;
  }
  *value = start;
  return -1;
}
}
