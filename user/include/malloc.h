#ifndef _MALLOC_H
#define _MALLOC_H
#include <stdlib.h>
__BEGIN_DECLS
void* memalign(size_t alignment, size_t size);
size_t malloc_usable_size(void* p);
__END_DECLS
#endif
