// The environment. `environ` is the kernel's array at first and our own copy from the first change on; strings made by
// setenv are never freed, because programs keep what getenv gave them.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace {

char** owned;  // the array we allocated, if environ is ours
size_t owned_capacity;

size_t find(const char* name, size_t length) {
  size_t i = 0;
  for (; environ != nullptr && environ[i] != nullptr; i++) {
    if (strncmp(environ[i], name, length) == 0 && environ[i][length] == '=') break;
  }
  return i;
}

// Puts the assignment in the place of `name`'s old one, or at the end.
int store(char* assignment, size_t name_length) {
  const size_t i = find(assignment, name_length);
  if (environ != nullptr && environ[i] != nullptr) {
    environ[i] = assignment;
    return 0;
  }
  if (environ != owned || i + 2 > owned_capacity) {
    const size_t capacity = i + 16;
    auto** grown = static_cast<char**>(malloc(capacity * sizeof(char*)));
    if (grown == nullptr) return -1;
    for (size_t k = 0; k < i; k++) grown[k] = environ[k];
    free(owned);
    owned = environ = grown;
    owned_capacity = capacity;
  }
  environ[i] = assignment;
  environ[i + 1] = nullptr;
  return 0;
}

bool valid_name(const char* name) {
  if (name != nullptr && *name != '\0' && strchr(name, '=') == nullptr) return true;
  errno = EINVAL;
  return false;
}

}  // namespace

extern "C" {

char* getenv(const char* name) {
  const size_t length = strlen(name);
  if (length == 0 || environ == nullptr) return nullptr;
  char* entry = environ[find(name, length)];
  return entry != nullptr ? entry + length + 1 : nullptr;
}
char* secure_getenv(const char* name) {
  return getuid() == geteuid() && getgid() == getegid() ? getenv(name) : nullptr;
}

int setenv(const char* name, const char* value, int overwrite) {
  if (!valid_name(name)) return -1;
  if (!overwrite && getenv(name) != nullptr) return 0;
  const size_t name_length = strlen(name), value_length = strlen(value);
  auto* assignment = static_cast<char*>(malloc(name_length + value_length + 2));
  if (assignment == nullptr) return -1;
  memcpy(assignment, name, name_length);
  assignment[name_length] = '=';
  memcpy(assignment + name_length + 1, value, value_length + 1);
  return store(assignment, name_length);
}

int unsetenv(const char* name) {
  if (!valid_name(name)) return -1;
  const size_t length = strlen(name);
  while (environ != nullptr) {
    size_t i = find(name, length);
    if (environ[i] == nullptr) break;
    for (; environ[i] != nullptr; i++) environ[i] = environ[i + 1];
  }
  return 0;
}

int putenv(char* assignment) {
  const char* equals = strchr(assignment, '=');
  if (equals == nullptr) return unsetenv(assignment);
  return store(assignment, static_cast<size_t>(equals - assignment));
}

int clearenv() {
  environ = nullptr;
  return 0;
}
}
