#ifndef _STRING_H
#define _STRING_H
#include <features.h>
#include <stddef.h>
#include <strings.h>
__BEGIN_DECLS
void* memcpy(void* __restrict dst, const void* __restrict src, size_t n);
void* mempcpy(void* __restrict dst, const void* __restrict src, size_t n);
void* memmove(void* dst, const void* src, size_t n);
void* memset(void* dst, int c, size_t n);
int memcmp(const void* a, const void* b, size_t n);
void* memchr(const void* s, int c, size_t n);
void* memrchr(const void* s, int c, size_t n);
void* memmem(const void* haystack, size_t haystack_length, const void* needle, size_t needle_length);
size_t strlen(const char* s);
size_t strnlen(const char* s, size_t max);
int strcmp(const char* a, const char* b);
int strncmp(const char* a, const char* b, size_t n);
int strverscmp(const char* a, const char* b);
char* strchr(const char* s, int c);
char* strchrnul(const char* s, int c);
char* strrchr(const char* s, int c);
char* strstr(const char* haystack, const char* needle);
char* strcasestr(const char* haystack, const char* needle);
char* strpbrk(const char* s, const char* accept);
size_t strcspn(const char* s, const char* reject);
size_t strspn(const char* s, const char* accept);
char* strcpy(char* __restrict dst, const char* __restrict src);
char* stpcpy(char* __restrict dst, const char* __restrict src);
char* strncpy(char* __restrict dst, const char* __restrict src, size_t n);
char* stpncpy(char* __restrict dst, const char* __restrict src, size_t n);
size_t strlcpy(char* __restrict dst, const char* __restrict src, size_t size);
size_t strlcat(char* __restrict dst, const char* __restrict src, size_t size);
char* strcat(char* __restrict dst, const char* __restrict src);
char* strncat(char* __restrict dst, const char* __restrict src, size_t n);
int strcoll(const char* a, const char* b);
size_t strxfrm(char* __restrict dst, const char* __restrict src, size_t n);
char* strtok(char* __restrict s, const char* __restrict delim);
char* strtok_r(char* __restrict s, const char* __restrict delim, char** __restrict save);
char* strsep(char** s, const char* delim);
char* strdup(const char* s);
char* strndup(const char* s, size_t n);
char* strerror(int e);
int strerror_r(int e, char* buffer, size_t size);  // POSIX's form: 0 or an error number
char* strsignal(int sig);
#ifndef basename
char* basename(const char* path);  // GNU's form: does not change its argument; <libgen.h> has POSIX's
#endif
__END_DECLS
#endif
