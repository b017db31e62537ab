// What the C++ ABI wants linked and the kernel never uses.

#include <stddef.h>

#include <__verbose_abort>

#include "lib/log.h"

// A virtual destructor makes the compiler emit a deleting destructor, which names operator delete. Objects here are
// disposed of by destroy()/kdelete(), so reaching this is a broken invariant.
void operator delete(void*) noexcept {
  skep::panic("operator delete called: objects are disposed of by their allocator");
}
void operator delete(void*, size_t) noexcept {
  skep::panic("operator delete called: objects are disposed of by their allocator");
}

extern "C" {
[[noreturn]] void __cxa_pure_virtual() { skep::panic("pure virtual function called"); }
// Static objects live as long as the kernel: their destructors are never run.
int __cxa_atexit(void (*)(void*), void*, void*) { return 0; }
void* __dso_handle = nullptr;
[[noreturn]] void abort() { skep::panic("abort() called"); }
}

// What libc++ calls where it would throw (string_view::substr past the end, ...): a broken invariant here.
_LIBCPP_BEGIN_NAMESPACE_STD
void __libcpp_verbose_abort(const char* format, ...) { skep::panic("libc++: {}", format); }
_LIBCPP_END_NAMESPACE_STD
