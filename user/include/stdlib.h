#ifndef _STDLIB_H
#define _STDLIB_H
#include <alloca.h>
#include <features.h>
#include <stddef.h>
__BEGIN_DECLS
#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
#define RAND_MAX 0x7fffffff
#define MB_CUR_MAX 1

typedef struct {
  int quot, rem;
} div_t;
typedef struct {
  long quot, rem;
} ldiv_t;
typedef struct {
  long long quot, rem;
} lldiv_t;

void* malloc(size_t size) __attribute__((malloc, alloc_size(1)));
void* calloc(size_t count, size_t size) __attribute__((malloc, alloc_size(1, 2)));
void* realloc(void* p, size_t size) __attribute__((alloc_size(2)));
void* reallocarray(void* p, size_t count, size_t size);
void free(void* p);
void* aligned_alloc(size_t alignment, size_t size);
int posix_memalign(void** out, size_t alignment, size_t size);

__noreturn_fn void abort(void);
__noreturn_fn void exit(int status);
__noreturn_fn void _Exit(int status);
__noreturn_fn void quick_exit(int status);
int atexit(void (*function)(void));
int at_quick_exit(void (*function)(void));
int system(const char* command);

char* getenv(const char* name);
char* secure_getenv(const char* name);
int setenv(const char* name, const char* value, int overwrite);
int unsetenv(const char* name);
int putenv(char* assignment);
int clearenv(void);

int abs(int v);
long labs(long v);
long long llabs(long long v);
div_t div(int a, int b);
ldiv_t ldiv(long a, long b);
lldiv_t lldiv(long long a, long long b);

int atoi(const char* s);
long atol(const char* s);
long long atoll(const char* s);
double atof(const char* s);
double strtod(const char* __restrict s, char** __restrict end);
float strtof(const char* __restrict s, char** __restrict end);
long double strtold(const char* __restrict s, char** __restrict end);  // with the precision of double
long strtol(const char* __restrict s, char** __restrict end, int base);
long long strtoll(const char* __restrict s, char** __restrict end, int base);
unsigned long strtoul(const char* __restrict s, char** __restrict end, int base);
unsigned long long strtoull(const char* __restrict s, char** __restrict end, int base);

int rand(void);
int rand_r(unsigned* state);
void srand(unsigned seed);
long random(void);
void srandom(unsigned seed);
double drand48(void);
void srand48(long seed);

void* bsearch(const void* key, const void* base, size_t count, size_t size, int (*compare)(const void*, const void*));
void qsort(void* base, size_t count, size_t size, int (*compare)(const void*, const void*));
void qsort_r(void* base, size_t count, size_t size, int (*compare)(const void*, const void*, void*), void* context);

int mkstemp(char* path_template);
char* mkdtemp(char* path_template);
char* realpath(const char* __restrict path, char* __restrict resolved);
int getsubopt(char** option, char* const* tokens, char** value);
int getloadavg(double averages[], int count);
__END_DECLS
#endif
