// Attributes of files.
#include <string.h>

#include "fs/syscall_args.h"
#include "syscall/table.h"

using namespace skep;
using namespace skep::vfs;

namespace {

constexpr uint32_t kStatFlags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;

Result<struct stat> stat_at(uint64_t dirfd, uint64_t path, uint32_t flags) {
  struct stat facts;
  const PathArgument p = TRY(path_argument(dirfd, path));
  if (p.path().empty() && (flags & AT_EMPTY_PATH) && static_cast<int>(dirfd) != AT_FDCWD) {
    TRY(TRY(file_at(dirfd))->stat(facts));
  } else {
    const std::string_view text = p.path().empty() && (flags & AT_EMPTY_PATH) ? std::string_view(".") : p.path();
    TRY(vfs::stat(p.directory(), text, !(flags & AT_SYMLINK_NOFOLLOW), facts));
  }
  return facts;
}

struct statx to_statx(const struct stat& s) {
  struct statx x{};
  x.stx_mask = STATX_BASIC_STATS;
  x.stx_blksize = static_cast<uint32_t>(s.st_blksize);
  x.stx_nlink = s.st_nlink;
  x.stx_uid = s.st_uid;
  x.stx_gid = s.st_gid;
  x.stx_mode = static_cast<uint16_t>(s.st_mode);
  x.stx_ino = s.st_ino;
  x.stx_size = static_cast<uint64_t>(s.st_size);
  x.stx_blocks = static_cast<uint64_t>(s.st_blocks);
  const auto time = [](long seconds, unsigned long ns) {
    struct statx_timestamp t{};
    t.tv_sec = seconds;
    t.tv_nsec = static_cast<uint32_t>(ns);
    return t;
  };
  x.stx_atime = time(s.st_atime, s.st_atime_nsec);
  x.stx_mtime = time(s.st_mtime, s.st_mtime_nsec);
  x.stx_ctime = time(s.st_ctime, s.st_ctime_nsec);
  x.stx_rdev_major = static_cast<uint32_t>(s.st_rdev >> 8);
  x.stx_rdev_minor = static_cast<uint32_t>(s.st_rdev & 0xff);
  x.stx_dev_minor = static_cast<uint32_t>(s.st_dev & 0xff);
  return x;
}

Result<void> access_at(uint64_t dirfd, uint64_t path, uint64_t mode, uint32_t flags) {
  const auto wanted = static_cast<uint32_t>(mode);
  if (wanted & ~static_cast<uint32_t>(R_OK | W_OK | X_OK)) return fail(Errno::kEINVAL);
  if (flags & ~static_cast<uint32_t>(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) return fail(Errno::kEINVAL);
  const PathArgument p = TRY(path_argument(dirfd, path));
  return check_access(p.directory(), p.path(), wanted, !(flags & AT_EACCESS), !(flags & AT_SYMLINK_NOFOLLOW));
}

// Changes what (dirfd, path) names, or the open file itself when the path is empty and may be.
Result<void> change_at(uint64_t dirfd, uint64_t path, uint32_t flags, const AttributeChange& change) {
  const PathArgument p = TRY(path_argument(dirfd, path));
  if (p.path().empty() && (flags & AT_EMPTY_PATH)) {
    const Ref<File> file = TRY(file_at(dirfd));
    return file->node ? change_attributes(*file->node, change) : fail(Errno::kEINVAL);
  }
  return change_attributes(p.directory(), p.path(), !(flags & AT_SYMLINK_NOFOLLOW), change);
}

Result<void> change_open(uint64_t fd, const AttributeChange& change) {
  const Ref<File> file = TRY(file_at(fd));
  if (file->flags.load() & O_PATH) return fail(Errno::kEBADF);
  return file->node ? change_attributes(*file->node, change) : fail(Errno::kEPERM);
}

AttributeChange mode_change(uint64_t mode) {
  AttributeChange change;
  change.kind = AttributeChange::Kind::kMode;
  change.mode = static_cast<uint32_t>(mode);
  return change;
}

AttributeChange owner_change(uint64_t uid, uint64_t gid) {
  AttributeChange change;
  change.kind = AttributeChange::Kind::kOwner;
  change.uid = static_cast<uint32_t>(uid);
  change.gid = static_cast<uint32_t>(gid);
  return change;
}

Result<TimeChange> time_change(const __kernel_timespec& t) {
  if (t.tv_nsec == UTIME_NOW) return TimeChange{TimeChange::Kind::kNow, 0};
  if (t.tv_nsec == UTIME_OMIT) return TimeChange{TimeChange::Kind::kOmit, 0};
  if (t.tv_nsec < 0 || t.tv_nsec >= 1'000'000'000 || t.tv_sec < 0) return fail(Errno::kEINVAL);
  const auto seconds = checked_mul<uint64_t>(static_cast<uint64_t>(t.tv_sec), 1'000'000'000);
  if (!seconds) return fail(Errno::kEINVAL);
  return TimeChange{TimeChange::Kind::kSet, *seconds + static_cast<uint64_t>(t.tv_nsec)};
}

}  // namespace

extern "C" {

long sys_fstat(uint64_t fd, uint64_t out) {
  return finish([&]() -> Result<void> {
    struct stat facts;
    TRY(TRY(file_at(fd))->stat(facts));
    return write_user(out, facts);
  });
}

long sys_newfstatat(uint64_t dirfd, uint64_t path, uint64_t out, uint64_t flags) {
  return finish([&]() -> Result<void> {
    if (static_cast<uint32_t>(flags) & ~kStatFlags) return fail(Errno::kEINVAL);
    return write_user(out, TRY(stat_at(dirfd, path, static_cast<uint32_t>(flags))));
  });
}

long sys_statx(uint64_t dirfd, uint64_t path, uint64_t flags, uint64_t mask, uint64_t out) {
  return finish([&]() -> Result<void> {
    constexpr uint32_t kSyncFlags = 0x6000;  // AT_STATX_FORCE_SYNC, AT_STATX_DONT_SYNC: all the same here
    if (static_cast<uint32_t>(flags) & ~(kStatFlags | kSyncFlags)) return fail(Errno::kEINVAL);
    if (static_cast<uint32_t>(mask) & STATX__RESERVED) return fail(Errno::kEINVAL);
    return write_user(out, to_statx(TRY(stat_at(dirfd, path, static_cast<uint32_t>(flags)))));
  });
}

long sys_statfs(uint64_t path, uint64_t out) {
  return finish([&]() -> Result<void> {
    struct statfs facts;
    const PathArgument p = TRY(path_argument(static_cast<uint64_t>(AT_FDCWD), path));
    TRY(file_system_stat(p.directory(), p.path(), facts));
    return write_user(out, facts);
  });
}

long sys_fstatfs(uint64_t fd, uint64_t out) {
  return finish([&]() -> Result<void> {
    const Ref<File> file = TRY(file_at(fd));
    struct statfs facts;
    file_system_stat(file->node.get(), facts);
    return write_user(out, facts);
  });
}

long sys_faccessat(uint64_t dirfd, uint64_t path, uint64_t mode) {
  return finish([&] { return access_at(dirfd, path, mode, 0); });
}

long sys_faccessat2(uint64_t dirfd, uint64_t path, uint64_t mode, uint64_t flags) {
  return finish([&] { return access_at(dirfd, path, mode, static_cast<uint32_t>(flags)); });
}

long sys_fchmod(uint64_t fd, uint64_t mode) {
  return finish([&] { return change_open(fd, mode_change(mode)); });
}

long sys_fchmodat(uint64_t dirfd, uint64_t path, uint64_t mode) {
  return finish([&] { return change_at(dirfd, path, 0, mode_change(mode)); });
}

long sys_fchown(uint64_t fd, uint64_t uid, uint64_t gid) {
  return finish([&] { return change_open(fd, owner_change(uid, gid)); });
}

long sys_fchownat(uint64_t dirfd, uint64_t path, uint64_t uid, uint64_t gid, uint64_t flags) {
  return finish([&]() -> Result<void> {
    const auto how = static_cast<uint32_t>(flags);
    if (how & ~static_cast<uint32_t>(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) return fail(Errno::kEINVAL);
    return change_at(dirfd, path, how, owner_change(uid, gid));
  });
}

long sys_utimensat(uint64_t dirfd, uint64_t path, uint64_t times, uint64_t flags) {
  return finish([&]() -> Result<void> {
    const auto how = static_cast<uint32_t>(flags);
    if (how & ~static_cast<uint32_t>(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) return fail(Errno::kEINVAL);
    AttributeChange change;
    change.kind = AttributeChange::Kind::kTimes;
    if (times != 0) {
      struct Pair {
        __kernel_timespec accessed, modified;
      };
      const auto pair = TRY(read_user<Pair>(times));
      change.accessed = TRY(time_change(pair.accessed));
      change.modified = TRY(time_change(pair.modified));
    }
    if (path == 0) return change_open(dirfd, change);
    return change_at(dirfd, path, how, change);
  });
}

}  // extern "C"
