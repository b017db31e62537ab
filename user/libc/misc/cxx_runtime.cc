// What compiled C++ needs of its runtime: allocation, and an end for what cannot happen. No exceptions, no RTTI.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <new>

static void* allocate(size_t size) {
  void* p = malloc(size);
  if (p == nullptr) {
    static const char kMessage[] = "out of memory\n";
    write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1);
    abort();
  }
  return p;
}

void* operator new(size_t size) { return allocate(size); }
void* operator new[](size_t size) { return allocate(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return malloc(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return malloc(size); }
void* operator new(size_t size, std::align_val_t alignment) {
  void* p = aligned_alloc(static_cast<size_t>(alignment), size);
  if (p == nullptr) abort();
  return p;
}
void* operator new[](size_t size, std::align_val_t alignment) { return operator new(size, alignment); }
void operator delete(void* p) noexcept { free(p); }
void operator delete[](void* p) noexcept { free(p); }
void operator delete(void* p, size_t) noexcept { free(p); }
void operator delete[](void* p, size_t) noexcept { free(p); }
void operator delete(void* p, std::align_val_t) noexcept { free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { free(p); }
void operator delete(void* p, size_t, std::align_val_t) noexcept { free(p); }
void operator delete[](void* p, size_t, std::align_val_t) noexcept { free(p); }

const std::nothrow_t std::nothrow{};

extern "C" __noreturn_fn void __cxa_pure_virtual() {
  fprintf(stderr, "pure virtual function called\n");
  abort();
}

// Where libc++'s containers end that would throw.
_LIBCPP_BEGIN_NAMESPACE_STD
[[noreturn]] void __libcpp_verbose_abort(const char* fmt, ...) {
  va_list args;
  va_start(args, fmt);
  vfprintf(stderr, fmt, args);
  va_end(args);
  fputc('\n', stderr);
  abort();
}
_LIBCPP_END_NAMESPACE_STD
