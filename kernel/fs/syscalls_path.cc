// Names: making, removing and moving them; the working directory; mounts.
#include <algorithm>

#include "fs/syscall_args.h"
#include "syscall/table.h"

using namespace skep;
using namespace skep::vfs;

namespace {

// The file systems that exist are mounted at boot; what tools do at start-up, mounting them again, is answered as Linux
// does for a place where that file system is mounted already.
Result<void> mount_again(uint64_t target, uint64_t type) {
  static constexpr struct {
    std::string_view type;
    FsType fs;
  } kKnown[] = {{"proc", FsType::kProc},     {"sysfs", FsType::kSys}, {"debugfs", FsType::kDebug},
                {"tracefs", FsType::kTrace}, {"bpf", FsType::kBpf},   {"devtmpfs", FsType::kDevice},
                {"tmpfs", FsType::kRam}};
  if (current_credentials().euid != 0) return fail(Errno::kEPERM);
  const PathArgument path = TRY(path_argument(static_cast<uint64_t>(AT_FDCWD), target));
  const KVector<char> wanted = TRY(string_argument(type));
  struct stat facts;
  TRY(vfs::stat(path.directory(), path.path(), true, facts));
  if (!S_ISDIR(facts.st_mode)) return fail(Errno::kENOTDIR);
  for (const auto& known : kKnown) {
    if (known.type != view(wanted)) continue;
    return facts.st_dev == device_number(known.fs) ? fail(Errno::kEBUSY) : fail(Errno::kEOPNOTSUPP);
  }
  return fail(Errno::kENODEV);
}

}  // namespace

