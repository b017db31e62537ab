// Characters, strings and lines.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../internal/file.h"

using namespace libc;

extern "C" {

size_t fread(void* __restrict p, size_t size, size_t count, FILE* __restrict f) {
  size_t bytes;
  if (size == 0 || __builtin_mul_overflow(size, count, &bytes)) return 0;
  return get_bytes(f, p, bytes) / size;
}

size_t fwrite(const void* __restrict p, size_t size, size_t count, FILE* __restrict f) {
  size_t bytes;
  if (size == 0 || __builtin_mul_overflow(size, count, &bytes)) return 0;
  return put_bytes(f, p, bytes) / size;
}

int fgetc(FILE* f) {
  if (f->unget_count == 0 && f->direction == Direction::kReading && f->pos < f->end) return f->buffer[f->pos++];
  unsigned char c;
  return get_bytes(f, &c, 1) == 1 ? c : EOF;
}
int getc(FILE* f) { return fgetc(f); }
int getchar() { return fgetc(stdin); }
int getc_unlocked(FILE* f) { return fgetc(f); }
int getchar_unlocked() { return fgetc(stdin); }

int ungetc(int c, FILE* f) {
  if (c == EOF || f->unget_count == kMaxUnget || !start_reading(f)) return EOF;
  f->unget[f->unget_count++] = static_cast<unsigned char>(c);
  f->eof = false;
  return static_cast<unsigned char>(c);
}

char* fgets(char* __restrict s, int size, FILE* __restrict f) {
  if (size <= 0) return nullptr;
  int n = 0;
  while (n < size - 1) {
    const int c = fgetc(f);
    if (c == EOF) {
      if (n == 0 || f->error) return nullptr;
      break;
    }
    s[n++] = static_cast<char>(c);
    if (c == '\n') break;
  }
  s[n] = '\0';
  return s;
}

ssize_t getdelim(char** __restrict line, size_t* __restrict capacity, int delim, FILE* __restrict f) {
  if (line == nullptr || capacity == nullptr) {
    errno = EINVAL;
    return -1;
  }
  if (*line == nullptr) *capacity = 0;
  size_t n = 0;
  for (;;) {
    const int c = fgetc(f);
    if (c == EOF && (n == 0 || f->error)) return -1;
    if (n + 2 > *capacity) {
      const size_t wanted = *capacity < 64 ? 128 : 2 * *capacity;
      auto* grown = static_cast<char*>(realloc(*line, wanted));
      if (grown == nullptr) return -1;
      *line = grown;
      *capacity = wanted;
    }
    if (c == EOF) break;
    (*line)[n++] = static_cast<char>(c);
    if (c == delim) break;
  }
  (*line)[n] = '\0';
  return static_cast<ssize_t>(n);
}
ssize_t getline(char** __restrict line, size_t* __restrict capacity, FILE* __restrict f) {
  return getdelim(line, capacity, '\n', f);
}

int fputc(int c, FILE* f) {
  const auto byte = static_cast<unsigned char>(c);
  return put_bytes(f, &byte, 1) == 1 ? byte : EOF;
}
int putc(int c, FILE* f) { return fputc(c, f); }
int putchar(int c) { return fputc(c, stdout); }
int putc_unlocked(int c, FILE* f) { return fputc(c, f); }
int putchar_unlocked(int c) { return fputc(c, stdout); }

int fputs(const char* __restrict s, FILE* __restrict f) {
  const size_t n = strlen(s);
  return put_bytes(f, s, n) == n ? 0 : EOF;
}
int puts(const char* s) { return fputs(s, stdout) == EOF || fputc('\n', stdout) == EOF ? EOF : 0; }
}
