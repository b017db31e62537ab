// Opening and closing streams, the three standard ones, and the list of all.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../internal/file.h"
#include "../internal/process.h"

namespace libc {
namespace {

ssize_t fd_read(FILE* f, void* p, size_t n) { return read(f->fd, p, n); }
ssize_t fd_write(FILE* f, const void* p, size_t n) { return write(f->fd, p, n); }
off_t fd_seek(FILE* f, off_t offset, int whence) { return lseek(f->fd, offset, whence); }
int fd_close(FILE* f) { return close(f->fd); }

}  // namespace

const StreamOps kFdOps = {fd_read, fd_write, fd_seek, fd_close};

namespace {

constexpr FILE standard_stream(int fd, bool readable, Buffering buffering, FILE* next, FILE* prev) {
  FILE f{};
  f.ops = &kFdOps;
  f.fd = fd;
  f.readable = readable;
  f.writable = !readable;
  f.buffering = buffering;
  f.next = next;
  f.prev = prev;
  return f;
}

extern FILE standard[3];
constinit FILE standard[3] = {
    standard_stream(0, true, Buffering::kUndecided, &standard[1], nullptr),
    standard_stream(1, false, Buffering::kUndecided, &standard[2], &standard[0]),
    standard_stream(2, false, Buffering::kNone, nullptr, &standard[1]),
};
constinit FILE* all_streams = &standard[0];

}  // namespace

void link_stream(FILE* f) {
  f->prev = nullptr;
  f->next = all_streams;
  if (all_streams != nullptr) all_streams->prev = f;
  all_streams = f;
}
void unlink_stream(FILE* f) {
  if (f->prev != nullptr) {
    f->prev->next = f->next;
  } else {
    all_streams = f->next;
  }
  if (f->next != nullptr) f->next->prev = f->prev;
}

FILE* new_stream(const StreamOps* ops, void* cookie, int fd, bool readable, bool writable) {
  auto* f = static_cast<FILE*>(calloc(1, sizeof(FILE)));
  if (f == nullptr) return nullptr;
  f->ops = ops;
  f->cookie = cookie;
  f->fd = fd;
  f->readable = readable;
  f->writable = writable;
  f->heap = true;
  link_stream(f);
  return f;
}

void flush_all_streams() {
  for (FILE* f = all_streams; f != nullptr; f = f->next) flush(f);
}

int mode_flags(const char* mode) {
  int flags;
  switch (mode[0]) {
    case 'r':
      flags = O_RDONLY;
      break;
    case 'w':
      flags = O_WRONLY | O_CREAT | O_TRUNC;
      break;
    case 'a':
      flags = O_WRONLY | O_CREAT | O_APPEND;
      break;
    default:
      errno = EINVAL;
      return -1;
  }
  for (const char* m = mode + 1; *m != '\0' && *m != ','; m++) {
    if (*m == '+') flags = (flags & ~O_ACCMODE) | O_RDWR;
    if (*m == 'e') flags |= O_CLOEXEC;
    if (*m == 'x') flags |= O_EXCL;
  }
  return flags;
}

}  // namespace libc

using namespace libc;

