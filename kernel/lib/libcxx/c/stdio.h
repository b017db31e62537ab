// libc++'s char_traits needs EOF, and its <algorithm> wants to see that std::remove is also a C function.
#ifndef SKEP_C_STDIO_H
#define SKEP_C_STDIO_H
#include <stddef.h>
#define EOF (-1)
#ifdef __cplusplus
extern "C" {
#endif
int remove(const char* path);
#ifdef __cplusplus
}
#endif
#endif
