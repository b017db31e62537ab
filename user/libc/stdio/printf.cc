// The printf family: where the text goes.
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../internal/file.h"
#include "../internal/format.h"

namespace libc {
namespace {

class BufferOut final : public TextOut {
 public:
  BufferOut(char* s, size_t size) : s_(s), size_(size) {}
  void write(const char* text, size_t n) override {
    if (size_ > 0 && used_ < size_ - 1) {
      const size_t room = size_ - 1 - used_;
      memcpy(s_ + used_, text, n < room ? n : room);
    }
    used_ += n;
  }
  void terminate() {
    if (size_ > 0) s_[used_ < size_ ? used_ : size_ - 1] = '\0';
  }

 private:
  char* s_;
  size_t size_;
  size_t used_ = 0;
};

// Gathers the pieces of one printf on an unbuffered stream, so that they leave in one write.
class StreamOut final : public TextOut {
 public:
  explicit StreamOut(FILE* f) : f_(f) {}
  void write(const char* text, size_t n) override {
    if (f_->buffering != Buffering::kNone) {
      ok_ = ok_ && put_bytes(f_, text, n) == n;
      return;
    }
    while (n > 0) {
      const size_t room = sizeof(gathered_) - used_;
      const size_t take = n < room ? n : room;
      memcpy(gathered_ + used_, text, take);
      used_ += take;
      text += take;
      n -= take;
      if (used_ == sizeof(gathered_)) finish();
    }
  }
  bool finish() {
    if (used_ > 0) ok_ = put_bytes(f_, gathered_, used_) == used_ && ok_;
    used_ = 0;
    return ok_;
  }

 private:
  FILE* f_;
  char gathered_[256];
  size_t used_ = 0;
  bool ok_ = true;
};

class GrowingOut final : public TextOut {
 public:
  void write(const char* text, size_t n) override {
    if (failed_) return;
    if (used_ + n + 1 > capacity_) {
      const size_t wanted = used_ + n + 1 > 2 * capacity_ ? used_ + n + 1 : 2 * capacity_;
      auto* grown = static_cast<char*>(realloc(s_, wanted));
      if (grown == nullptr) {
        failed_ = true;
        return;
      }
      s_ = grown;
      capacity_ = wanted;
    }
    memcpy(s_ + used_, text, n);
    used_ += n;
    s_[used_] = '\0';
  }
  // The text, which the caller frees; null when memory was short.
  char* release() {
    write("", 0);  // an empty text is allocated too
    if (!failed_) return s_;
    free(s_);
    return nullptr;
  }

 private:
  char* s_ = nullptr;
  size_t used_ = 0;
  size_t capacity_ = 0;
  bool failed_ = false;
};

}  // namespace
}  // namespace libc

using namespace libc;

// Starts the variadic arguments, returns what the expression gives.
#define WITH_ARGUMENTS(last, expression) \
  va_list args;                          \
  va_start(args, last);                  \
  const int result = (expression);       \
  va_end(args);                          \
  return result

extern "C" {

int vfprintf(FILE* __restrict f, const char* __restrict fmt, va_list args) {
  if (!start_writing(f)) return -1;
  StreamOut out(f);
  const int n = format(out, fmt, args);
  return out.finish() ? n : -1;
}

int vsnprintf(char* __restrict s, size_t size, const char* __restrict fmt, va_list args) {
  BufferOut out(s, size);
  const int n = format(out, fmt, args);
  out.terminate();
  return n;
}

int vasprintf(char** __restrict result, const char* __restrict fmt, va_list args) {
  GrowingOut out;
  const int n = format(out, fmt, args);
  char* text = out.release();
  if (n < 0 || text == nullptr) {
    if (text != nullptr) free(text);
    *result = nullptr;
    return -1;
  }
  *result = text;
  return n;
}

int vdprintf(int fd, const char* __restrict fmt, va_list args) {
  char* text;
  const int n = vasprintf(&text, fmt, args);
  if (n < 0) return -1;
  int done = 0;
  while (done < n) {
    const ssize_t r = write(fd, text + done, static_cast<size_t>(n - done));
    if (r < 0 && errno == EINTR) continue;
    if (r < 0) break;
    done += static_cast<int>(r);
  }
  free(text);
  return done == n ? n : -1;
}

int vprintf(const char* __restrict fmt, va_list args) { return vfprintf(stdout, fmt, args); }
int vsprintf(char* __restrict s, const char* __restrict fmt, va_list args) { return vsnprintf(s, INT_MAX, fmt, args); }

int printf(const char* __restrict fmt, ...) { WITH_ARGUMENTS(fmt, vfprintf(stdout, fmt, args)); }
int fprintf(FILE* __restrict f, const char* __restrict fmt, ...) { WITH_ARGUMENTS(fmt, vfprintf(f, fmt, args)); }
int dprintf(int fd, const char* __restrict fmt, ...) { WITH_ARGUMENTS(fmt, vdprintf(fd, fmt, args)); }
int sprintf(char* __restrict s, const char* __restrict fmt, ...) {
  WITH_ARGUMENTS(fmt, vsnprintf(s, INT_MAX, fmt, args));
}
int snprintf(char* __restrict s, size_t size, const char* __restrict fmt, ...) {
  WITH_ARGUMENTS(fmt, vsnprintf(s, size, fmt, args));
}
int asprintf(char** __restrict out, const char* __restrict fmt, ...) { WITH_ARGUMENTS(fmt, vasprintf(out, fmt, args)); }
}