extern "C" {

long sys_mkdirat(uint64_t dirfd, uint64_t path, uint64_t mode) {
  return finish([&]() -> Result<void> {
    const PathArgument p = TRY(path_argument(dirfd, path));
    return make_directory(p.directory(), p.path(), static_cast<uint32_t>(mode));
  });
}

// Regular files can be made this way too; devices and named pipes are not something a program may make here.
long sys_mknodat(uint64_t dirfd, uint64_t path, uint64_t mode, uint64_t) {
  return finish([&]() -> Result<void> {
    const PathArgument p = TRY(path_argument(dirfd, path));
    const auto type = static_cast<uint32_t>(mode) & S_IFMT;
    if (type != 0 && type != S_IFREG) return fail(Errno::kEPERM);
    const Result<Ref<File>> made =
        vfs::open(p.directory(), p.path(), O_CREAT | O_EXCL | O_WRONLY, static_cast<uint32_t>(mode));
    return made ? Result<void>{} : fail(made.error());
  });
}

long sys_unlinkat(uint64_t dirfd, uint64_t path, uint64_t flags) {
  return finish([&]() -> Result<void> {
    const auto how = static_cast<uint32_t>(flags);
    if (how & ~static_cast<uint32_t>(AT_REMOVEDIR)) return fail(Errno::kEINVAL);
    const PathArgument p = TRY(path_argument(dirfd, path));
    return (how & AT_REMOVEDIR) ? remove_directory(p.directory(), p.path()) : unlink(p.directory(), p.path());
  });
}

long sys_symlinkat(uint64_t target, uint64_t dirfd, uint64_t path) {
  return finish([&]() -> Result<void> {
    const KVector<char> text = TRY(string_argument(target));
    const PathArgument p = TRY(path_argument(dirfd, path));
    return make_symlink(view(text), p.directory(), p.path());
  });
}

long sys_linkat(uint64_t old_dirfd, uint64_t old_path, uint64_t dirfd, uint64_t path, uint64_t flags) {
  return finish([&]() -> Result<void> {
    const auto how = static_cast<uint32_t>(flags);
    if (how & ~static_cast<uint32_t>(AT_SYMLINK_FOLLOW)) return fail(Errno::kEINVAL);
    const PathArgument from = TRY(path_argument(old_dirfd, old_path));
    const PathArgument to = TRY(path_argument(dirfd, path));
    return make_link(from.directory(), from.path(), to.directory(), to.path(), (how & AT_SYMLINK_FOLLOW) != 0);
  });
}

long sys_renameat2(uint64_t old_dirfd, uint64_t old_path, uint64_t dirfd, uint64_t path, uint64_t flags) {
  return finish([&]() -> Result<void> {
    const PathArgument from = TRY(path_argument(old_dirfd, old_path));
    const PathArgument to = TRY(path_argument(dirfd, path));
    return rename(from.directory(), from.path(), to.directory(), to.path(), static_cast<uint32_t>(flags));
  });
}

long sys_readlinkat(uint64_t dirfd, uint64_t path, uint64_t buffer, uint64_t bytes) {
  return finish([&]() -> Result<size_t> {
    const auto room = static_cast<int32_t>(bytes);
    if (room <= 0) return fail(Errno::kEINVAL);
    const PathArgument p = TRY(path_argument(dirfd, path));
    KVector<char> target;
    if (p.path().empty()) {  // the link itself, opened with O_PATH | O_NOFOLLOW
      const Ref<File> file = TRY(file_at(dirfd));
      if (!file->node || !file->node->is_symlink()) return fail(Errno::kENOENT);
      target = TRY(file->node->read_link());
    } else {
      target = TRY(read_link(p.directory(), p.path()));
    }
    const size_t n = std::min(target.size(), static_cast<size_t>(room));
    TRY(copy_to_user(buffer, target.data(), n));
    return n;
  });
}

long sys_chdir(uint64_t path) {
  return finish([&]() -> Result<void> {
    const PathArgument p = TRY(path_argument(static_cast<uint64_t>(AT_FDCWD), path));
    const KVector<char> entered = TRY(enter_directory(p.directory(), p.path()));
    return set_current_cwd(view(entered));
  });
}

long sys_fchdir(uint64_t fd) {
  return finish([&]() -> Result<void> {
    const Ref<File> file = TRY(file_at(fd));
    if (!file->node || !file->node->as_directory()) return fail(Errno::kENOTDIR);
    const KVector<char> entered = TRY(enter_directory("/", view(file->path)));
    return set_current_cwd(view(entered));
  });
}

long sys_getcwd(uint64_t buffer, uint64_t bytes) {
  return finish([&]() -> Result<size_t> {
    KVector<char> cwd = TRY(copy_text(current_cwd()));
    TRY(append_text(cwd, std::string_view("\0", 1)));
    if (bytes < cwd.size()) return fail(Errno::kERANGE);
    TRY(copy_to_user(buffer, cwd.data(), cwd.size()));
    return cwd.size();
  });
}

long sys_truncate(uint64_t path, uint64_t bytes) {
  return finish([&]() -> Result<void> {
    if (static_cast<int64_t>(bytes) < 0) return fail(Errno::kEINVAL);
    const PathArgument p = TRY(path_argument(static_cast<uint64_t>(AT_FDCWD), path));
    return truncate(p.directory(), p.path(), bytes);
  });
}

long sys_umask(uint64_t mask) { return static_cast<long>(set_current_umask(static_cast<uint32_t>(mask) & 0777)); }

long sys_mount(uint64_t, uint64_t target, uint64_t type, uint64_t, uint64_t) {
  return finish([&] { return mount_again(target, type); });
}

long sys_umount2(uint64_t target, uint64_t) {
  return finish([&]() -> Result<void> {
    if (current_credentials().euid != 0) return fail(Errno::kEPERM);
    const PathArgument p = TRY(path_argument(static_cast<uint64_t>(AT_FDCWD), target));
    struct stat facts;
    TRY(vfs::stat(p.directory(), p.path(), true, facts));
    return facts.st_dev == device_number(FsType::kRam) ? fail(Errno::kEINVAL) : fail(Errno::kEBUSY);
  });
}

}  // extern "C"
