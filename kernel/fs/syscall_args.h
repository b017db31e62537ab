// What the file system calls do with their arguments before anything else.
#pragma once

#include "fs/node.h"
#include "fs/vfs.h"
#include "task/task.h"
#include "uapi/fs.h"

namespace skep::vfs {

inline Result<Ref<File>> file_at(uint64_t fd) { return current_fd_table().get(static_cast<int>(fd)); }
// The same for transfers: EBADF unless it was opened for reading, or writing.
Result<Ref<File>> readable_file_at(uint64_t fd);
Result<Ref<File>> writable_file_at(uint64_t fd);

// A path from user memory together with the directory that it is relative to. `text` may be empty.
struct PathArgument {
  KVector<char> text;
  KVector<char> base;  // absolute, normalised
  std::string_view path() const { return view(text); }
  std::string_view directory() const { return view(base); }
};
// EFAULT, ENAMETOOLONG, EBADF, ENOTDIR.
Result<PathArgument> path_argument(uint64_t dirfd, uint64_t path);
// A string of at most kPathMax bytes with its NUL.
Result<KVector<char>> string_argument(uint64_t address);

template <typename F>
long finish(F&& body) {
  return to_syscall_return(body());
}

}  // namespace skep::vfs
