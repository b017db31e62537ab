// Nodes: what names in the tree stand for. A node outlives its name while somebody has it open.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <atomic>
#include <string_view>

#include "dev/rtc.h"
#include "fs/file.h"
#include "lib/ref.h"
#include "lib/result.h"
#include "mm/heap.h"
#include "task/mutex.h"

namespace skep::vfs {

// Names of the whole tree: every directory's entries. Held while a path is walked; never while user memory is copied or
// a device is opened. Taken before any node's own lock.
extern Mutex tree_lock;

// Which of the mounted file systems a node belongs to; gives st_dev and statfs's f_type.
enum class FsType : uint8_t { kRam, kProc, kSys, kDebug, kTrace, kBpf, kDevice, kPipe, kAnonymous };
uint64_t device_number(FsType fs);
constexpr uint64_t make_device(uint32_t major, uint32_t minor) { return uint64_t{major} << 8 | minor; }

class Directory;

class Node : public RefCounted<Node> {
 public:
  // `mode` with its S_IF bits. `inode`: 0 takes the next free number; generated nodes give their own, so that it stays
  // the same from one look to the next.
  Node(FsType fs, uint32_t mode, uint32_t uid = 0, uint32_t gid = 0, uint64_t inode = 0);
  virtual ~Node() = default;
  virtual void last_reference_dropped() { kdelete(this); }

  virtual void stat(struct stat& out);
  virtual uint64_t size() { return 0; }
  // `flags` of openat(2), permissions already checked. ENXIO by default. Without tree_lock.
  virtual Result<Ref<File>> open(uint32_t flags);
  virtual Result<void> truncate(uint64_t bytes);       // EINVAL by default
  virtual bool may_truncate() const { return false; }  // O_TRUNC is ignored otherwise, as for devices
  // The whole content, for exec; EACCES unless it is a file of stored content. ENOMEM above `limit`.
  virtual Result<KVector<uint8_t>> content(size_t limit);
  // Symbolic links: the target. EINVAL for others.
  virtual Result<KVector<char>> read_link();
  // A link of /proc/PID/fd stands for an open file, not for a path. Null for other nodes.
  virtual Result<Ref<File>> followed_file() { return Ref<File>(); }
  virtual Directory* as_directory() { return nullptr; }

  uint32_t type() const { return mode.load(std::memory_order_relaxed) & 0170000; }
  bool is_symlink() const { return type() == 0120000; }
  void touch_modified();  // mtime and ctime are now
  void touch_changed();   // ctime

  const FsType fs;
  const uint64_t ino;
  std::atomic<uint32_t> mode;
  std::atomic<uint32_t> uid, gid;
  std::atomic<uint32_t> links{1};
  std::atomic<uint64_t> accessed_ns, modified_ns, changed_ns;
};

// Receives directory entries; false when no more fit.
class EntrySink {
 public:
  // `next`: the cookie with which listing goes on behind this entry.
  virtual bool add(std::string_view name, const Node& node, uint64_t next) = 0;

 protected:
  ~EntrySink() = default;
};

class Directory : public Node {
 public:
  // `user_writable`: programs may create and remove entries, permissions granting; otherwise only the kernel.
  Directory(FsType fs, uint32_t permissions, bool user_writable, uint32_t uid = 0, uint32_t gid = 0,
            uint64_t inode = 0);
  Directory* as_directory() override { return this; }
  Result<Ref<File>> open(uint32_t flags) override;
  uint64_t size() override { return 0; }

  virtual Result<Ref<Node>> lookup(std::string_view name) SKEP_REQUIRES(tree_lock);  // ENOENT
  // Entries with a cookie >= from, in cookie order. Cookies of entries are stable and at least kFirstCookie.
  virtual Result<void> list(uint64_t from, EntrySink& sink) SKEP_REQUIRES(tree_lock);

  // The name must not exist. ENOMEM; ENOENT when this directory has been removed.
  Result<void> insert(std::string_view name, Ref<Node> node) SKEP_REQUIRES(tree_lock);
  // Takes the entry out; the node, for the caller to drop. The name exists.
  Ref<Node> remove(std::string_view name) SKEP_REQUIRES(tree_lock);
  // Puts another node under an existing name (rename over it, mount); returns the old one.
  Ref<Node> replace(std::string_view name, Ref<Node> node) SKEP_REQUIRES(tree_lock);
  bool empty() const SKEP_REQUIRES(tree_lock) { return entries_.empty(); }
  void mark_removed() SKEP_REQUIRES(tree_lock) { removed_ = true; }

  static constexpr uint64_t kFirstCookie = 2;  // after "." and ".."
  const bool user_writable;

 private:
  struct Entry {
    uint64_t cookie = 0;
    uint32_t hash = 0;
    KVector<char> name;
    Ref<Node> node;
    std::string_view text() const { return {name.data(), name.size()}; }
  };
  Entry* find(std::string_view name) SKEP_REQUIRES(tree_lock);

  KVector<Entry> entries_ SKEP_GUARDED_BY(tree_lock);  // by cookie
  uint64_t next_cookie_ SKEP_GUARDED_BY(tree_lock) = kFirstCookie;
  bool removed_ SKEP_GUARDED_BY(tree_lock) = false;
};

class Symlink final : public Node {
 public:
  Symlink(FsType fs, KVector<char> target, uint32_t uid = 0, uint32_t gid = 0)
      : Node(fs, 0120777, uid, gid), target_(std::move(target)) {}
  uint64_t size() override { return target_.size(); }
  Result<KVector<char>> read_link() override;

 private:
  const KVector<char> target_;
};

// A device: opening it is a function's business.
class DeviceNode final : public Node {
 public:
  DeviceNode(FsType fs, uint32_t mode, uint64_t device, Result<Ref<File>> (*open)(uint32_t flags))
      : Node(fs, mode), device_(device), open_(open) {}
  void stat(struct stat& out) override;
  Result<Ref<File>> open(uint32_t flags) override { return open_(flags); }

 private:
  const uint64_t device_;
  Result<Ref<File>> (*const open_)(uint32_t flags);
};

// The open form of a directory.
class DirectoryFile final : public SeekableFile {
 public:
  explicit DirectoryFile(Ref<Node> directory) : directory_(std::move(directory)) {}
  Result<size_t> read(IoBuffer, uint64_t*) override { return fail(Errno::kEISDIR); }
  Result<size_t> read_directory(IoBuffer buffer) override;

 private:
  const Ref<Node> directory_;
};

Result<KVector<char>> copy_text(std::string_view text);
Result<void> append_text(KVector<char>& to, std::string_view text);
inline std::string_view view(const KVector<char>& text) { return {text.data(), text.size()}; }

}  // namespace skep::vfs
