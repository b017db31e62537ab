// Files: the system calls on descriptors and paths. The kernel has the …at forms only.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../internal/syscall.h"

using libc::call;

// Defines a function whose result is that of a system call with the same arguments.
#define INT_CALL(number, ...) static_cast<int>(call(number, __VA_ARGS__))

extern "C" {

int openat(int dir, const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
    va_list args;
    va_start(args, flags);
    mode = va_arg(args, mode_t);
    va_end(args);
  }
  return INT_CALL(__NR_openat, dir, path, flags | O_LARGEFILE, mode);
}
int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
    va_list args;
    va_start(args, flags);
    mode = va_arg(args, mode_t);
    va_end(args);
  }
  return openat(AT_FDCWD, path, flags, mode);
}
int creat(const char* path, mode_t mode) { return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

ssize_t read(int fd, void* buffer, size_t n) { return call(__NR_read, fd, buffer, n); }
ssize_t write(int fd, const void* buffer, size_t n) { return call(__NR_write, fd, buffer, n); }
ssize_t pread(int fd, void* buffer, size_t n, off_t offset) { return call(__NR_pread64, fd, buffer, n, offset); }
ssize_t pwrite(int fd, const void* buffer, size_t n, off_t offset) {
  return call(__NR_pwrite64, fd, buffer, n, offset);
}
ssize_t readv(int fd, const iovec* parts, int count) { return call(__NR_readv, fd, parts, count); }
ssize_t writev(int fd, const iovec* parts, int count) { return call(__NR_writev, fd, parts, count); }
off_t lseek(int fd, off_t offset, int whence) { return call(__NR_lseek, fd, offset, whence); }
int close(int fd) { return INT_CALL(__NR_close, fd); }
int dup(int fd) { return INT_CALL(__NR_dup, fd); }
int dup3(int from, int to, int flags) { return INT_CALL(__NR_dup3, from, to, flags); }
int dup2(int from, int to) {
  if (from != to) return dup3(from, to, 0);
  return fcntl(from, F_GETFD) < 0 ? -1 : to;  // dup3 refuses equal numbers
}
int pipe2(int fds[2], int flags) { return INT_CALL(__NR_pipe2, fds, flags); }
int pipe(int fds[2]) { return pipe2(fds, 0); }
int ftruncate(int fd, off_t length) { return INT_CALL(__NR_ftruncate, fd, length); }
int truncate(const char* path, off_t length) { return INT_CALL(__NR_truncate, path, length); }
int fsync(int fd) { return INT_CALL(__NR_fsync, fd); }
int fdatasync(int fd) { return INT_CALL(__NR_fdatasync, fd); }
void sync() { libc::sys(__NR_sync); }
int flock(int fd, int operation) { return INT_CALL(__NR_flock, fd, operation); }

int fcntl(int fd, int command, ...) {
  va_list args;
  va_start(args, command);
  const unsigned long argument = va_arg(args, unsigned long);
  va_end(args);
  return INT_CALL(__NR_fcntl, fd, command, argument);
}
int ioctl(int fd, unsigned long request, ...) {
  va_list args;
  va_start(args, request);
  const unsigned long argument = va_arg(args, unsigned long);
  va_end(args);
  return INT_CALL(__NR_ioctl, fd, request, argument);
}

// Linux's faccessat checks with the real ids; its newer form with flags may be missing.
int faccessat(int dir, const char* path, int mode, int flags) {
  if (flags == 0) return INT_CALL(__NR_faccessat, dir, path, mode);
  return INT_CALL(__NR_faccessat2, dir, path, mode, flags);
}
int access(const char* path, int mode) { return faccessat(AT_FDCWD, path, mode, 0); }

int fstatat(int dir, const char* __restrict path, struct stat* __restrict out, int flags) {
  return INT_CALL(__NR_newfstatat, dir, path, out, flags);
}
int stat(const char* __restrict path, struct stat* __restrict out) { return fstatat(AT_FDCWD, path, out, 0); }
int lstat(const char* __restrict path, struct stat* __restrict out) {
  return fstatat(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW);
}
int fstat(int fd, struct stat* out) { return INT_CALL(__NR_fstat, fd, out); }
int statfs(const char* path, struct statfs* out) { return INT_CALL(__NR_statfs, path, out); }
int fstatfs(int fd, struct statfs* out) { return INT_CALL(__NR_fstatfs, fd, out); }

// The kernel's fchmodat has no flags; links have no mode of their own.
int fchmodat(int dir, const char* path, mode_t mode, int) { return INT_CALL(__NR_fchmodat, dir, path, mode); }
int chmod(const char* path, mode_t mode) { return fchmodat(AT_FDCWD, path, mode, 0); }
int fchmod(int fd, mode_t mode) { return INT_CALL(__NR_fchmod, fd, mode); }
int chown(const char* path, uid_t uid, gid_t gid) { return INT_CALL(__NR_fchownat, AT_FDCWD, path, uid, gid, 0); }
int lchown(const char* path, uid_t uid, gid_t gid) {
  return INT_CALL(__NR_fchownat, AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}
int fchown(int fd, uid_t uid, gid_t gid) { return INT_CALL(__NR_fchown, fd, uid, gid); }
mode_t umask(mode_t mask) { return static_cast<mode_t>(call(__NR_umask, mask)); }
int utimensat(int dir, const char* path, const timespec times[2], int flags) {
  return INT_CALL(__NR_utimensat, dir, path, times, flags);
}
int futimens(int fd, const timespec times[2]) { return utimensat(fd, nullptr, times, 0); }
int utimes(const char* path, const timeval times[2]) {
  if (times == nullptr) return utimensat(AT_FDCWD, path, nullptr, 0);
  const timespec ts[2] = {{times[0].tv_sec, times[0].tv_usec * 1000}, {times[1].tv_sec, times[1].tv_usec * 1000}};
  return utimensat(AT_FDCWD, path, ts, 0);
}

int mkdirat(int dir, const char* path, mode_t mode) { return INT_CALL(__NR_mkdirat, dir, path, mode); }
int mkdir(const char* path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
int mknod(const char* path, mode_t mode, dev_t dev) { return INT_CALL(__NR_mknodat, AT_FDCWD, path, mode, dev); }
int mkfifo(const char* path, mode_t mode) { return mknod(path, mode | S_IFIFO, 0); }
int unlinkat(int dir, const char* path, int flags) { return INT_CALL(__NR_unlinkat, dir, path, flags); }
int unlink(const char* path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char* path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char* path) {
  if (unlink(path) == 0) return 0;
  return errno == EISDIR || errno == EPERM ? rmdir(path) : -1;
}
int rename(const char* from, const char* to) { return INT_CALL(__NR_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int from_dir, const char* from, int to_dir, const char* to, int flags) {
  return INT_CALL(__NR_linkat, from_dir, from, to_dir, to, flags);
}
int link(const char* from, const char* to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }
int symlinkat(const char* target, int dir, const char* path) { return INT_CALL(__NR_symlinkat, target, dir, path); }
int symlink(const char* target, const char* path) { return symlinkat(target, AT_FDCWD, path); }
ssize_t readlinkat(int dir, const char* __restrict path, char* __restrict buffer, size_t size) {
  return call(__NR_readlinkat, dir, path, buffer, size);
}
ssize_t readlink(const char* __restrict path, char* __restrict buffer, size_t size) {
  return readlinkat(AT_FDCWD, path, buffer, size);
}
int chdir(const char* path) { return INT_CALL(__NR_chdir, path); }
int fchdir(int fd) { return INT_CALL(__NR_fchdir, fd); }
int chroot(const char* path) { return INT_CALL(__NR_chroot, path); }

char* getcwd(char* buffer, size_t size) {
  if (buffer != nullptr && size == 0) {
    errno = EINVAL;
    return nullptr;
  }
  char path[PATH_MAX];
  char* into = buffer != nullptr ? buffer : path;
  if (call(__NR_getcwd, into, buffer != nullptr ? size : sizeof(path)) < 0) return nullptr;
  return buffer != nullptr ? buffer : strdup(path);
}

int mount(const char* source, const char* target, const char* type, unsigned long flags, const void* data) {
  return INT_CALL(__NR_mount, source, target, type, flags, data);
}
int umount2(const char* target, int flags) { return INT_CALL(__NR_umount2, target, flags); }
int umount(const char* target) { return umount2(target, 0); }

int ppoll(pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  timespec copy = {};
  if (timeout != nullptr) copy = *timeout;  // the kernel writes the rest back; POSIX says the argument is const
  return INT_CALL(__NR_ppoll, fds, count, timeout != nullptr ? &copy : nullptr, mask, sizeof(sigset_t));
}
int poll(pollfd* fds, nfds_t count, int timeout_ms) {
  const timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
  return ppoll(fds, count, timeout_ms < 0 ? nullptr : &timeout, nullptr);
}
int select(int count, fd_set* __restrict reads, fd_set* __restrict writes, fd_set* __restrict excepts,
           timeval* __restrict timeout) {
  timespec ts = {};
  if (timeout != nullptr) ts = {timeout->tv_sec, timeout->tv_usec * 1000};
  return INT_CALL(__NR_pselect6, count, reads, writes, excepts, timeout != nullptr ? &ts : nullptr, nullptr);
}
}
