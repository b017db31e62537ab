#ifndef _UNISTD_H
#define _UNISTD_H
#include <features.h>
#include <stddef.h>
#include <sys/types.h>
__BEGIN_DECLS
#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2
#ifndef SEEK_SET
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#endif
#define F_OK 0
#define X_OK 1
#define W_OK 2
#define R_OK 4

extern char** environ;

ssize_t read(int fd, void* buffer, size_t n);
ssize_t write(int fd, const void* buffer, size_t n);
ssize_t pread(int fd, void* buffer, size_t n, off_t offset);
ssize_t pwrite(int fd, const void* buffer, size_t n, off_t offset);
off_t lseek(int fd, off_t offset, int whence);
int close(int fd);
int dup(int fd);
int dup2(int from, int to);
int dup3(int from, int to, int flags);
int pipe(int fds[2]);
int pipe2(int fds[2], int flags);
int ftruncate(int fd, off_t length);
int truncate(const char* path, off_t length);
int fsync(int fd);
int fdatasync(int fd);
void sync(void);
int isatty(int fd);
char* ttyname(int fd);

int access(const char* path, int mode);
int faccessat(int dir, const char* path, int mode, int flags);
int chdir(const char* path);
int fchdir(int fd);
int chroot(const char* path);
char* getcwd(char* buffer, size_t size);
int link(const char* from, const char* to);
int linkat(int from_dir, const char* from, int to_dir, const char* to, int flags);
int symlink(const char* target, const char* path);
int symlinkat(const char* target, int dir, const char* path);
ssize_t readlink(const char* __restrict path, char* __restrict buffer, size_t size);
ssize_t readlinkat(int dir, const char* __restrict path, char* __restrict buffer, size_t size);
int unlink(const char* path);
int unlinkat(int dir, const char* path, int flags);
int rmdir(const char* path);
int chown(const char* path, uid_t uid, gid_t gid);
int fchown(int fd, uid_t uid, gid_t gid);
int lchown(const char* path, uid_t uid, gid_t gid);

pid_t fork(void);
pid_t vfork(void);  // an ordinary fork
int execve(const char* path, char* const argv[], char* const envp[]);
int execv(const char* path, char* const argv[]);
int execvp(const char* file, char* const argv[]);
int execvpe(const char* file, char* const argv[], char* const envp[]);
int execl(const char* path, const char* arg, ...) __attribute__((sentinel));
int execlp(const char* file, const char* arg, ...) __attribute__((sentinel));
int execle(const char* path, const char* arg, ...);
__noreturn_fn void _exit(int status);
pid_t getpid(void);
pid_t getppid(void);
pid_t gettid(void);
pid_t getpgid(pid_t pid);
pid_t getpgrp(void);
int setpgid(pid_t pid, pid_t group);
int setpgrp(void);
pid_t getsid(pid_t pid);
pid_t setsid(void);
pid_t tcgetpgrp(int fd);
int tcsetpgrp(int fd, pid_t group);
uid_t getuid(void);
uid_t geteuid(void);
gid_t getgid(void);
gid_t getegid(void);
int setuid(uid_t uid);
int seteuid(uid_t uid);
int setreuid(uid_t real, uid_t effective);
int setresuid(uid_t real, uid_t effective, uid_t saved);
int getresuid(uid_t* real, uid_t* effective, uid_t* saved);
int setgid(gid_t gid);
int setegid(gid_t gid);
int setregid(gid_t real, gid_t effective);
int setresgid(gid_t real, gid_t effective, gid_t saved);
int getresgid(gid_t* real, gid_t* effective, gid_t* saved);
int getgroups(int count, gid_t groups[]);
int setgroups(size_t count, const gid_t* groups);
int nice(int increment);

unsigned sleep(unsigned seconds);
int usleep(unsigned microseconds);
unsigned alarm(unsigned seconds);
int pause(void);
int brk(void* end);
void* sbrk(intptr_t increment);
int getpagesize(void);
int gethostname(char* name, size_t size);
int sethostname(const char* name, size_t size);
char* getlogin(void);
long syscall(long number, ...);

#define _SC_ARG_MAX 0
#define _SC_CHILD_MAX 1
#define _SC_CLK_TCK 2
#define _SC_NGROUPS_MAX 3
#define _SC_OPEN_MAX 4
#define _SC_PAGESIZE 30
#define _SC_PAGE_SIZE _SC_PAGESIZE
#define _SC_NPROCESSORS_CONF 83
#define _SC_NPROCESSORS_ONLN 84
#define _SC_PHYS_PAGES 85
#define _SC_AVPHYS_PAGES 86
long sysconf(int name);
#define _PC_NAME_MAX 3
#define _PC_PATH_MAX 4
#define _PC_PIPE_BUF 5
long pathconf(const char* path, int name);

extern char* optarg;
extern int optind, opterr, optopt;
int getopt(int argc, char* const argv[], const char* options);
__END_DECLS
#endif
