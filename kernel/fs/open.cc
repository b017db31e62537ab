// Opening files by path.
#include "fs/path.h"
#include "fs/ramfs.h"
#include "fs/vfs.h"
#include "task/task.h"
#include "uapi/fs.h"

namespace skep::vfs {

namespace {

// What O_PATH gives: a place in the tree, without access to its content.
class PathFile final : public File {
 public:
  Result<size_t> read(IoBuffer, uint64_t*) override { return fail(Errno::kEBADF); }
  Result<size_t> write(IoBuffer, uint64_t*) override { return fail(Errno::kEBADF); }
  Result<uint64_t> seek(int64_t, int) override { return fail(Errno::kEBADF); }
  Result<long> ioctl(uint32_t, uint64_t) override { return fail(Errno::kEBADF); }
  Result<size_t> read_directory(IoBuffer) override { return fail(Errno::kEBADF); }
};

constexpr uint32_t kMaxExecutableBytes = 32 << 20;  // several times what a static program with its debug data needs

bool wants_write(uint32_t flags) { return (flags & O_ACCMODE) != O_RDONLY; }

uint32_t wanted_access(uint32_t flags) {
  switch (flags & O_ACCMODE) {
    case O_RDONLY:
      return kMayRead | ((flags & O_TRUNC) ? kMayWrite : 0);
    case O_WRONLY:
      return kMayWrite;
    default:
      return kMayRead | kMayWrite;
  }
}

Result<Ref<Node>> create_file(const Walked& place, uint32_t mode, const Identity& who) SKEP_REQUIRES(tree_lock) {
  if (place.trailing_slash) return fail(Errno::kEISDIR);
  Directory& directory = place.parent_directory();
  TRY(check_permission(directory, who, kMayWrite | kMayExecute));
  if (!directory.user_writable) return fail(Errno::kEACCES);
  const uint32_t gid = (directory.mode.load() & S_ISGID) ? directory.gid.load() : who.gid;
  Ref<Node> file = TRY(kcreate<RamFile>(mode & 07777 & ~current_umask(), who.uid, gid));
  TRY(directory.insert(place.name(), file));
  return file;
}

Result<void> check_existing(const Node& node, uint32_t flags, const Identity& who) {
  if ((flags & O_CREAT) && (flags & O_EXCL)) return fail(Errno::kEEXIST);
  const bool is_directory = node.type() == S_IFDIR;
  if ((flags & O_DIRECTORY) && !is_directory) return fail(Errno::kENOTDIR);
  if (flags & O_PATH) return {};
  if (node.is_symlink()) return fail(Errno::kELOOP);
  if (is_directory && (wants_write(flags) || (flags & (O_CREAT | O_TRUNC)))) return fail(Errno::kEISDIR);
  return check_permission(node, who, wanted_access(flags));
}

// Opening a link of /proc/PID/fd: what has a node is opened anew, other files (pipes) are shared.
Result<Ref<File>> reopen(Ref<File> file, uint32_t flags, const Identity& who) {
  if (!file->node) {
    const uint32_t opened = file->flags.load() & O_ACCMODE;
    if (opened != O_RDWR && opened != (flags & O_ACCMODE)) return fail(Errno::kEACCES);
    return file;
  }
  TRY(check_existing(*file->node, flags & ~static_cast<uint32_t>(O_CREAT | O_EXCL), who));
  Ref<File> fresh = TRY(file->node->open(flags));
  fresh->node = file->node;
  fresh->path = TRY(copy_text(view(file->path)));
  fresh->flags = flags;
  if ((flags & O_TRUNC) && file->node->may_truncate()) TRY(file->node->truncate(0));
  return fresh;
}

}  // namespace

Result<Ref<File>> open(std::string_view cwd, std::string_view path, uint32_t flags, uint32_t mode) {
  if ((flags & O_ACCMODE) == O_ACCMODE) return fail(Errno::kEINVAL);
  if (flags & O_PATH) flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  if ((flags & O_TMPFILE) == O_TMPFILE) return fail(Errno::kEOPNOTSUPP);
  if ((flags & O_CREAT) && (flags & O_DIRECTORY)) return fail(Errno::kEINVAL);
  const Identity who = current_identity();
  const bool exclusive = (flags & O_CREAT) && (flags & O_EXCL);
  Walked place;
  bool created = false;
  {
    MutexGuard guard(tree_lock);
    place = TRY(walk(cwd, path, !(flags & O_NOFOLLOW) && !exclusive, who));
    if (!place.node) {
      if (!(flags & O_CREAT)) return fail(Errno::kENOENT);
      place.node = TRY(create_file(place, mode, who));
      created = true;
    }
  }
  // The creation flags have done their work: what F_GETFL shows is without them.
  const uint32_t kept = flags & ~static_cast<uint32_t>(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC);
  if (!created && place.node->is_symlink() && !(flags & (O_NOFOLLOW | O_PATH)) && !exclusive) {
    Ref<File> linked = TRY(place.node->followed_file());
    if (linked) return reopen(std::move(linked), kept | (flags & O_TRUNC), who);
  }
  if (!created) TRY(check_existing(*place.node, flags, who));
  Ref<File> file = (flags & O_PATH) ? Ref<File>(TRY(kcreate<PathFile>())) : TRY(place.node->open(flags));
  if (!created && (flags & O_TRUNC) && place.node->may_truncate()) TRY(place.node->truncate(0));
  if (!file->node) file->node = std::move(place.node);
  if (file->path.empty()) file->path = std::move(place.path);
  file->flags = kept;
  return file;
}

Result<KVector<uint8_t>> read_executable(std::string_view cwd, std::string_view path) {
  Walked place;
  {
    MutexGuard guard(tree_lock);
    place = TRY(walk_existing(cwd, path, true, current_identity()));
  }
  if (place.node->type() != S_IFREG) return fail(Errno::kEACCES);
  TRY(check_permission(*place.node, current_identity(), kMayExecute));
  return place.node->content(kMaxExecutableBytes);
}

}  // namespace skep::vfs
