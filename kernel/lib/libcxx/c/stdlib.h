// The names libc++ expects of C's <stdlib.h>. Declared only: freestanding code must not call what is not defined.
#ifndef SKEP_C_STDLIB_H
#define SKEP_C_STDLIB_H
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif
typedef struct { int quot, rem; } div_t;
typedef struct { long quot, rem; } ldiv_t;
typedef struct { long long quot, rem; } lldiv_t;
int abs(int);
long labs(long);
long long llabs(long long);
div_t div(int, int);
ldiv_t ldiv(long, long);
lldiv_t lldiv(long long, long long);
void* malloc(size_t);
void* calloc(size_t, size_t);
void* realloc(void*, size_t);
void* aligned_alloc(size_t, size_t);
void free(void*);
__attribute__((noreturn)) void abort(void);
int atexit(void (*)(void));
__attribute__((noreturn)) void exit(int);
__attribute__((noreturn)) void _Exit(int);
int at_quick_exit(void (*)(void));
__attribute__((noreturn)) void quick_exit(int);
char* getenv(const char*);
int system(const char*);
int atoi(const char*);
long atol(const char*);
long long atoll(const char*);
double atof(const char*);
double strtod(const char* __restrict, char** __restrict);
float strtof(const char* __restrict, char** __restrict);
long double strtold(const char* __restrict, char** __restrict);
long strtol(const char* __restrict, char** __restrict, int);
long long strtoll(const char* __restrict, char** __restrict, int);
unsigned long strtoul(const char* __restrict, char** __restrict, int);
unsigned long long strtoull(const char* __restrict, char** __restrict, int);
int rand(void);
void srand(unsigned);
void* bsearch(const void*, const void*, size_t, size_t, int (*)(const void*, const void*));
void qsort(void*, size_t, size_t, int (*)(const void*, const void*));
#ifdef __cplusplus
}
#endif
#endif
