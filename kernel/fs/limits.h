// Limits of the file system, each with its reason.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace skep::vfs {

inline constexpr size_t kPathMax = 4096;      // PATH_MAX: what programs size their buffers by, NUL included
inline constexpr size_t kNameMax = 255;       // NAME_MAX
inline constexpr unsigned kMaxSymlinks = 40;  // ELOOP beyond, as Linux
// A file's page list is one allocation, 8 bytes for each page: 2 MiB of list for the largest file.
inline constexpr uint64_t kMaxRamFileBytes = uint64_t{1} << 30;
// RAM files may take at most this share of memory, as tmpfs: programs must stay able to run when a disk would be full.
inline constexpr size_t kRamShareDivisor = 2;
inline constexpr size_t kPipeBytes = 65536;  // as Linux's default; several times PIPE_BUF
inline constexpr size_t kPipeBuf = 4096;     // writes up to this size are not mixed with others
inline constexpr size_t kMaxTransferBytes =
    0x7ffff000;                                         // of one read or write: the result must fit an int, as on Linux
inline constexpr size_t kMaxTextWriteBytes = 4096;      // one write to a generated file: a page, as sysfs
inline constexpr size_t kDirectoryBufferBytes = 32768;  // of one getdents64: bounds the kernel's copy of the records

}  // namespace skep::vfs
