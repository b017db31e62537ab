// Searching and sorting. qsort is heapsort: no recursion, no allocation, no bad case; it need not be stable.
#include <stdlib.h>
#include <string.h>

namespace {

using Compare = int (*)(const void*, const void*, void*);

void swap_bytes(char* a, char* b, size_t n) {
  for (; n >= sizeof(unsigned long); n -= sizeof(unsigned long)) {
    unsigned long x, y;
    __builtin_memcpy(&x, a, sizeof(x));
    __builtin_memcpy(&y, b, sizeof(y));
    __builtin_memcpy(a, &y, sizeof(y));
    __builtin_memcpy(b, &x, sizeof(x));
    a += sizeof(x);
    b += sizeof(x);
  }
  for (; n > 0; n--, a++, b++) {
    const char c = *a;
    *a = *b;
    *b = c;
  }
}

// Lets the element at `root` sink until no child is greater, within the first `count` elements.
void sift_down(char* base, size_t root, size_t count, size_t size, Compare compare, void* context) {
  for (;;) {
    size_t child = 2 * root + 1;
    if (child >= count) return;
    if (child + 1 < count && compare(base + child * size, base + (child + 1) * size, context) < 0) child++;
    if (compare(base + root * size, base + child * size, context) >= 0) return;
    swap_bytes(base + root * size, base + child * size, size);
    root = child;
  }
}

}  // namespace

extern "C" {

void qsort_r(void* base, size_t count, size_t size, int (*compare)(const void*, const void*, void*), void* context) {
  if (count < 2 || size == 0) return;
  auto* b = static_cast<char*>(base);
  for (size_t i = count / 2; i-- > 0;) sift_down(b, i, count, size, compare, context);
  for (size_t last = count - 1; last > 0; last--) {
    swap_bytes(b, b + last * size, size);
    sift_down(b, 0, last, size, compare, context);
  }
}

void qsort(void* base, size_t count, size_t size, int (*compare)(const void*, const void*)) {
  auto call = [](const void* a, const void* b, void* f) {
    return reinterpret_cast<int (*)(const void*, const void*)>(f)(a, b);
  };
  qsort_r(base, count, size, call, reinterpret_cast<void*>(compare));
}

void* bsearch(const void* key, const void* base, size_t count, size_t size, int (*compare)(const void*, const void*)) {
  auto* b = static_cast<const char*>(base);
  while (count > 0) {
    const char* middle = b + count / 2 * size;
    const int order = compare(key, middle);
    if (order == 0) return const_cast<char*>(middle);
    if (order > 0) {
      b = middle + size;
      count -= count / 2 + 1;
    } else {
      count /= 2;
    }
  }
  return nullptr;
}
}