extern "C" {

FILE* stdin = &standard[0];
FILE* stdout = &standard[1];
FILE* stderr = &standard[2];

FILE* fdopen(int fd, const char* mode) {
  const int flags = mode_flags(mode);
  if (flags < 0) return nullptr;
  const int access = flags & O_ACCMODE;
  FILE* f = new_stream(&kFdOps, nullptr, fd, access != O_WRONLY, access != O_RDONLY);
  if (f != nullptr) f->append = (flags & O_APPEND) != 0;
  return f;
}

FILE* fopen(const char* __restrict path, const char* __restrict mode) {
  const int flags = mode_flags(mode);
  if (flags < 0) return nullptr;
  const int fd = open(path, flags, 0666);
  if (fd < 0) return nullptr;
  FILE* f = fdopen(fd, mode);
  if (f == nullptr) close(fd);
  return f;
}

FILE* freopen(const char* __restrict path, const char* __restrict mode, FILE* __restrict f) {
  flush(f);
  const int flags = mode_flags(mode);
  if (flags < 0) return nullptr;
  if (path != nullptr) {
    const int fd = open(path, flags, 0666);
    if (fd < 0) return nullptr;
    // The stream keeps its descriptor, so that "freopen(…, stdout)" is what children inherit.
    if (f->fd >= 0 && fd != f->fd) {
      dup2(fd, f->fd);
      close(fd);
    } else {
      f->fd = fd;
    }
  }
  const int access = flags & O_ACCMODE;
  f->readable = access != O_WRONLY;
  f->writable = access != O_RDONLY;
  f->append = (flags & O_APPEND) != 0;
  f->direction = Direction::kIdle;
  f->eof = f->error = false;
  f->pos = f->end = 0;
  f->unget_count = 0;
  return f;
}

int fclose(FILE* f) {
  int status = flush(f);
  drop_read_ahead(f);
  if (f->ops->close != nullptr && f->ops->close(f) < 0) status = EOF;
  unlink_stream(f);
  if (f->owns_buffer) free(f->buffer);
  if (f->heap) {
    free(f);
  } else {  // a standard stream: later use fails with EBADF
    f->readable = f->writable = f->owns_buffer = false;
    f->buffer = nullptr;
  }
  return status;
}

int fflush(FILE* f) {
  if (f != nullptr) {
    if (f->direction == Direction::kReading) drop_read_ahead(f);
    return flush(f);
  }
  int status = 0;
  for (FILE* s = all_streams; s != nullptr; s = s->next) {
    if (flush(s) != 0) status = EOF;
  }
  return status;
}

int setvbuf(FILE* __restrict f, char* __restrict buffer, int mode, size_t size) {
  if (mode != _IOFBF && mode != _IOLBF && mode != _IONBF) {
    errno = EINVAL;
    return -1;
  }
  flush(f);
  drop_read_ahead(f);
  f->direction = Direction::kIdle;
  if (f->owns_buffer) free(f->buffer);
  f->owns_buffer = false;
  f->buffer = nullptr;
  f->capacity = 0;
  f->buffering = mode == _IOFBF ? Buffering::kFull : mode == _IOLBF ? Buffering::kLine : Buffering::kNone;
  if (buffer != nullptr && size > 0 && mode != _IONBF) {
    f->buffer = reinterpret_cast<unsigned char*>(buffer);
    f->capacity = size;
  }
  return 0;
}
void setbuf(FILE* __restrict f, char* __restrict buffer) {
  setvbuf(f, buffer, buffer != nullptr ? _IOFBF : _IONBF, BUFSIZ);
}
void setbuffer(FILE* f, char* buffer, size_t size) { setvbuf(f, buffer, buffer != nullptr ? _IOFBF : _IONBF, size); }
void setlinebuf(FILE* f) { setvbuf(f, nullptr, _IOLBF, 0); }

int fileno(FILE* f) {
  if (f->fd < 0) errno = EBADF;
  return f->fd;
}
int feof(FILE* f) { return f->eof; }
int ferror(FILE* f) { return f->error; }
void clearerr(FILE* f) { f->eof = f->error = false; }
void flockfile(FILE*) {}
void funlockfile(FILE*) {}

void __fpurge(FILE* f) {
  f->pos = f->end = 0;
  f->unget_count = 0;
}

int fseeko(FILE* f, off_t offset, int whence) {
  if (f->ops->seek == nullptr) {
    errno = ESPIPE;
    return -1;
  }
  if (flush(f) != 0) return -1;
  if (whence == SEEK_CUR && f->direction == Direction::kReading) {
    offset -= static_cast<off_t>(f->end - f->pos) + f->unget_count;
  }
  if (f->ops->seek(f, offset, whence) < 0) return -1;
  f->pos = f->end = 0;
  f->unget_count = 0;
  f->direction = Direction::kIdle;
  f->eof = false;
  return 0;
}
off_t ftello(FILE* f) {
  if (f->ops->seek == nullptr) {
    errno = ESPIPE;
    return -1;
  }
  // Appended bytes go to the end, wherever the offset is now.
  const bool appending = f->append && f->direction == Direction::kWriting && f->pos > 0;
  const off_t at = f->ops->seek(f, 0, appending ? SEEK_END : SEEK_CUR);
  if (at < 0) return -1;
  if (f->direction == Direction::kWriting) return at + static_cast<off_t>(f->pos);
  return at - static_cast<off_t>(f->end - f->pos) - f->unget_count;
}
int fseek(FILE* f, long offset, int whence) { return fseeko(f, offset, whence); }
long ftell(FILE* f) { return ftello(f); }
void rewind(FILE* f) {
  fseeko(f, 0, SEEK_SET);
  f->error = false;
}
int fgetpos(FILE* __restrict f, fpos_t* __restrict position) {
  *position = ftello(f);
  return *position < 0 ? -1 : 0;
}
int fsetpos(FILE* f, const fpos_t* position) { return fseeko(f, *position, SEEK_SET); }
}
