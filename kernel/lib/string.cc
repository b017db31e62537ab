// The C functions that the compiler and libc++ call. Compiled with -fno-builtin, or the loops below would become calls
// of themselves. Word-at-a-time where that pays: page clearing, page copying, large user copies.

#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace {

using Word = uint64_t __attribute__((may_alias));
constexpr size_t kWord = sizeof(Word);

bool word_aligned(const void* p) { return (reinterpret_cast<uintptr_t>(p) % kWord) == 0; }
bool same_alignment(const void* a, const void* b) {
  return ((reinterpret_cast<uintptr_t>(a) ^ reinterpret_cast<uintptr_t>(b)) % kWord) == 0;
}

}  // namespace

extern "C" {

void* memcpy(void* __restrict dst, const void* __restrict src, size_t n) {
  auto* d = static_cast<unsigned char*>(dst);
  const auto* s = static_cast<const unsigned char*>(src);
  if (same_alignment(d, s)) {
    for (; n > 0 && !word_aligned(d); n--) *d++ = *s++;
    for (; n >= 4 * kWord; n -= 4 * kWord, d += 4 * kWord, s += 4 * kWord) {
      const Word w0 = reinterpret_cast<const Word*>(s)[0], w1 = reinterpret_cast<const Word*>(s)[1];
      const Word w2 = reinterpret_cast<const Word*>(s)[2], w3 = reinterpret_cast<const Word*>(s)[3];
      reinterpret_cast<Word*>(d)[0] = w0;
      reinterpret_cast<Word*>(d)[1] = w1;
      reinterpret_cast<Word*>(d)[2] = w2;
      reinterpret_cast<Word*>(d)[3] = w3;
    }
    for (; n >= kWord; n -= kWord, d += kWord, s += kWord)
      *reinterpret_cast<Word*>(d) = *reinterpret_cast<const Word*>(s);
  } else if (n >= 4 * kWord) {
    // Whole words are loaded, and each one stored is put together from two of them. The loads stay inside the words
    // that hold the source's first and last bytes.
    for (; !word_aligned(d); n--) *d++ = *s++;
    const size_t offset = reinterpret_cast<uintptr_t>(s) % kWord;
    const auto* from = reinterpret_cast<const Word*>(s - offset);
    Word low = *from++;
    for (; n >= kWord; n -= kWord, d += kWord, s += kWord) {
      const Word high = *from++;
      *reinterpret_cast<Word*>(d) = low >> (8 * offset) | high << (8 * (kWord - offset));
      low = high;
    }
  }
  for (; n > 0; n--) *d++ = *s++;
  return dst;
}

void* memmove(void* dst, const void* src, size_t n) {
  auto* d = static_cast<unsigned char*>(dst);
  const auto* s = static_cast<const unsigned char*>(src);
  // A forward copy is right unless dst lies inside the source.
  if (reinterpret_cast<uintptr_t>(d) - reinterpret_cast<uintptr_t>(s) >= n) return memcpy(dst, src, n);
  d += n;
  s += n;
  if (same_alignment(d, s)) {
    for (; n > 0 && !word_aligned(d); n--) *--d = *--s;
    for (; n >= kWord; n -= kWord) {
      d -= kWord;
      s -= kWord;
      *reinterpret_cast<Word*>(d) = *reinterpret_cast<const Word*>(s);
    }
  }
  for (; n > 0; n--) *--d = *--s;
  return dst;
}

void* memset(void* dst, int c, size_t n) {
  auto* d = static_cast<unsigned char*>(dst);
  const auto byte = static_cast<unsigned char>(c);
  const Word word = 0x0101010101010101ULL * byte;
  const auto put_words = [&](size_t count) __attribute__((always_inline)) {
    for (size_t i = 0; i < count; i++) reinterpret_cast<Word*>(d)[i] = word;
    d += count * kWord;
    n -= count * kWord;
  };
  for (; n > 0 && !word_aligned(d); n--) *d++ = byte;
  while (n >= 8 * kWord) put_words(8);
  if (n >= 4 * kWord) put_words(4);
  while (n >= kWord) put_words(1);
  for (; n > 0; n--) *d++ = byte;
  return dst;
}

int memcmp(const void* a, const void* b, size_t n) {
  const auto* x = static_cast<const unsigned char*>(a);
  const auto* y = static_cast<const unsigned char*>(b);
  if (word_aligned(x) && word_aligned(y)) {
    for (; n >= kWord && *reinterpret_cast<const Word*>(x) == *reinterpret_cast<const Word*>(y); n -= kWord)
      x += kWord, y += kWord;
  }
  for (; n > 0; n--, x++, y++)
    if (*x != *y) return *x < *y ? -1 : 1;
  return 0;
}

void* memchr(const void* s, int c, size_t n) {
  const auto* p = static_cast<const unsigned char*>(s);
  for (; n > 0; n--, p++)
    if (*p == static_cast<unsigned char>(c)) return const_cast<unsigned char*>(p);
  return nullptr;
}

size_t strlen(const char* s) {
  size_t n = 0;
  while (s[n] != '\0') n++;
  return n;
}

size_t strnlen(const char* s, size_t max) {
  size_t n = 0;
  while (n < max && s[n] != '\0') n++;
  return n;
}

int strcmp(const char* a, const char* b) {
  while (*a != '\0' && *a == *b) a++, b++;
  return static_cast<unsigned char>(*a) - static_cast<unsigned char>(*b);
}

int strncmp(const char* a, const char* b, size_t n) {
  for (; n > 0 && *a != '\0' && *a == *b; n--) a++, b++;
  return n == 0 ? 0 : static_cast<unsigned char>(*a) - static_cast<unsigned char>(*b);
}

}  // extern "C"
