// Reading directories.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../internal/syscall.h"

struct _DIR {
  int fd;
  size_t pos;
  size_t end;
  alignas(8) char buffer[4096];
};

extern "C" {

DIR* fdopendir(int fd) {
  auto* dir = static_cast<DIR*>(malloc(sizeof(DIR)));
  if (dir == nullptr) return nullptr;
  dir->fd = fd;
  dir->pos = dir->end = 0;
  return dir;
}

DIR* opendir(const char* path) {
  const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  DIR* dir = fdopendir(fd);
  if (dir == nullptr) close(fd);
  return dir;
}

dirent* readdir(DIR* dir) {
  if (dir->pos >= dir->end) {
    const long n = libc::call(__NR_getdents64, dir->fd, dir->buffer, sizeof(dir->buffer));
    if (n <= 0) return nullptr;
    dir->pos = 0;
    dir->end = static_cast<size_t>(n);
  }
  auto* entry = reinterpret_cast<dirent*>(dir->buffer + dir->pos);
  dir->pos += entry->d_reclen;
  return entry;
}

int closedir(DIR* dir) {
  const int fd = dir->fd;
  free(dir);
  return close(fd);
}

void rewinddir(DIR* dir) {
  lseek(dir->fd, 0, SEEK_SET);
  dir->pos = dir->end = 0;
}

int dirfd(DIR* dir) { return dir->fd; }

int alphasort(const dirent** a, const dirent** b) { return strcmp((*a)->d_name, (*b)->d_name); }

int scandir(const char* path, dirent*** out, int (*filter)(const dirent*),
            int (*compare)(const dirent**, const dirent**)) {
  DIR* dir = opendir(path);
  if (dir == nullptr) return -1;
  dirent** list = nullptr;
  size_t count = 0, capacity = 0;
  bool failed = false;
  while (dirent* entry = readdir(dir)) {
    if (filter != nullptr && !filter(entry)) continue;
    if (count == capacity) {
      capacity = capacity == 0 ? 32 : 2 * capacity;
      auto** grown = static_cast<dirent**>(reallocarray(list, capacity, sizeof(dirent*)));
      if (grown == nullptr) {
        failed = true;
        break;
      }
      list = grown;
    }
    auto* copy = static_cast<dirent*>(malloc(entry->d_reclen));
    if (copy == nullptr) {
      failed = true;
      break;
    }
    memcpy(copy, entry, entry->d_reclen);
    list[count++] = copy;
  }
  closedir(dir);
  if (failed) {
    while (count > 0) free(list[--count]);
    free(list);
    errno = ENOMEM;
    return -1;
  }
  if (compare != nullptr && count > 1) {
    qsort(list, count, sizeof(dirent*), reinterpret_cast<int (*)(const void*, const void*)>(compare));
  }
  *out = list;
  return static_cast<int>(count);
}
}
