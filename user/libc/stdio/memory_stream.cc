// Streams over memory: open_memstream grows a buffer of the caller's, fmemopen works in one of fixed size.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "../internal/file.h"

namespace {

using namespace libc;

struct GrowingBuffer {
  char** buffer;  // the caller's variables, kept up to date at each flush
  size_t* size;
  char* data;
  size_t used;
  size_t capacity;
  size_t at;
};

ssize_t growing_write(FILE* f, const void* p, size_t n) {
  auto* m = static_cast<GrowingBuffer*>(f->cookie);
  if (m->at + n + 1 > m->capacity) {
    const size_t wanted = m->at + n + 1 > 2 * m->capacity ? m->at + n + 1 : 2 * m->capacity;
    auto* grown = static_cast<char*>(realloc(m->data, wanted));
    if (grown == nullptr) return -1;
    m->data = grown;
    m->capacity = wanted;
  }
  if (m->at > m->used) memset(m->data + m->used, 0, m->at - m->used);
  memcpy(m->data + m->at, p, n);
  m->at += n;
  if (m->at > m->used) m->used = m->at;
  m->data[m->used] = '\0';
  *m->buffer = m->data;
  *m->size = m->used;
  return static_cast<ssize_t>(n);
}

// Moves `at` within [0, limit]; -1 with EINVAL outside.
off_t seek_in(size_t* at, size_t end, size_t limit, off_t offset, int whence) {
  const off_t base = whence == SEEK_SET ? 0 : static_cast<off_t>(whence == SEEK_CUR ? *at : end);
  if (base + offset < 0 || base + offset > static_cast<off_t>(limit)) {
    errno = EINVAL;
    return -1;
  }
  *at = static_cast<size_t>(base + offset);
  return base + offset;
}

off_t growing_seek(FILE* f, off_t offset, int whence) {
  auto* m = static_cast<GrowingBuffer*>(f->cookie);
  return seek_in(&m->at, m->used, 1UL << 40, offset, whence);
}
int growing_close(FILE* f) {
  free(f->cookie);
  return 0;
}
const StreamOps kGrowingOps = {nullptr, growing_write, growing_seek, growing_close};

struct FixedBuffer {
  char* data;
  size_t size;  // room
  size_t end;   // of what can be read
  size_t at;
  bool owned;
};

ssize_t fixed_read(FILE* f, void* p, size_t n) {
  auto* m = static_cast<FixedBuffer*>(f->cookie);
  const size_t have = m->at < m->end ? m->end - m->at : 0;
  const size_t take = n < have ? n : have;
  memcpy(p, m->data + m->at, take);
  m->at += take;
  return static_cast<ssize_t>(take);
}
ssize_t fixed_write(FILE* f, const void* p, size_t n) {
  auto* m = static_cast<FixedBuffer*>(f->cookie);
  if (f->append) m->at = m->end;
  const size_t room = m->size - m->at;
  if (room == 0 && n > 0) {
    errno = ENOSPC;
    return -1;
  }
  const size_t take = n < room ? n : room;
  memcpy(m->data + m->at, p, take);
  m->at += take;
  if (m->at > m->end) {
    m->end = m->at;
    if (m->end < m->size) m->data[m->end] = '\0';
  }
  return static_cast<ssize_t>(take);
}
off_t fixed_seek(FILE* f, off_t offset, int whence) {
  auto* m = static_cast<FixedBuffer*>(f->cookie);
  return seek_in(&m->at, m->end, m->size, offset, whence);
}
int fixed_close(FILE* f) {
  auto* m = static_cast<FixedBuffer*>(f->cookie);
  if (m->owned) free(m->data);
  free(m);
  return 0;
}
const StreamOps kFixedOps = {fixed_read, fixed_write, fixed_seek, fixed_close};

}  // namespace

extern "C" {

FILE* open_memstream(char** buffer, size_t* size) {
  auto* m = static_cast<GrowingBuffer*>(calloc(1, sizeof(GrowingBuffer)));
  if (m == nullptr) return nullptr;
  m->data = static_cast<char*>(calloc(1, 1));
  FILE* f = m->data != nullptr ? new_stream(&kGrowingOps, m, -1, false, true) : nullptr;
  if (f == nullptr) {
    free(m->data);
    free(m);
    return nullptr;
  }
  f->buffering = Buffering::kFull;
  m->capacity = 1;
  m->buffer = buffer;
  m->size = size;
  *buffer = m->data;
  *size = 0;
  return f;
}

FILE* fmemopen(void* __restrict buffer, size_t size, const char* __restrict mode) {
  const int flags = mode_flags(mode);
  if (flags < 0) return nullptr;
  auto* m = static_cast<FixedBuffer*>(calloc(1, sizeof(FixedBuffer)));
  if (m == nullptr) return nullptr;
  m->owned = buffer == nullptr;
  m->data = static_cast<char*>(buffer != nullptr ? buffer : calloc(1, size > 0 ? size : 1));
  m->size = size;
  const int access = flags & O_ACCMODE;
  FILE* f = m->data != nullptr ? new_stream(&kFixedOps, m, -1, access != O_WRONLY, access != O_RDONLY) : nullptr;
  if (f == nullptr) {
    if (m->owned) free(m->data);
    free(m);
    return nullptr;
  }
  f->buffering = Buffering::kFull;
  f->append = (flags & O_APPEND) != 0;
  if (f->append) {
    m->end = m->at = strnlen(m->data, size);
  } else if ((flags & O_TRUNC) == 0) {
    m->end = size;
  } else if (size > 0) {
    m->data[0] = '\0';
  }
  return f;
}
}
