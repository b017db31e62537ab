// Ending a program: registered functions in reverse order, then static destructors, then the streams.
#include <stdlib.h>
#include <unistd.h>

#include "../internal/process.h"
#include "../internal/syscall.h"

namespace {

struct ExitFunction {
  void (*function)(void*);
  void* argument;
};

constexpr size_t kInlineFunctions = 32;  // C guarantees 32 without allocation
ExitFunction first_functions[kInlineFunctions];
ExitFunction* functions = first_functions;
size_t function_count;
size_t function_capacity = kInlineFunctions;

bool push(ExitFunction f) {
  if (function_count == function_capacity) {
    auto* grown = static_cast<ExitFunction*>(malloc(2 * function_capacity * sizeof(ExitFunction)));
    if (grown == nullptr) return false;
    for (size_t i = 0; i < function_count; i++) grown[i] = functions[i];
    if (functions != first_functions) free(functions);
    functions = grown;
    function_capacity *= 2;
  }
  functions[function_count++] = f;
  return true;
}

}  // namespace

extern "C" {
using FiniFunction = void (*)();
extern FiniFunction __fini_array_start[] __attribute__((weak));
extern FiniFunction __fini_array_end[] __attribute__((weak));

void* __dso_handle = nullptr;

// The C++ ABI's registration of destructors of static objects.
int __cxa_atexit(void (*function)(void*), void* argument, void*) { return push({function, argument}) ? 0 : -1; }

int atexit(void (*function)(void)) {
  auto call = [](void* f) { reinterpret_cast<void (*)(void)>(f)(); };
  return push({call, reinterpret_cast<void*>(function)}) ? 0 : -1;
}

int at_quick_exit(void (*)(void)) { return -1; }

void exit(int status) {
  // A registered function may register another one, so the count is looked at each time.
  while (function_count > 0) {
    const ExitFunction f = functions[--function_count];
    f.function(f.argument);
  }
  for (FiniFunction* f = __fini_array_end; f > __fini_array_start; f--) f[-1]();
  libc::flush_all_streams();
  _exit(status);
}

void _exit(int status) {
  for (;;) libc::sys(__NR_exit_group, status);
}
void _Exit(int status) { _exit(status); }
void quick_exit(int status) { _exit(status); }
}
