// Changing the tree by path: names, links, removal.
#include "fs/path.h"
#include "fs/ramfs.h"
#include "fs/vfs.h"
#include "task/task.h"
#include "uapi/fs.h"

namespace skep::vfs {

namespace {

// May `who` put a name into the directory of `place`? EPERM for directories that only the kernel fills.
Result<void> check_may_add(const Walked& place, const Identity& who) {
  if (place.last != Walked::Last::kName || place.node) return fail(Errno::kEEXIST);
  Directory& directory = place.parent_directory();
  TRY(check_permission(directory, who, kMayWrite | kMayExecute));
  return directory.user_writable ? Result<void>{} : fail(Errno::kEPERM);
}

// May `who` take the name of `place` away? The sticky bit protects other people's files (inode(7), "sticky bit").
Result<void> check_may_remove(const Walked& place, const Identity& who) {
  Directory& directory = place.parent_directory();
  TRY(check_permission(directory, who, kMayWrite | kMayExecute));
  if (!directory.user_writable) return fail(Errno::kEPERM);
  if ((directory.mode.load() & S_ISVTX) && who.uid != 0 && who.uid != place.node->uid.load() &&
      who.uid != directory.uid.load()) {
    return fail(Errno::kEPERM);
  }
  if (place.node->fs != directory.fs) return fail(Errno::kEBUSY);  // a mount point
  return {};
}

uint32_t inherited_gid(const Directory& directory, const Identity& who) {
  return (directory.mode.load() & S_ISGID) ? directory.gid.load() : who.gid;
}

bool is_inside(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

bool directory_is_empty(Node& node) SKEP_REQUIRES(tree_lock) {
  const Directory* directory = node.as_directory();
  return !directory || directory->empty();
}

// The node lost a name.
void drop_link(Node& node) SKEP_REQUIRES(tree_lock) {
  if (Directory* directory = node.as_directory()) {
    directory->mark_removed();
    node.links.store(0);
  } else {
    node.links.fetch_sub(1);
  }
  node.touch_changed();
}

}  // namespace

Result<void> make_directory(std::string_view cwd, std::string_view path, uint32_t mode) {
  const Identity who = current_identity();
  MutexGuard guard(tree_lock);
  const Walked place = TRY(walk(cwd, path, false, who));
  TRY(check_may_add(place, who));
  Directory& parent = place.parent_directory();
  const uint32_t inherited = parent.mode.load() & S_ISGID;
  Ref<Node> fresh = TRY(kcreate<Directory>(FsType::kRam, (mode & 01777 & ~current_umask()) | inherited, true, who.uid,
                                           inherited_gid(parent, who)));
  return parent.insert(place.name(), std::move(fresh));
}

Result<void> remove_directory(std::string_view cwd, std::string_view path) {
  const Identity who = current_identity();
  Ref<Node> removed;  // dropped after the lock
  MutexGuard guard(tree_lock);
  const Walked place = TRY(walk_existing(cwd, path, false, who));
  if (place.last == Walked::Last::kDot) return fail(Errno::kEINVAL);
  if (place.last == Walked::Last::kDotDot) return fail(Errno::kENOTEMPTY);
  if (place.last == Walked::Last::kRoot) return fail(Errno::kEBUSY);
  TRY(check_may_remove(place, who));
  if (!place.node->as_directory()) return fail(Errno::kENOTDIR);
  if (!directory_is_empty(*place.node)) return fail(Errno::kENOTEMPTY);
  removed = place.parent_directory().remove(place.name());
  drop_link(*removed);
  return {};
}

Result<void> unlink(std::string_view cwd, std::string_view path) {
  const Identity who = current_identity();
  Ref<Node> removed;
  MutexGuard guard(tree_lock);
  const Walked place = TRY(walk_existing(cwd, path, false, who));
  if (place.last != Walked::Last::kName) return fail(Errno::kEISDIR);
  TRY(check_may_remove(place, who));
  if (place.node->as_directory()) return fail(Errno::kEISDIR);
  if (place.trailing_slash) return fail(Errno::kENOTDIR);
  removed = place.parent_directory().remove(place.name());
  drop_link(*removed);
  return {};
}

Result<void> make_symlink(std::string_view target, std::string_view cwd, std::string_view path) {
  if (target.empty()) return fail(Errno::kENOENT);
  if (target.size() >= kPathMax) return fail(Errno::kENAMETOOLONG);
  const Identity who = current_identity();
  MutexGuard guard(tree_lock);
  const Walked place = TRY(walk(cwd, path, false, who));
  TRY(check_may_add(place, who));
  if (place.trailing_slash) return fail(Errno::kENOENT);
  Directory& parent = place.parent_directory();
  Ref<Node> fresh = TRY(kcreate<Symlink>(FsType::kRam, TRY(copy_text(target)), who.uid, inherited_gid(parent, who)));
  return parent.insert(place.name(), std::move(fresh));
}

Result<void> make_link(std::string_view old_cwd, std::string_view old_path, std::string_view cwd, std::string_view path,
                       bool follow) {
  const Identity who = current_identity();
  MutexGuard guard(tree_lock);
  const Walked old = TRY(walk_existing(old_cwd, old_path, follow, who));
  const Walked place = TRY(walk(cwd, path, false, who));
  TRY(check_may_add(place, who));
  if (place.trailing_slash) return fail(Errno::kENOENT);
  if (old.node->as_directory()) return fail(Errno::kEPERM);
  if (old.node->fs != place.parent->fs) return fail(Errno::kEXDEV);
  TRY(place.parent_directory().insert(place.name(), old.node));
  old.node->links.fetch_add(1);
  old.node->touch_changed();
  return {};
}

Result<void> rename(std::string_view old_cwd, std::string_view old_path, std::string_view cwd, std::string_view path,
                    uint32_t flags) {
  if ((flags & ~static_cast<uint32_t>(RENAME_NOREPLACE | RENAME_EXCHANGE)) ||
      flags == (RENAME_NOREPLACE | RENAME_EXCHANGE)) {
    return fail(Errno::kEINVAL);
  }
  const Identity who = current_identity();
  Ref<Node> replaced;
  MutexGuard guard(tree_lock);
  const Walked from = TRY(walk_existing(old_cwd, old_path, false, who));
  const Walked to = TRY(walk(cwd, path, false, who));
  if (from.last != Walked::Last::kName || to.last != Walked::Last::kName) return fail(Errno::kEBUSY);
  if (from.parent->fs != to.parent->fs) return fail(Errno::kEXDEV);
  TRY(check_may_remove(from, who));
  const bool moves_directory = from.node->as_directory() != nullptr;
  if ((from.trailing_slash || (to.trailing_slash && !to.node)) && !moves_directory) return fail(Errno::kENOTDIR);
  if (moves_directory && is_inside(view(to.path), view(from.path))) return fail(Errno::kEINVAL);
  Directory& source = from.parent_directory();
  Directory& target = to.parent_directory();
  if (!to.node) {
    if (flags & RENAME_EXCHANGE) return fail(Errno::kENOENT);
    TRY(check_may_add(to, who));
    TRY(target.insert(to.name(), from.node));  // the only step that can fail comes first
    (void)source.remove(from.name());
    from.node->touch_changed();
    return {};
  }
  if (flags & RENAME_NOREPLACE) return fail(Errno::kEEXIST);
  TRY(check_may_remove(to, who));
  if (flags & RENAME_EXCHANGE) {
    if (to.node->as_directory() && is_inside(view(from.path), view(to.path))) return fail(Errno::kEINVAL);
    (void)target.replace(to.name(), from.node);
    (void)source.replace(from.name(), to.node);
    return {};
  }
  if (from.node.get() == to.node.get()) return {};
  if (moves_directory && !to.node->as_directory()) return fail(Errno::kENOTDIR);
  if (!moves_directory && to.node->as_directory()) return fail(Errno::kEISDIR);
  if (!directory_is_empty(*to.node)) return fail(Errno::kENOTEMPTY);
  replaced = target.replace(to.name(), from.node);
  drop_link(*replaced);
  (void)source.remove(from.name());
  from.node->touch_changed();
  return {};
}

}  // namespace skep::vfs
