// The file system's system calls. Arguments arrive as the raw registers: each handler narrows them itself, since a user
// program may leave anything in the upper halves. The result is a value or a negative errno. Named, numbered and
// ordered as Linux's (man section 2 describes each).
#pragma once

#include <stdint.h>

extern "C" {
// syscalls_io.cc
long sys_read(uint64_t fd, uint64_t buffer, uint64_t bytes);
long sys_write(uint64_t fd, uint64_t buffer, uint64_t bytes);
long sys_readv(uint64_t fd, uint64_t vector, uint64_t count);
long sys_writev(uint64_t fd, uint64_t vector, uint64_t count);
long sys_pread64(uint64_t fd, uint64_t buffer, uint64_t bytes, uint64_t position);
long sys_pwrite64(uint64_t fd, uint64_t buffer, uint64_t bytes, uint64_t position);
long sys_preadv(uint64_t fd, uint64_t vector, uint64_t count, uint64_t position);
long sys_pwritev(uint64_t fd, uint64_t vector, uint64_t count, uint64_t position);
long sys_lseek(uint64_t fd, uint64_t offset, uint64_t whence);
long sys_sendfile(uint64_t out_fd, uint64_t in_fd, uint64_t offset, uint64_t bytes);
long sys_ftruncate(uint64_t fd, uint64_t bytes);
long sys_sync();
long sys_fsync(uint64_t fd);
long sys_fdatasync(uint64_t fd);
long sys_fadvise64(uint64_t fd, uint64_t offset, uint64_t bytes, uint64_t advice);

// syscalls_fd.cc
long sys_openat(uint64_t dirfd, uint64_t path, uint64_t flags, uint64_t mode);
long sys_close(uint64_t fd);
long sys_close_range(uint64_t first, uint64_t last, uint64_t flags);
long sys_dup(uint64_t fd);
long sys_dup3(uint64_t old_fd, uint64_t new_fd, uint64_t flags);
long sys_fcntl(uint64_t fd, uint64_t command, uint64_t argument);
long sys_flock(uint64_t fd, uint64_t operation);
long sys_pipe2(uint64_t fds, uint64_t flags);
long sys_ioctl(uint64_t fd, uint64_t request, uint64_t argument);
long sys_getdents64(uint64_t fd, uint64_t buffer, uint64_t bytes);

// syscalls_path.cc
long sys_mkdirat(uint64_t dirfd, uint64_t path, uint64_t mode);
long sys_mknodat(uint64_t dirfd, uint64_t path, uint64_t mode, uint64_t device);
long sys_unlinkat(uint64_t dirfd, uint64_t path, uint64_t flags);
long sys_symlinkat(uint64_t target, uint64_t dirfd, uint64_t path);
long sys_linkat(uint64_t old_dirfd, uint64_t old_path, uint64_t dirfd, uint64_t path, uint64_t flags);
long sys_renameat2(uint64_t old_dirfd, uint64_t old_path, uint64_t dirfd, uint64_t path, uint64_t flags);
long sys_readlinkat(uint64_t dirfd, uint64_t path, uint64_t buffer, uint64_t bytes);
long sys_chdir(uint64_t path);
long sys_fchdir(uint64_t fd);
long sys_getcwd(uint64_t buffer, uint64_t bytes);
long sys_truncate(uint64_t path, uint64_t bytes);
long sys_umask(uint64_t mask);
long sys_mount(uint64_t source, uint64_t target, uint64_t type, uint64_t flags, uint64_t data);
long sys_umount2(uint64_t target, uint64_t flags);

// syscalls_attr.cc
long sys_fstat(uint64_t fd, uint64_t out);
long sys_newfstatat(uint64_t dirfd, uint64_t path, uint64_t out, uint64_t flags);
long sys_statx(uint64_t dirfd, uint64_t path, uint64_t flags, uint64_t mask, uint64_t out);
long sys_statfs(uint64_t path, uint64_t out);
long sys_fstatfs(uint64_t fd, uint64_t out);
long sys_faccessat(uint64_t dirfd, uint64_t path, uint64_t mode);
long sys_faccessat2(uint64_t dirfd, uint64_t path, uint64_t mode, uint64_t flags);
long sys_fchmod(uint64_t fd, uint64_t mode);
long sys_fchmodat(uint64_t dirfd, uint64_t path, uint64_t mode);
long sys_fchown(uint64_t fd, uint64_t uid, uint64_t gid);
long sys_fchownat(uint64_t dirfd, uint64_t path, uint64_t uid, uint64_t gid, uint64_t flags);
long sys_utimensat(uint64_t dirfd, uint64_t path, uint64_t times, uint64_t flags);

// syscalls_poll.cc
long sys_ppoll(uint64_t fds, uint64_t count, uint64_t timeout, uint64_t mask, uint64_t mask_bytes);
long sys_pselect6(uint64_t count, uint64_t read, uint64_t write, uint64_t except, uint64_t timeout, uint64_t mask);

// syscalls_log.cc
long sys_syslog(uint64_t action, uint64_t buffer, uint64_t bytes);
}
