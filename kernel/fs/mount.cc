// Building the tree at boot: the root, the file systems of generated content, the initramfs.
#include <algorithm>

#include "dev/devices.h"
#include "fs/cpio.h"
#include "fs/path.h"
#include "fs/proc.h"
#include "fs/ramfs.h"
#include "fs/sysfs.h"
#include "fs/text_file.h"
#include "fs/vfs.h"
#include "lib/log.h"
#include "uapi/fs.h"

namespace skep::vfs {

namespace {

Ref<Node> kernel_directory(FsType fs, uint32_t mode) {
  Result<Ref<Directory>> made = kcreate<Directory>(fs, mode, false);
  if (!made) panic("no memory for the file system tree");
  return std::move(*made);
}

Result<Ref<Node>> find_or_add_directory(std::string_view path, uint32_t mode, bool user_writable)
    SKEP_REQUIRES(tree_lock);

// The directory that will hold `path`, with all above it; `name` becomes the last component.
Result<Ref<Node>> parent_for(std::string_view path, std::string_view& name, bool user_writable)
    SKEP_REQUIRES(tree_lock) {
  while (path.ends_with('/')) path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  if (name.empty() || name == "." || name == ".." || name.size() > kNameMax) return fail(Errno::kEINVAL);
  return find_or_add_directory(path.substr(0, slash == std::string_view::npos ? 0 : slash), 0755, user_writable);
}

Result<Ref<Node>> find_or_add_directory(std::string_view path, uint32_t mode, bool user_writable) {
  Ref<Node> at = root();
  size_t i = 0;
  while (i < path.size()) {
    const size_t end = std::min(path.find('/', i), path.size());
    const std::string_view name = path.substr(i, end - i);
    i = end + 1;
    if (name.empty() || name == ".") continue;
    if (name == ".." || name.size() > kNameMax) return fail(Errno::kEINVAL);
    Directory& here = *at->as_directory();
    Result<Ref<Node>> found = here.lookup(name);
    if (!found) {
      const uint32_t permissions = i >= path.size() ? mode : 0755;
      Ref<Node> fresh = TRY(kcreate<Directory>(here.fs, permissions, user_writable));
      TRY(here.insert(name, fresh));
      at = std::move(fresh);
    } else if (!(*found)->as_directory()) {
      return fail(Errno::kENOTDIR);
    } else {
      at = std::move(*found);
    }
  }
  return at;
}

void mount(std::string_view path, Ref<Node> node) SKEP_REQUIRES(tree_lock) {
  std::string_view name;
  const Result<Ref<Node>> parent = parent_for(path, name, false);
  if (!parent || !(*parent)->as_directory()->insert(name, std::move(node))) panic("cannot mount {}", path);
}

// Made by whoever comes first: registrations may come before init().
void ensure_root() SKEP_REQUIRES(tree_lock) {
  if (root()) return;
  Result<Ref<Directory>> made = kcreate<Directory>(FsType::kRam, 0755, true);
  if (!made) panic("no memory for the file system tree");
  root() = std::move(*made);
  mount("/dev", kernel_directory(FsType::kDevice, 0755));
  mount("/proc", make_proc_root());
  mount("/sys", kernel_directory(FsType::kSys, 0555));
  mount("/sys/kernel/debug", kernel_directory(FsType::kDebug, 0700));
  // tracefs is seen at two places, as on Linux; its files are registered at both.
  mount("/sys/kernel/tracing", kernel_directory(FsType::kTrace, 0700));
  mount("/sys/kernel/debug/tracing", kernel_directory(FsType::kTrace, 0700));
  mount("/sys/fs/bpf", kernel_directory(FsType::kBpf, 01700));
}

Result<void> add_node(std::string_view path, Ref<Node> node) {
  MutexGuard guard(tree_lock);
  ensure_root();
  std::string_view name;
  const Ref<Node> parent = TRY(parent_for(path, name, false));
  Directory& directory = *parent->as_directory();
  if (directory.lookup(name)) return fail(Errno::kEEXIST);
  return directory.insert(name, std::move(node));
}

FsType fs_of(std::string_view path) {
  MutexGuard guard(tree_lock);
  ensure_root();
  std::string_view name;
  const Result<Ref<Node>> parent = parent_for(path, name, false);
  return parent ? (*parent)->fs : FsType::kRam;
}

Result<void> add_archive_entry(const CpioEntry& entry) {
  std::string_view path = entry.name;
  while (path.starts_with("./") || path.starts_with('/')) path.remove_prefix(path.starts_with('/') ? 1 : 2);
  if (path.empty() || path == ".") {
    root()->mode.store(S_IFDIR | (entry.mode & 07777));
    return {};
  }
  if (path.size() >= kPathMax) return fail(Errno::kENAMETOOLONG);
  MutexGuard guard(tree_lock);
  if ((entry.mode & S_IFMT) == S_IFDIR) {
    const Ref<Node> directory = TRY(find_or_add_directory(path, entry.mode & 07777, true));
    if (directory->fs == FsType::kRam) {
      directory->mode.store(S_IFDIR | (entry.mode & 07777));
      directory->uid.store(entry.uid);
      directory->gid.store(entry.gid);
    }
    return {};
  }
  Ref<Node> node;
  switch (entry.mode & S_IFMT) {
    case S_IFREG:
      node = TRY(kcreate<RamFile>(entry.mode & 07777, entry.uid, entry.gid, entry.data));
      break;
    case S_IFLNK: {
      const std::string_view target(reinterpret_cast<const char*>(entry.data.data()), entry.data.size());
      if (target.empty() || target.size() >= kPathMax) return fail(Errno::kEINVAL);
      node = TRY(kcreate<Symlink>(FsType::kRam, TRY(copy_text(target)), entry.uid, entry.gid));
      break;
    }
    default:
      return fail(Errno::kEOPNOTSUPP);  // devices are the kernel's own
  }
  if (entry.modified_s) node->modified_ns.store(uint64_t{entry.modified_s} * 1'000'000'000);
  std::string_view name;
  const Ref<Node> parent = TRY(parent_for(path, name, true));
  Directory& directory = *parent->as_directory();
  if (!directory.user_writable) return fail(Errno::kEPERM);
  const Result<Ref<Node>> old = directory.lookup(name);
  if (!old) return directory.insert(name, std::move(node));
  if ((*old)->as_directory()) return fail(Errno::kEISDIR);
  (void)directory.replace(name, std::move(node));  // a later archive replaces files
  return {};
}

void unpack(std::span<const uint8_t> archive) {
  CpioReader reader(archive);
  uint32_t entries = 0;
  for (;;) {
    const Result<std::optional<CpioEntry>> entry = reader.next();
    if (!entry) {
      log_info("initramfs: broken at byte {} of {}; the rest is ignored", reader.position(), archive.size());
      break;
    }
    if (!*entry) break;
    if (const Result<void> added = add_archive_entry(**entry); !added) {
      log_info("initramfs: {}: {}", (*entry)->name, errno_name(added.error()));
      continue;
    }
    entries++;
  }
  log_info("initramfs: {} entries, {} KiB", entries, archive.size() / 1024);
}

}  // namespace

Result<void> register_text_file(std::string_view path, uint32_t mode, TextFile& file) {
  return add_node(path, TRY(kcreate<TextNode>(fs_of(path), mode, file)));
}

Result<void> register_fixed_file(std::string_view path, uint32_t mode, std::span<const uint8_t> content) {
  return add_node(path, TRY(kcreate<FixedNode>(fs_of(path), mode, content)));
}

Result<void> register_device(std::string_view path, uint32_t mode, OpenFunction open, uint64_t device) {
  const FsType fs = fs_of(path);
  const uint32_t type = fs == FsType::kDevice ? S_IFCHR : S_IFREG;
  return add_node(path, TRY(kcreate<DeviceNode>(fs, type | mode, device, open)));
}

Result<void> register_directory(std::string_view path, uint32_t mode) {
  MutexGuard guard(tree_lock);
  ensure_root();
  const Result<Ref<Node>> made = find_or_add_directory(path, mode, false);
  return made ? Result<void>{} : fail(made.error());
}

Result<void> register_symlink(std::string_view path, std::string_view target) {
  return add_node(path, TRY(kcreate<Symlink>(fs_of(path), TRY(copy_text(target)))));
}

void init(std::span<const uint8_t> initramfs) {
  {
    MutexGuard guard(tree_lock);
    ensure_root();
  }
  unpack(initramfs);
  dev::register_device_files();
  register_proc_files();
  register_sysfs_files();
}

}  // namespace skep::vfs
