#include "memory.h"

#include <stdlib.h>

namespace skep::libbpf {

void* Malloc::allocate(size_t bytes) { return malloc(bytes == 0 ? 1 : bytes); }
void Malloc::release(void* p) { free(p); }

}  // namespace skep::libbpf
