// Moving bytes between programs, stream buffers and files.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../internal/file.h"

namespace libc {
namespace {

// A stream's buffering is settled at its first use: terminals by line, the rest by block.
void settle_buffering(FILE* f) {
  if (f->buffering == Buffering::kUndecided) {
    const int saved = errno;
    f->buffering = f->fd >= 0 && isatty(f->fd) ? Buffering::kLine : Buffering::kFull;
    errno = saved;
  }
  if (f->buffer != nullptr) return;
  if (f->buffering != Buffering::kNone) {
    f->buffer = static_cast<unsigned char*>(malloc(BUFSIZ));
    if (f->buffer != nullptr) {
      f->capacity = BUFSIZ;
      f->owns_buffer = true;
      return;
    }
  }
  f->buffer = f->small_buffer;
  f->capacity = sizeof(f->small_buffer);
}

// Hands n bytes to the file; the number written, less than n only on an error.
size_t write_out(FILE* f, const unsigned char* p, size_t n) {
  size_t done = 0;
  while (done < n) {
    const ssize_t r = f->ops->write(f, p + done, n - done);
    if (r < 0) {
      if (errno == EINTR) continue;
      f->error = true;
      break;
    }
    done += static_cast<size_t>(r);
  }
  return done;
}

}  // namespace

int flush(FILE* f) {
  if (f->direction != Direction::kWriting || f->pos == 0) return 0;
  const size_t pending = f->pos;
  const size_t done = write_out(f, f->buffer, pending);
  // What could not be written is dropped: keeping it would repeat the error for ever.
  f->pos = 0;
  return done == pending ? 0 : EOF;
}

void drop_read_ahead(FILE* f) {
  if (f->direction == Direction::kReading) {
    const auto ahead = static_cast<off_t>(f->end - f->pos) + f->unget_count;
    const int saved = errno;
    if (ahead > 0 && f->ops->seek != nullptr && f->ops->seek(f, -ahead, SEEK_CUR) < 0) {
      errno = saved;
      return;
    }
  }
  f->pos = f->end = 0;
  f->unget_count = 0;
  f->direction = Direction::kIdle;
}

bool start_writing(FILE* f) {
  if (!f->writable) {
    errno = EBADF;
    f->error = true;
    return false;
  }
  if (f->direction == Direction::kReading) {
    drop_read_ahead(f);
    f->pos = f->end = 0;
    f->unget_count = 0;
  }
  if (f->direction != Direction::kWriting) {
    settle_buffering(f);
    f->direction = Direction::kWriting;
    f->pos = f->end = 0;
  }
  return true;
}

bool start_reading(FILE* f) {
  if (!f->readable) {
    errno = EBADF;
    f->error = true;
    return false;
  }
  if (f->direction == Direction::kWriting) {
    if (flush(f) != 0) return false;
    f->direction = Direction::kIdle;
  }
  if (f->direction == Direction::kIdle) {
    settle_buffering(f);
    f->direction = Direction::kReading;
    f->pos = f->end = 0;
  }
  return true;
}

bool fill(FILE* f) {
  if (!start_reading(f) || f->ops->read == nullptr) return false;
  // A prompt without a newline must be seen before its answer is waited for.
  if (f->buffering != Buffering::kFull && stdout->buffering == Buffering::kLine) flush(stdout);
  const ssize_t r = f->ops->read(f, f->buffer, f->capacity);
  f->pos = 0;
  f->end = r > 0 ? static_cast<size_t>(r) : 0;
  if (r < 0) f->error = true;
  if (r == 0) f->eof = true;
  return r > 0;
}

size_t put_bytes(FILE* f, const void* p, size_t n) {
  if (!start_writing(f)) return 0;
  auto* bytes = static_cast<const unsigned char*>(p);
  if (f->buffering == Buffering::kNone || n >= f->capacity) {
    if (flush(f) != 0) return 0;
    return write_out(f, bytes, n);
  }
  if (n > f->capacity - f->pos && flush(f) != 0) return 0;
  memcpy(f->buffer + f->pos, bytes, n);
  f->pos += n;
  if (f->buffering == Buffering::kLine && memchr(bytes, '\n', n) != nullptr && flush(f) != 0) return 0;
  return n;
}

size_t get_bytes(FILE* f, void* p, size_t n) {
  auto* out = static_cast<unsigned char*>(p);
  size_t done = 0;
  while (done < n && f->unget_count > 0) out[done++] = f->unget[--f->unget_count];
  while (done < n) {
    if (f->direction == Direction::kReading && f->pos < f->end) {
      const size_t have = f->end - f->pos;
      const size_t take = have < n - done ? have : n - done;
      memcpy(out + done, f->buffer + f->pos, take);
      f->pos += take;
      done += take;
      continue;
    }
    if (!start_reading(f)) break;
    if (n - done >= f->capacity && f->ops->read != nullptr) {  // big reads skip the buffer
      f->pos = f->end = 0;
      const ssize_t r = f->ops->read(f, out + done, n - done);
      if (r < 0) f->error = true;
      if (r == 0) f->eof = true;
      if (r <= 0) break;
      done += static_cast<size_t>(r);
    } else if (!fill(f)) {
      break;
    }
  }
  return done;
}

}  // namespace libc
