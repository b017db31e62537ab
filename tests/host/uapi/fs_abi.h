// The file ABI as a list of facts, compiled once against kernel/uapi/fs.h and once against the system's headers.
#pragma once

#include <span>
#include <string_view>

namespace fs_abi {

struct Fact {
  std::string_view name;
  long long value;
};
std::span<const Fact> ours();
std::span<const Fact> linuxs();

}  // namespace fs_abi

// VALUE(name) and the layout of structures: SIZE(type), AT(type, our member, their member).
// clang-format off: it finds no resting place for a list this long
#define FS_ABI_LIST(VALUE, SIZE, AT)                                                                                              \
  VALUE(O_ACCMODE)                                                                                                                \
  VALUE(O_RDONLY)                                                                                                                 \
  VALUE(O_WRONLY)                                                                                                                 \
  VALUE(O_RDWR) VALUE(O_CREAT) VALUE(O_EXCL) VALUE(O_NOCTTY) VALUE(O_TRUNC) VALUE(O_APPEND) VALUE(O_NONBLOCK) VALUE(              \
      O_DSYNC) VALUE(O_DIRECT) VALUE(O_LARGEFILE) VALUE(O_DIRECTORY) VALUE(O_NOFOLLOW) VALUE(O_NOATIME)                           \
      VALUE(O_CLOEXEC) VALUE(O_SYNC) VALUE(O_PATH) VALUE(O_TMPFILE) VALUE(AT_FDCWD) VALUE(AT_SYMLINK_NOFOLLOW) VALUE(             \
          AT_EACCESS) VALUE(AT_REMOVEDIR) VALUE(AT_SYMLINK_FOLLOW) VALUE(AT_NO_AUTOMOUNT) VALUE(AT_EMPTY_PATH)                    \
          VALUE(F_DUPFD) VALUE(F_GETFD) VALUE(F_SETFD) VALUE(F_GETFL) VALUE(F_SETFL) VALUE(F_DUPFD_CLOEXEC) VALUE(                \
              F_SETPIPE_SZ) VALUE(F_GETPIPE_SZ) VALUE(FD_CLOEXEC) VALUE(RENAME_NOREPLACE) VALUE(RENAME_EXCHANGE)                  \
              VALUE(S_IFMT) VALUE(S_IFSOCK) VALUE(S_IFLNK) VALUE(S_IFREG) VALUE(S_IFBLK) VALUE(S_IFDIR) VALUE(                    \
                  S_IFCHR) VALUE(S_IFIFO) VALUE(S_ISUID) VALUE(S_ISGID) VALUE(S_ISVTX) VALUE(SEEK_SET) VALUE(SEEK_CUR)            \
                  VALUE(SEEK_END) VALUE(STATX_BASIC_STATS) VALUE(STATX__RESERVED) VALUE(TMPFS_MAGIC) VALUE(                       \
                      PROC_SUPER_MAGIC) VALUE(SYSFS_MAGIC) VALUE(TRACEFS_MAGIC) VALUE(DEBUGFS_MAGIC)                              \
                      VALUE(BPF_FS_MAGIC) VALUE(PIPEFS_MAGIC) VALUE(ANON_INODE_FS_MAGIC) VALUE(UIO_MAXIOV) VALUE(                 \
                          POLLIN) VALUE(POLLPRI) VALUE(POLLOUT) VALUE(POLLERR)                                                    \
                          VALUE(POLLHUP) VALUE(POLLNVAL) VALUE(POLLRDNORM) VALUE(POLLRDBAND) VALUE(                               \
                              POLLWRNORM) VALUE(NCCS) VALUE(VINTR) VALUE(VQUIT) VALUE(VERASE)                                     \
                              VALUE(VKILL) VALUE(VEOF) VALUE(VTIME) VALUE(VMIN) VALUE(                                            \
                                  VSUSP) VALUE(VEOL) VALUE(VREPRINT) VALUE(VWERASE) VALUE(VLNEXT)                                 \
                                  VALUE(VEOL2) VALUE(INLCR) VALUE(IGNCR) VALUE(                                                   \
                                      ICRNL) VALUE(IXON) VALUE(OPOST) VALUE(ONLCR) VALUE(B38400) VALUE(CS8) VALUE(CREAD)          \
                                      VALUE(HUPCL) VALUE(ISIG) VALUE(ICANON) VALUE(ECHO) VALUE(                                   \
                                          ECHOE) VALUE(ECHOK) VALUE(ECHONL) VALUE(NOFLSH)                                         \
                                          VALUE(ECHOCTL) VALUE(ECHOKE) VALUE(IEXTEN) VALUE(TCGETS) VALUE(TCSETS) VALUE(           \
                                              TCSETSW) VALUE(TCSETSF) VALUE(TCSBRK) VALUE(TCFLSH)                                 \
                                              VALUE(TIOCSCTTY) VALUE(TIOCGPGRP) VALUE(TIOCSPGRP) VALUE(TIOCOUTQ) VALUE(           \
                                                  TIOCGWINSZ) VALUE(TIOCSWINSZ) VALUE(FIONREAD)                                   \
                                                  VALUE(TIOCNOTTY) VALUE(TIOCGSID) VALUE(FIONCLEX) VALUE(FIOCLEX) VALUE(          \
                                                      FIONBIO) SIZE(struct                                                        \
                                                                    stat) AT(struct stat, st_dev)                                 \
                                                      AT(struct stat,                                                             \
                                                         st_ino) AT(struct stat,                                                  \
                                                                    st_mode) AT(struct stat,                                      \
                                                                                st_nlink) AT(struct stat, st_uid)                 \
                                                          AT(struct stat,                                                         \
                                                             st_gid) AT(struct stat,                                              \
                                                                        st_rdev) AT(struct stat,                                  \
                                                                                    st_size) AT(struct stat,                      \
                                                                                                st_blksize)                       \
                                                              AT(struct stat, st_blocks) AT(struct stat, st_atime) AT(            \
                                                                  struct                                                          \
                                                                  stat,                                                           \
                                                                  st_atime_nsec) AT(struct stat,                                  \
                                                                                    st_mtime) AT(struct stat, st_mtime_nsec)      \
                                                                  AT(struct stat, st_ctime) AT(struct stat, st_ctime_nsec) SIZE(  \
                                                                      struct                                                      \
                                                                      statx) AT(struct statx,                                     \
                                                                                stx_mask) AT(struct statx, stx_attributes)        \
                                                                      AT(struct statx, stx_uid) AT(                               \
                                                                          struct                                                  \
                                                                          statx,                                                  \
                                                                          stx_mode) AT(struct statx,                              \
                                                                                       stx_ino) AT(struct statx,                  \
                                                                                                   stx_size)                      \
                                                                          AT(struct statx, stx_blocks) AT(                        \
                                                                              struct                                              \
                                                                              statx,                                              \
                                                                              stx_atime) AT(struct statx, stx_mtime)              \
                                                                              AT(struct statx,                                    \
                                                                                 stx_rdev_major) AT(struct statx,                 \
                                                                                                    stx_dev_minor)                \
                                                                                  AT(struct statx, stx_mnt_id) SIZE(              \
                                                                                      struct statfs) AT(struct statfs,            \
                                                                                                        f_type)                   \
                                                                                      AT(struct statfs, f_bsize) AT(              \
                                                                                          struct                                  \
                                                                                          statfs,                                 \
                                                                                          f_blocks) AT(struct statfs,             \
                                                                                                       f_bavail)                  \
                                                                                          AT(struct statfs, f_fsid) AT(           \
                                                                                              struct                              \
                                                                                              statfs,                             \
                                                                                              f_namelen) AT(struct                \
                                                                                                            statfs,               \
                                                                                                            f_flags)              \
                                                                                              SIZE(struct termios) AT(            \
                                                                                                  struct                          \
                                                                                                  termios,                        \
                                                                                                  c_lflag)                        \
                                                                                                  AT(struct termios,              \
                                                                                                     c_line) AT(struct            \
                                                                                                                termios,          \
                                                                                                                c_cc)             \
                                                                                                      SIZE(struct winsize) AT(    \
                                                                                                          struct                  \
                                                                                                          winsize,                \
                                                                                                          ws_col)                 \
                                                                                                          SIZE(struct pollfd) AT( \
                                                                                                              struct              \
                                                                                                              pollfd,             \
                                                                                                              revents)            \
                                                                                                              SIZE(               \
                                                                                                                  struct          \
                                                                                                                  iovec)          \
                                                                                                                  AT(struct       \
                                                                                                                     iovec,       \
                                                                                                                     iov_len)

// clang-format on
#define FS_ABI_VALUE(name) {#name, static_cast<long long>(name)},
#define FS_ABI_SIZE(type) {"sizeof " #type, sizeof(type)},
#define FS_ABI_AT(type, member) {#type "::" #member, offsetof(type, member)},
