#include "fs/syscall_args.h"

namespace skep::vfs {

Result<Ref<File>> readable_file_at(uint64_t fd) {
  Ref<File> file = TRY(file_at(fd));
  const uint32_t flags = file->flags.load(std::memory_order_relaxed);
  if ((flags & O_ACCMODE) == O_WRONLY || (flags & O_PATH)) return fail(Errno::kEBADF);
  return file;
}

Result<Ref<File>> writable_file_at(uint64_t fd) {
  Ref<File> file = TRY(file_at(fd));
  const uint32_t flags = file->flags.load(std::memory_order_relaxed);
  if ((flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH)) return fail(Errno::kEBADF);
  return file;
}

Result<KVector<char>> string_argument(uint64_t address) {
  KVector<char> text;
  TRY(text.resize(kPathMax));
  const size_t length = TRY(copy_string_from_user(text.span(), address));
  TRY(text.resize(length));
  return text;
}

Result<PathArgument> path_argument(uint64_t dirfd, uint64_t path) {
  PathArgument argument;
  argument.text = TRY(string_argument(path));
  const auto fd = static_cast<int>(dirfd);
  if (argument.path().starts_with('/')) {
    argument.base = TRY(copy_text("/"));
  } else if (fd == AT_FDCWD) {
    argument.base = TRY(copy_text(current_cwd()));
  } else {
    const Ref<File> file = TRY(file_at(dirfd));
    // With an empty path the descriptor may be of anything: the caller then uses it, not the directory.
    const bool is_directory = file->node && file->node->as_directory() != nullptr;
    if (!is_directory && !argument.text.empty()) return fail(Errno::kENOTDIR);
    argument.base = TRY(copy_text(is_directory ? view(file->path) : std::string_view("/")));
  }
  return argument;
}

}  // namespace skep::vfs
