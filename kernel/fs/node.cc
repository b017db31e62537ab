#include "fs/node.h"

#include <string.h>

#include "fs/limits.h"
#include "task/task.h"
#include "uapi/fs.h"

namespace skep::vfs {

Mutex tree_lock;

namespace {

std::atomic<uint64_t> g_next_ino{2};

uint32_t hash_name(std::string_view name) {  // FNV-1a
  uint32_t h = 2166136261;
  for (const char c : name) h = (h ^ static_cast<uint8_t>(c)) * 16777619;
  return h;
}

uint8_t entry_type(const Node& node) { return static_cast<uint8_t>(node.type() >> 12); }

// Packs getdents64 records.
class DirentPacker final : public EntrySink {
 public:
  explicit DirentPacker(std::span<uint8_t> buffer) : buffer_(buffer) {}
  bool add(std::string_view name, const Node& node, uint64_t next) override {
    constexpr size_t kHeader = offsetof(linux_dirent64, d_name);
    const size_t bytes = align_up(kHeader + name.size() + 1, size_t{8});
    if (bytes > buffer_.size() - used_) {
      full_ = true;
      return false;
    }
    uint8_t* at = buffer_.data() + used_;
    memset(at, 0, bytes);
    linux_dirent64 header{};
    header.d_ino = node.ino;
    header.d_off = static_cast<int64_t>(next);
    header.d_reclen = static_cast<uint16_t>(bytes);
    header.d_type = entry_type(node);
    memcpy(at, &header, kHeader);
    memcpy(at + kHeader, name.data(), name.size());
    used_ += bytes;
    next_ = next;
    return true;
  }
  size_t used() const { return used_; }
  uint64_t next() const { return next_; }
  bool full() const { return full_; }

