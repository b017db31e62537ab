// Error numbers as a type. The values are Linux's generic ones (asm-generic/errno-base.h, errno.h); kernel/uapi/errno.h
// gives user space the same values as macros, and a host test compares both with the system's headers.
#pragma once

#include <stdint.h>

#include <string_view>

namespace skep {

// X(name, value, message). The messages are those that strerror() returns in user space.
#define SKEP_ERRNO_LIST(X)                                           \
  X(EPERM, 1, "Operation not permitted")                             \
  X(ENOENT, 2, "No such file or directory")                          \
  X(ESRCH, 3, "No such process")                                     \
  X(EINTR, 4, "Interrupted system call")                             \
  X(EIO, 5, "Input/output error")                                    \
  X(ENXIO, 6, "No such device or address")                           \
  X(E2BIG, 7, "Argument list too long")                              \
  X(ENOEXEC, 8, "Exec format error")                                 \
  X(EBADF, 9, "Bad file descriptor")                                 \
  X(ECHILD, 10, "No child processes")                                \
  X(EAGAIN, 11, "Resource temporarily unavailable")                  \
  X(ENOMEM, 12, "Cannot allocate memory")                            \
  X(EACCES, 13, "Permission denied")                                 \
  X(EFAULT, 14, "Bad address")                                       \
  X(ENOTBLK, 15, "Block device required")                            \
  X(EBUSY, 16, "Device or resource busy")                            \
  X(EEXIST, 17, "File exists")                                       \
  X(EXDEV, 18, "Invalid cross-device link")                          \
  X(ENODEV, 19, "No such device")                                    \
  X(ENOTDIR, 20, "Not a directory")                                  \
  X(EISDIR, 21, "Is a directory")                                    \
  X(EINVAL, 22, "Invalid argument")                                  \
  X(ENFILE, 23, "Too many open files in system")                     \
  X(EMFILE, 24, "Too many open files")                               \
  X(ENOTTY, 25, "Inappropriate ioctl for device")                    \
  X(ETXTBSY, 26, "Text file busy")                                   \
  X(EFBIG, 27, "File too large")                                     \
  X(ENOSPC, 28, "No space left on device")                           \
  X(ESPIPE, 29, "Illegal seek")                                      \
  X(EROFS, 30, "Read-only file system")                              \
  X(EMLINK, 31, "Too many links")                                    \
  X(EPIPE, 32, "Broken pipe")                                        \
  X(EDOM, 33, "Numerical argument out of domain")                    \
  X(ERANGE, 34, "Numerical result out of range")                     \
  X(EDEADLK, 35, "Resource deadlock avoided")                        \
  X(ENAMETOOLONG, 36, "File name too long")                          \
  X(ENOLCK, 37, "No locks available")                                \
  X(ENOSYS, 38, "Function not implemented")                          \
  X(ENOTEMPTY, 39, "Directory not empty")                            \
  X(ELOOP, 40, "Too many levels of symbolic links")                  \
  X(ENODATA, 61, "No data available")                                \
  X(ENOLINK, 67, "Link has been severed")                            \
  X(EPROTO, 71, "Protocol error")                                    \
  X(EBADMSG, 74, "Bad message")                                      \
  X(EOVERFLOW, 75, "Value too large for defined data type")          \
  X(EILSEQ, 84, "Invalid or incomplete multibyte or wide character") \
  X(EUSERS, 87, "Too many users")                                    \
  X(EPROTONOSUPPORT, 93, "Protocol not supported")                   \
  X(EOPNOTSUPP, 95, "Operation not supported")                       \
  X(EADDRINUSE, 98, "Address already in use")                        \
  X(EADDRNOTAVAIL, 99, "Cannot assign requested address")           \
  X(ETIMEDOUT, 110, "Connection timed out")                          \
  X(EALREADY, 114, "Operation already in progress")                  \
  X(EINPROGRESS, 115, "Operation now in progress")                   \
  X(ESTALE, 116, "Stale file handle")                                \
  X(ECANCELED, 125, "Operation canceled")                            \
  X(ENOTSUPP, 524, "Operation is not supported")

// kE… because the plain names are macros wherever a C library's <errno.h> is seen (the host tests).
enum class Errno : int32_t {
#define SKEP_ERRNO_ENUM(name, value, message) k##name = value,
  SKEP_ERRNO_LIST(SKEP_ERRNO_ENUM)
#undef SKEP_ERRNO_ENUM
};

// "EINVAL" for kEINVAL; "E?" for a value outside the list.
constexpr std::string_view errno_name(Errno e) {
  switch (e) {
#define SKEP_ERRNO_NAME(name, value, message) \
  case Errno::k##name:                        \
    return std::string_view(#name);
    SKEP_ERRNO_LIST(SKEP_ERRNO_NAME)
#undef SKEP_ERRNO_NAME
  }
  return "E?";
}

}  // namespace skep
