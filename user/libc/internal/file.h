// The inside of FILE. One buffer serves reading or writing, never both at once:
//   reading: buffer[pos, end) is read ahead of the program;   writing: buffer[0, pos) is not yet written.
#pragma once

#include <stdio.h>
#include <sys/types.h>

namespace libc {

// How a stream reaches what it stands for. Each returns a count or offset, or -1 with errno.
struct StreamOps {
  ssize_t (*read)(FILE* f, void* p, size_t n);
  ssize_t (*write)(FILE* f, const void* p, size_t n);
  off_t (*seek)(FILE* f, off_t offset, int whence);
  int (*close)(FILE* f);
};

extern const StreamOps kFdOps;

enum class Direction : unsigned char { kIdle, kReading, kWriting };
enum class Buffering : unsigned char { kUndecided, kFull, kLine, kNone };

constexpr int kMaxUnget = 4;

}  // namespace libc

struct _FILE {
  const libc::StreamOps* ops;
  void* cookie;  // what ops work on, when it is not fd
  int fd;        // -1: none
  bool readable;
  bool writable;
  bool append;
  bool eof;
  bool error;
  bool owns_buffer;
  bool heap;  // freed by fclose
  libc::Direction direction;
  libc::Buffering buffering;
  unsigned char* buffer;
  size_t capacity;
  size_t pos;
  size_t end;
  int unget_count;
  unsigned char unget[libc::kMaxUnget];
  unsigned char small_buffer[1];  // for unbuffered reading, and when there is no memory for a buffer
  pid_t child;                    // popen
  FILE* next;                     // all open streams
  FILE* prev;
};

namespace libc {

// Writes out what is pending; 0, or EOF with the error flag set.
int flush(FILE* f);
// Gives back to the file what was read ahead, so that its offset is where the program is. Streams that cannot seek keep
// it.
void drop_read_ahead(FILE* f);
// Reads more into an empty buffer; false at the end or on an error (flags set).
bool fill(FILE* f);
// Appends to the stream; the number of bytes taken.
size_t put_bytes(FILE* f, const void* p, size_t n);
size_t get_bytes(FILE* f, void* p, size_t n);
// Readies the stream for one direction; false (EBADF, error flag) when it was not opened for it.
bool start_writing(FILE* f);
bool start_reading(FILE* f);

// A new stream on the list; null with errno when memory is short.
FILE* new_stream(const StreamOps* ops, void* cookie, int fd, bool readable, bool writable);
void link_stream(FILE* f);
void unlink_stream(FILE* f);

// fopen's mode as open's flags; -1 and EINVAL for an unknown one.
int mode_flags(const char* mode);

}  // namespace libc