 private:
  std::span<uint8_t> buffer_;
  size_t used_ = 0;
  uint64_t next_ = 0;
  bool full_ = false;
};

}  // namespace

uint64_t device_number(FsType fs) { return make_device(0, static_cast<uint32_t>(fs) + 1); }

Result<void> append_text(KVector<char>& to, std::string_view text) { return to.append({text.data(), text.size()}); }

Result<KVector<char>> copy_text(std::string_view text) {
  KVector<char> copy;
  TRY(copy.reserve(text.size()));
  TRY(append_text(copy, text));
  return copy;
}

Node::Node(FsType fs_type, uint32_t node_mode, uint32_t node_uid, uint32_t node_gid, uint64_t inode)
    : fs(fs_type),
      ino(inode != 0 ? inode : g_next_ino.fetch_add(1, std::memory_order_relaxed)),
      mode(node_mode),
      uid(node_uid),
      gid(node_gid),
      accessed_ns(realtime_ns()),
      modified_ns(accessed_ns.load()),
      changed_ns(accessed_ns.load()) {}

void Node::stat(struct stat& out) {
  memset(&out, 0, sizeof(out));
  out.st_dev = device_number(fs);
  out.st_ino = ino;
  out.st_mode = mode.load();
  out.st_nlink = links.load();
  out.st_uid = uid.load();
  out.st_gid = gid.load();
  out.st_size = static_cast<long>(size());
  out.st_blksize = 4096;
  out.st_blocks = (out.st_size + 511) / 512;
  constexpr uint64_t kSecond = 1'000'000'000;
  out.st_atime = static_cast<long>(accessed_ns.load() / kSecond);
  out.st_atime_nsec = accessed_ns.load() % kSecond;
  out.st_mtime = static_cast<long>(modified_ns.load() / kSecond);
  out.st_mtime_nsec = modified_ns.load() % kSecond;
  out.st_ctime = static_cast<long>(changed_ns.load() / kSecond);
  out.st_ctime_nsec = changed_ns.load() % kSecond;
}

void Node::touch_modified() {
  const uint64_t now = realtime_ns();
  modified_ns.store(now);
  changed_ns.store(now);
}
void Node::touch_changed() { changed_ns.store(realtime_ns()); }

Result<Ref<File>> Node::open(uint32_t) { return fail(Errno::kENXIO); }
Result<void> Node::truncate(uint64_t) { return fail(Errno::kEINVAL); }
Result<KVector<uint8_t>> Node::content(size_t) { return fail(Errno::kEACCES); }
Result<KVector<char>> Node::read_link() { return fail(Errno::kEINVAL); }

Result<KVector<char>> Symlink::read_link() { return copy_text(view(target_)); }

void DeviceNode::stat(struct stat& out) {
  Node::stat(out);
  out.st_rdev = device_;
}

Directory::Directory(FsType fs_type, uint32_t permissions, bool writable, uint32_t node_uid, uint32_t node_gid,
                     uint64_t inode)
    : Node(fs_type, S_IFDIR | permissions, node_uid, node_gid, inode), user_writable(writable) {
  links.store(2);
}

Directory::Entry* Directory::find(std::string_view name) {
  const uint32_t hash = hash_name(name);
  for (Entry& e : entries_) {
    if (e.hash == hash && e.text() == name) return &e;
  }
  return nullptr;
}

Result<Ref<Node>> Directory::lookup(std::string_view name) {
  const Entry* entry = find(name);
  if (!entry) return fail(Errno::kENOENT);
  return entry->node;
}

Result<void> Directory::list(uint64_t from, EntrySink& sink) {
  for (const Entry& e : entries_) {
    if (e.cookie >= from && !sink.add(e.text(), *e.node, e.cookie + 1)) break;
  }
  return {};
}

Result<void> Directory::insert(std::string_view name, Ref<Node> node) {
  if (removed_) return fail(Errno::kENOENT);
  Entry entry;
  entry.hash = hash_name(name);
  entry.name = TRY(copy_text(name));
  entry.cookie = next_cookie_;
  const bool is_directory = node->as_directory() != nullptr;
  entry.node = std::move(node);
  TRY(entries_.push_back(std::move(entry)));
  next_cookie_++;
  if (is_directory) links.fetch_add(1);
  touch_modified();
  return {};
}

Ref<Node> Directory::remove(std::string_view name) {
  Entry* entry = find(name);
  Ref<Node> node = std::move(entry->node);
  for (Entry* e = entry; e + 1 < entries_.end(); e++) *e = std::move(e[1]);
  entries_.pop_back();
  if (node->as_directory()) links.fetch_sub(1);
  touch_modified();
  return node;
}

Ref<Node> Directory::replace(std::string_view name, Ref<Node> node) {
  Entry* entry = find(name);
  if (node->as_directory()) links.fetch_add(1);
  if (entry->node->as_directory()) links.fetch_sub(1);
  std::swap(entry->node, node);
  touch_modified();
  return node;
}

Result<Ref<File>> Directory::open(uint32_t) { return TRY(kcreate<DirectoryFile>(Ref<Node>::share(this))); }

Result<size_t> DirectoryFile::read_directory(IoBuffer buffer) {
  KVector<uint8_t> records;
  TRY(records.resize(buffer.size() < kDirectoryBufferBytes ? buffer.size() : kDirectoryBufferBytes));
  MutexGuard position_guard(position_lock_);
  const uint64_t from = position_.load(std::memory_order_relaxed);
  DirentPacker packer(records.span());
  bool room = true;
  if (from == 0) room = packer.add(".", *directory_, 1);
  if (room && from <= 1) room = packer.add("..", *directory_, Directory::kFirstCookie);
  if (room) {
    MutexGuard tree(tree_lock);
    TRY(directory_->as_directory()->list(from < Directory::kFirstCookie ? Directory::kFirstCookie : from, packer));
  }
  if (packer.used() == 0) return packer.full() ? Result<size_t>(fail(Errno::kEINVAL)) : Result<size_t>(0);
  TRY(buffer.store(0, records.data(), packer.used()));
  position_ = packer.next();
  return packer.used();
}

}  // namespace skep::vfs
