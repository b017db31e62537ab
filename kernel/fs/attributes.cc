// Looking at nodes and changing their attributes, by path or through an open file.
#include <string.h>

#include "dev/rtc.h"
#include "fs/path.h"
#include "fs/ramfs.h"
#include "fs/vfs.h"
#include "mm/page.h"
#include "task/task.h"
#include "uapi/fs.h"

namespace skep::vfs {

namespace {

Result<Ref<Node>> find(std::string_view cwd, std::string_view path, bool follow) {
  MutexGuard guard(tree_lock);
  return TRY(walk_existing(cwd, path, follow, current_identity())).node;
}

bool owns(const Node& node, const Identity& who) { return who.uid == 0 || who.uid == node.uid.load(); }

Result<void> change_owner(Node& node, const Identity& who, uint32_t uid, uint32_t gid) {
  constexpr uint32_t kUnchanged = ~0u;
  const bool uid_differs = uid != kUnchanged && uid != node.uid.load();
  const bool gid_is_own = gid == kUnchanged || gid == node.gid.load() || gid == who.gid;
  if (who.uid != 0 && (!owns(node, who) || uid_differs || !gid_is_own)) return fail(Errno::kEPERM);
  if (uid != kUnchanged) node.uid.store(uid);
  if (gid != kUnchanged) node.gid.store(gid);
  // A changed owner must not inherit the power that the set-id bits gave for the old one.
  if (node.type() == S_IFREG) node.mode.fetch_and(~static_cast<uint32_t>(S_ISUID | S_ISGID));
  return {};
}

Result<void> change_times(Node& node, const Identity& who, const AttributeChange& change) {
  const bool both_now =
      change.accessed.kind == TimeChange::Kind::kNow && change.modified.kind == TimeChange::Kind::kNow;
  if (change.accessed.kind == TimeChange::Kind::kOmit && change.modified.kind == TimeChange::Kind::kOmit) return {};
  if (!owns(node, who)) {
    if (!both_now) return fail(Errno::kEPERM);
    TRY(check_permission(node, who, kMayWrite));
  }
  const auto apply = [](std::atomic<uint64_t>& time, const TimeChange& to) {
    if (to.kind == TimeChange::Kind::kNow) time.store(realtime_ns());
    if (to.kind == TimeChange::Kind::kSet) time.store(to.ns);
  };
  apply(node.accessed_ns, change.accessed);
  apply(node.modified_ns, change.modified);
  return {};
}

struct FsFacts {
  long magic;
  bool stores_data;
};

FsFacts facts_of(FsType fs) {
  switch (fs) {
    case FsType::kRam:
    case FsType::kDevice:
      return {TMPFS_MAGIC, fs == FsType::kRam};
    case FsType::kProc:
      return {PROC_SUPER_MAGIC, false};
    case FsType::kSys:
      return {SYSFS_MAGIC, false};
    case FsType::kDebug:
      return {DEBUGFS_MAGIC, false};
    case FsType::kTrace:
      return {TRACEFS_MAGIC, false};
    case FsType::kBpf:
      return {static_cast<long>(BPF_FS_MAGIC), false};
    case FsType::kPipe:
      return {PIPEFS_MAGIC, false};
    case FsType::kAnonymous:
      return {ANON_INODE_FS_MAGIC, false};
  }
  return {ANON_INODE_FS_MAGIC, false};
}

}  // namespace

Result<void> stat(std::string_view cwd, std::string_view path, bool follow, struct stat& out) {
  const Ref<Node> node = TRY(find(cwd, path, follow));
  if (follow && node->is_symlink()) {
    const Ref<File> file = TRY(node->followed_file());
    if (file) return file->stat(out);
  }
  node->stat(out);
  return {};
}

Result<KVector<char>> read_link(std::string_view cwd, std::string_view path) {
  return TRY(find(cwd, path, false))->read_link();
}

Result<void> truncate(std::string_view cwd, std::string_view path, uint64_t bytes) {
  const Ref<Node> node = TRY(find(cwd, path, true));
  if (node->as_directory()) return fail(Errno::kEISDIR);
  TRY(check_permission(*node, current_identity(), kMayWrite));
  return node->truncate(bytes);
}

Result<void> check_access(std::string_view cwd, std::string_view path, uint32_t wanted, bool real_ids, bool follow) {
  const Identity who = real_ids ? current_real_identity() : current_identity();
  MutexGuard guard(tree_lock);
  const Walked place = TRY(walk_existing(cwd, path, follow, who));
  static_assert(R_OK == kMayRead && W_OK == kMayWrite && X_OK == kMayExecute);
  return check_permission(*place.node, who, wanted);
}

Result<KVector<char>> enter_directory(std::string_view cwd, std::string_view path) {
  const Identity who = current_identity();
  MutexGuard guard(tree_lock);
  Walked place = TRY(walk_existing(cwd, path, true, who));
  if (!place.node->as_directory()) return fail(Errno::kENOTDIR);
  TRY(check_permission(*place.node, who, kMayExecute));
  return std::move(place.path);
}

Result<void> change_attributes(Node& node, const AttributeChange& change) {
  const Identity who = current_identity();
  switch (change.kind) {
    case AttributeChange::Kind::kMode: {
      if (node.is_symlink()) return fail(Errno::kEOPNOTSUPP);
      if (!owns(node, who)) return fail(Errno::kEPERM);
      uint32_t permissions = change.mode & 07777;
      if (who.uid != 0 && who.gid != node.gid.load()) permissions &= ~static_cast<uint32_t>(S_ISGID);
      node.mode.store(node.type() | permissions);
      break;
    }
    case AttributeChange::Kind::kOwner:
      TRY(change_owner(node, who, change.uid, change.gid));
      break;
    case AttributeChange::Kind::kTimes:
      TRY(change_times(node, who, change));
      break;
  }
  node.touch_changed();
  return {};
}

Result<void> change_attributes(std::string_view cwd, std::string_view path, bool follow,
                               const AttributeChange& change) {
  const Ref<Node> node = TRY(find(cwd, path, follow));
  return change_attributes(*node, change);
}

void file_system_stat(const Node* node, struct statfs& out) {
  memset(&out, 0, sizeof(out));
  const FsType fs = node ? node->fs : FsType::kAnonymous;
  const FsFacts facts = facts_of(fs);
  out.f_type = facts.magic;
  out.f_bsize = out.f_frsize = 4096;
  out.f_namelen = kNameMax;
  out.f_fsid.val[0] = static_cast<int>(device_number(fs));
  if (facts.stores_data) {
    const uint64_t limit = ram_bytes_limit();
    const uint64_t used = ram_bytes_used();
    out.f_blocks = static_cast<long>(limit / 4096);
    out.f_bfree = out.f_bavail = static_cast<long>((limit - (used < limit ? used : limit)) / 4096);
  }
}

Result<void> file_system_stat(std::string_view cwd, std::string_view path, struct statfs& out) {
  const Ref<Node> node = TRY(find(cwd, path, true));
  file_system_stat(node.get(), out);
  return {};
}

}  // namespace skep::vfs
