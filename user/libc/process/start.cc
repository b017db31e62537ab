// From the kernel's initial stack to main().
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "../internal/process.h"

using InitFunction = void (*)(int, char**, char**);

extern "C" {
// Defined by the linker when the program has such sections.
extern InitFunction __preinit_array_start[] __attribute__((weak));
extern InitFunction __preinit_array_end[] __attribute__((weak));
extern InitFunction __init_array_start[] __attribute__((weak));
extern InitFunction __init_array_end[] __attribute__((weak));

int main(int argc, char** argv, char** envp);

char** environ;
char* program_invocation_name;
char* program_invocation_short_name;

static int errno_value;
int* __errno_location() { return &errno_value; }
}

namespace libc {
const unsigned long* auxiliary_vector;
}

static void run_init_array(InitFunction* begin, InitFunction* end, int argc, char** argv) {
  for (InitFunction* f = begin; f < end; f++) (*f)(argc, argv, environ);
}

extern "C" __noreturn_fn __attribute__((used)) void __libc_start(long* stack) {
  const int argc = static_cast<int>(stack[0]);
  char** argv = reinterpret_cast<char**>(stack + 1);
  environ = argv + argc + 1;
  char** end = environ;
  while (*end != nullptr) end++;
  libc::auxiliary_vector = reinterpret_cast<const unsigned long*>(end + 1);

  static char no_name[] = "";
  program_invocation_name = argc > 0 ? argv[0] : no_name;
  char* slash = strrchr(program_invocation_name, '/');
  program_invocation_short_name = slash != nullptr ? slash + 1 : program_invocation_name;

  run_init_array(__preinit_array_start, __preinit_array_end, argc, argv);
  run_init_array(__init_array_start, __init_array_end, argc, argv);
  exit(main(argc, argv, environ));
}

extern "C" unsigned long getauxval(unsigned long type) {
  for (const unsigned long* p = libc::auxiliary_vector; p[0] != AT_NULL; p += 2) {
    if (p[0] == type) return p[1];
  }
  errno = ENOENT;
  return 0;
}
