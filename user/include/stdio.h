#ifndef _STDIO_H
#define _STDIO_H
#include <features.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>
__BEGIN_DECLS
#define EOF (-1)
#define BUFSIZ 4096
#define FILENAME_MAX 4096
#define FOPEN_MAX 1000
#define L_tmpnam 20
#define TMP_MAX 10000
#define P_tmpdir "/tmp"
#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2
#ifndef SEEK_SET
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#endif

typedef struct _FILE FILE;
typedef long fpos_t;

extern FILE* stdin;
extern FILE* stdout;
extern FILE* stderr;
#define stdin stdin
#define stdout stdout
#define stderr stderr

FILE* fopen(const char* __restrict path, const char* __restrict mode);
FILE* fdopen(int fd, const char* mode);
FILE* freopen(const char* __restrict path, const char* __restrict mode, FILE* __restrict f);
FILE* tmpfile(void);
FILE* open_memstream(char** buffer, size_t* size);
FILE* fmemopen(void* __restrict buffer, size_t size, const char* __restrict mode);
FILE* popen(const char* command, const char* mode);
int pclose(FILE* f);
int fclose(FILE* f);
int fflush(FILE* f);
void setbuf(FILE* __restrict f, char* __restrict buffer);
int setvbuf(FILE* __restrict f, char* __restrict buffer, int mode, size_t size);
void setlinebuf(FILE* f);
void setbuffer(FILE* f, char* buffer, size_t size);

size_t fread(void* __restrict p, size_t size, size_t count, FILE* __restrict f);
size_t fwrite(const void* __restrict p, size_t size, size_t count, FILE* __restrict f);
int fgetc(FILE* f);
int getc(FILE* f);
int getchar(void);
int ungetc(int c, FILE* f);
char* fgets(char* __restrict s, int size, FILE* __restrict f);
ssize_t getline(char** __restrict line, size_t* __restrict capacity, FILE* __restrict f);
ssize_t getdelim(char** __restrict line, size_t* __restrict capacity, int delim, FILE* __restrict f);
int fputc(int c, FILE* f);
int putc(int c, FILE* f);
int putchar(int c);
int fputs(const char* __restrict s, FILE* __restrict f);
int puts(const char* s);
// There is one thread: the unlocked forms are the same functions.
int getc_unlocked(FILE* f);
int getchar_unlocked(void);
int putc_unlocked(int c, FILE* f);
int putchar_unlocked(int c);
void flockfile(FILE* f);
void funlockfile(FILE* f);

int fseek(FILE* f, long offset, int whence);
int fseeko(FILE* f, off_t offset, int whence);
long ftell(FILE* f);
off_t ftello(FILE* f);
void rewind(FILE* f);
int fgetpos(FILE* __restrict f, fpos_t* __restrict position);
int fsetpos(FILE* f, const fpos_t* position);
int feof(FILE* f);
int ferror(FILE* f);
void clearerr(FILE* f);
int fileno(FILE* f);

int printf(const char* __restrict format, ...) __printf_like(1, 2);
int fprintf(FILE* __restrict f, const char* __restrict format, ...) __printf_like(2, 3);
int dprintf(int fd, const char* __restrict format, ...) __printf_like(2, 3);
int sprintf(char* __restrict s, const char* __restrict format, ...) __printf_like(2, 3);
int snprintf(char* __restrict s, size_t size, const char* __restrict format, ...) __printf_like(3, 4);
int asprintf(char** __restrict out, const char* __restrict format, ...) __printf_like(2, 3);
int vprintf(const char* __restrict format, va_list args) __printf_like(1, 0);
int vfprintf(FILE* __restrict f, const char* __restrict format, va_list args) __printf_like(2, 0);
int vdprintf(int fd, const char* __restrict format, va_list args) __printf_like(2, 0);
int vsprintf(char* __restrict s, const char* __restrict format, va_list args) __printf_like(2, 0);
int vsnprintf(char* __restrict s, size_t size, const char* __restrict format, va_list args) __printf_like(3, 0);
int vasprintf(char** __restrict out, const char* __restrict format, va_list args) __printf_like(2, 0);

int scanf(const char* __restrict format, ...) __scanf_like(1, 2);
int fscanf(FILE* __restrict f, const char* __restrict format, ...) __scanf_like(2, 3);
int sscanf(const char* __restrict s, const char* __restrict format, ...) __scanf_like(2, 3);
int vscanf(const char* __restrict format, va_list args) __scanf_like(1, 0);
int vfscanf(FILE* __restrict f, const char* __restrict format, va_list args) __scanf_like(2, 0);
int vsscanf(const char* __restrict s, const char* __restrict format, va_list args) __scanf_like(2, 0);

void perror(const char* prefix);
int remove(const char* path);
int rename(const char* from, const char* to);
__END_DECLS
#endif
