// Functions on memory of given length. Copies go by machine words when both sides can be aligned together.
#include <stdint.h>
#include <string.h>

namespace {

// may_alias: these words overlay whatever type the caller's memory has.
using Word = unsigned long __attribute__((may_alias));
constexpr size_t kWord = sizeof(Word);

bool aligned_together(const void* a, const void* b) {
  return ((reinterpret_cast<uintptr_t>(a) ^ reinterpret_cast<uintptr_t>(b)) & (kWord - 1)) == 0;
}
bool is_aligned(const void* p) { return (reinterpret_cast<uintptr_t>(p) & (kWord - 1)) == 0; }

// From the first byte to the last; right for overlapping memory too when dst is below src (so no __restrict).
void copy_forward(void* dst, const void* src, size_t n) {
  auto* d = static_cast<unsigned char*>(dst);
  auto* s = static_cast<const unsigned char*>(src);
  if (aligned_together(d, s)) {
    for (; n > 0 && !is_aligned(d); n--) *d++ = *s++;
    auto* dw = reinterpret_cast<Word*>(d);
    auto* sw = reinterpret_cast<const Word*>(s);
    for (; n >= 4 * kWord; n -= 4 * kWord, dw += 4, sw += 4) {
      const Word w0 = sw[0], w1 = sw[1], w2 = sw[2], w3 = sw[3];
      dw[0] = w0, dw[1] = w1, dw[2] = w2, dw[3] = w3;
    }
    for (; n >= kWord; n -= kWord) *dw++ = *sw++;
    d = reinterpret_cast<unsigned char*>(dw);
    s = reinterpret_cast<const unsigned char*>(sw);
  }
  for (; n > 0; n--) *d++ = *s++;
}

}  // namespace

extern "C" {

void* memcpy(void* __restrict dst, const void* __restrict src, size_t n) {
  copy_forward(dst, src, n);
  return dst;
}

void* mempcpy(void* __restrict dst, const void* __restrict src, size_t n) {
  return static_cast<char*>(memcpy(dst, src, n)) + n;
}

void* memmove(void* dst, const void* src, size_t n) {
  auto* d = static_cast<unsigned char*>(dst);
  auto* s = static_cast<const unsigned char*>(src);
  // A forward copy is right unless the destination begins inside the source (unsigned difference).
  if (static_cast<size_t>(d - s) >= n) {
    copy_forward(dst, src, n);
    return dst;
  }
  d += n;
  s += n;
  if (aligned_together(d, s)) {
    for (; n > 0 && !is_aligned(d); n--) *--d = *--s;
    auto* dw = reinterpret_cast<Word*>(d);
    auto* sw = reinterpret_cast<const Word*>(s);
    for (; n >= kWord; n -= kWord) *--dw = *--sw;
    d = reinterpret_cast<unsigned char*>(dw);
    s = reinterpret_cast<const unsigned char*>(sw);
  }
  for (; n > 0; n--) *--d = *--s;
  return dst;
}

void* memset(void* dst, int c, size_t n) {
  auto* d = static_cast<unsigned char*>(dst);
  const auto byte = static_cast<unsigned char>(c);
  for (; n > 0 && !is_aligned(d); n--) *d++ = byte;
  const Word word = 0x0101010101010101UL * byte;
  auto* dw = reinterpret_cast<Word*>(d);
  for (; n >= 4 * kWord; n -= 4 * kWord, dw += 4) dw[0] = word, dw[1] = word, dw[2] = word, dw[3] = word;
  for (; n >= kWord; n -= kWord) *dw++ = word;
  d = reinterpret_cast<unsigned char*>(dw);
  for (; n > 0; n--) *d++ = byte;
  return dst;
}

int memcmp(const void* a, const void* b, size_t n) {
  auto* x = static_cast<const unsigned char*>(a);
  auto* y = static_cast<const unsigned char*>(b);
  if (aligned_together(x, y)) {
    for (; n > 0 && !is_aligned(x); n--, x++, y++) {
      if (*x != *y) return *x - *y;
    }
    for (; n >= kWord; n -= kWord, x += kWord, y += kWord) {
      if (*reinterpret_cast<const Word*>(x) != *reinterpret_cast<const Word*>(y)) break;
    }
  }
  for (; n > 0; n--, x++, y++) {
    if (*x != *y) return *x - *y;
  }
  return 0;
}

void* memchr(const void* s, int c, size_t n) {
  auto* p = static_cast<const unsigned char*>(s);
  for (; n > 0; n--, p++) {
    if (*p == static_cast<unsigned char>(c)) return const_cast<unsigned char*>(p);
  }
  return nullptr;
}

void* memrchr(const void* s, int c, size_t n) {
  auto* p = static_cast<const unsigned char*>(s);
  while (n-- > 0) {
    if (p[n] == static_cast<unsigned char>(c)) return const_cast<unsigned char*>(p + n);
  }
  return nullptr;
}

void* memmem(const void* haystack, size_t haystack_length, const void* needle, size_t needle_length) {
  auto* h = static_cast<const char*>(haystack);
  for (; haystack_length >= needle_length; h++, haystack_length--) {
    if (memcmp(h, needle, needle_length) == 0) return const_cast<char*>(h);
  }
  return nullptr;
}

int bcmp(const void* a, const void* b, size_t n) { return memcmp(a, b, n); }
void bcopy(const void* src, void* dst, size_t n) { memmove(dst, src, n); }
void bzero(void* dst, size_t n) { memset(dst, 0, n); }
void explicit_bzero(void* dst, size_t n) {
  memset(dst, 0, n);
  asm volatile("" : : "r"(dst) : "memory");
}

int ffs(int v) { return __builtin_ffs(v); }
int ffsl(long v) { return __builtin_ffsl(v); }
int ffsll(long long v) { return __builtin_ffsll(v); }
}
