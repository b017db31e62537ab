#include "fs/ramfs.h"

#include <string.h>

#include <algorithm>
#include <utility>

#include "fs/limits.h"
#include "mm/page.h"
#include "uapi/fs.h"

namespace skep::vfs {

namespace {

constexpr size_t kPage = mm::kPageBytes;
std::atomic<size_t> g_pages_used{0};

// Counts pages against the share of memory that RAM files may have.
Result<void> charge(size_t pages) {
  if (g_pages_used.fetch_add(pages, std::memory_order_relaxed) + pages > mm::total_page_count() / kRamShareDivisor) {
    g_pages_used.fetch_sub(pages, std::memory_order_relaxed);
    return fail(Errno::kENOSPC);
  }
  return {};
}
void uncharge(size_t pages) { g_pages_used.fetch_sub(pages, std::memory_order_relaxed); }

Result<uint8_t*> take_page() {
  TRY(charge(1));
  auto* page = static_cast<uint8_t*>(kmalloc(kPage));
  if (!page) {
    uncharge(1);
    return fail(Errno::kENOSPC);
  }
  return page;
}

void give_page(uint8_t* page) {
  if (!page) return;
  kfree(page);
  uncharge(1);
}

class RamFileHandle final : public SeekableFile {
 public:
  explicit RamFileHandle(Ref<RamFile> file) : file_(std::move(file)) {}
  Result<void> truncate(uint64_t bytes) override { return file_->truncate(bytes); }

 protected:
  Result<size_t> read_at(IoBuffer buffer, uint64_t position) override { return file_->read(buffer, position); }
  Result<size_t> write_at(IoBuffer buffer, uint64_t& position) override {
    return file_->write(buffer, position, (flags.load(std::memory_order_relaxed) & O_APPEND) != 0);
  }
  Result<uint64_t> end_position() override { return file_->size(); }

 private:
  const Ref<RamFile> file_;
};

}  // namespace

uint64_t ram_bytes_used() { return uint64_t{g_pages_used.load(std::memory_order_relaxed)} * kPage; }
uint64_t ram_bytes_limit() { return uint64_t{mm::total_page_count() / kRamShareDivisor} * kPage; }

RamFile::RamFile(uint32_t permissions, uint32_t node_uid, uint32_t node_gid, std::span<const uint8_t> archive)
    : Node(FsType::kRam, S_IFREG | permissions, node_uid, node_gid), archive_(archive), size_(archive.size()) {}

RamFile::~RamFile() {
  MutexGuard guard(lock_);
  free_pages_from(0);
}

Result<Ref<File>> RamFile::open(uint32_t) { return TRY(kcreate<RamFileHandle>(Ref<RamFile>::share(this))); }

void RamFile::stat(struct stat& out) {
  Node::stat(out);
  MutexGuard guard(lock_);
  size_t pages = align_up(archive_.size(), kPage) / kPage;
  for (const uint8_t* page : pages_) pages += page != nullptr;
  out.st_blocks = static_cast<long>(pages * (kPage / 512));
}

void RamFile::free_pages_from(uint64_t index) {
  while (pages_.size() > index) {
    give_page(pages_.back());
    pages_.pop_back();
  }
  if (pages_.empty()) {
    pages_ = KVector<uint8_t*>();
    uncharge(std::exchange(list_pages_, 0));
  }
}

// A page list of a page and more counts as content does: a file of holes has little else.
Result<void> RamFile::reserve_list(size_t entries) {
  if (entries <= pages_.capacity()) return {};
  const size_t wanted = std::max(entries, pages_.capacity() * 2);
  const size_t pages = wanted * sizeof(uint8_t*) / kPage;
  TRY(charge(pages - list_pages_));
  if (const Result<void> reserved = pages_.reserve(wanted); !reserved) {
    uncharge(pages - list_pages_);
    return reserved;
  }
  list_pages_ = pages;
  return {};
}

Result<uint8_t*> RamFile::page_for_write(uint64_t index) {
  if (index >= pages_.size()) {
    TRY(reserve_list(index + 1));
    TRY(pages_.resize(index + 1));
  }
  if (!pages_[index]) pages_[index] = TRY(take_page());
  return pages_[index];
}

Result<void> RamFile::detach_from_archive() {
  if (archive_.empty()) return {};
  const std::span<const uint8_t> content = archive_;
  for (size_t at = 0; at < content.size(); at += kPage) {
    const Result<uint8_t*> page = page_for_write(at / kPage);
    if (!page) {
      free_pages_from(0);
      return fail(page.error());
    }
    memcpy(*page, content.data() + at, std::min(kPage, content.size() - at));
  }
  archive_ = {};
  return {};
}

// The caller stays below size().
void RamFile::copy_out(uint64_t position, std::span<uint8_t> to) {
  size_t done = 0;
  while (done < to.size()) {
    const uint64_t index = (position + done) / kPage;
    const size_t inside = (position + done) % kPage;
    const size_t n = std::min(kPage - inside, to.size() - done);
    if (index < pages_.size() && pages_[index]) {
      memcpy(to.data() + done, pages_[index] + inside, n);
    } else {
      memset(to.data() + done, 0, n);
    }
    done += n;
  }
}

Result<size_t> RamFile::read(IoBuffer buffer, uint64_t position) {
  MutexGuard guard(lock_);
  const uint64_t end = size_.load(std::memory_order_relaxed);
  if (position >= end) return 0;
  const size_t total = std::min<uint64_t>(buffer.size(), end - position);
  accessed_ns.store(realtime_ns(), std::memory_order_relaxed);
  if (!archive_.empty()) {
    TRY(buffer.store(0, archive_.data() + position, total));
    return total;
  }
  static constexpr uint8_t kZeros[256] = {};
  size_t done = 0;
  while (done < total) {
    const uint64_t index = (position + done) / kPage;
    const size_t inside = (position + done) % kPage;
    size_t n = std::min(kPage - inside, total - done);
    const uint8_t* from = index < pages_.size() && pages_[index] ? pages_[index] + inside : nullptr;
    if (!from) {
      n = std::min(n, sizeof(kZeros));
      from = kZeros;
    }
    const Result<void> stored = buffer.store(done, from, n);
    if (!stored) return done > 0 ? Result<size_t>(done) : fail(stored.error());
    done += n;
  }
  return total;
}

Result<size_t> RamFile::write(IoBuffer buffer, uint64_t& position, bool append) {
  MutexGuard guard(lock_);
  if (append) position = size_.load(std::memory_order_relaxed);
  if (buffer.size() == 0) return 0;
  if (position >= kMaxRamFileBytes) return fail(Errno::kEFBIG);
  TRY(detach_from_archive());
  const size_t total = std::min<uint64_t>(buffer.size(), kMaxRamFileBytes - position);
  size_t done = 0;
  Result<void> last = {};
  while (done < total) {
    const uint64_t at = position + done;
    const size_t n = std::min(kPage - at % kPage, total - done);
    const Result<uint8_t*> page = page_for_write(at / kPage);
    if (!page) {
      last = fail(page.error() == Errno::kENOMEM ? Errno::kENOSPC : page.error());
      break;
    }
    last = buffer.load(done, *page + at % kPage, n);
    if (!last) {
      // Bytes that a failed copy left beyond the end must not show up when the file grows.
      const uint64_t end = size_.load(std::memory_order_relaxed);
      const uint64_t keep = std::max(at, end);
      if (keep < at + n) memset(*page + keep % kPage, 0, at + n - keep);
      break;
    }
    done += n;
  }
  if (done == 0 && !last) {
    if (size_.load(std::memory_order_relaxed) <= uint64_t{pages_.size()} * kPage) {
      free_pages_from((size_.load(std::memory_order_relaxed) + kPage - 1) / kPage);
    }
    return fail(last.error());
  }
  if (position + done > size_.load(std::memory_order_relaxed)) size_.store(position + done, std::memory_order_release);
  touch_modified();
  return done;
}

Result<void> RamFile::truncate(uint64_t bytes) {
  MutexGuard guard(lock_);
  if (bytes > kMaxRamFileBytes) return fail(Errno::kEFBIG);
  if (bytes == 0) {
    archive_ = {};
  } else {
    TRY(detach_from_archive());
  }
  if (bytes < size_.load(std::memory_order_relaxed)) {
    free_pages_from((bytes + kPage - 1) / kPage);
    const size_t inside = bytes % kPage;
    if (inside != 0 && bytes / kPage < pages_.size() && pages_[bytes / kPage]) {
      memset(pages_[bytes / kPage] + inside, 0, kPage - inside);
    }
  }
  size_.store(bytes, std::memory_order_release);
  touch_modified();
  return {};
}

Result<KVector<uint8_t>> RamFile::content(size_t limit) {
  MutexGuard guard(lock_);
  const uint64_t bytes = size_.load(std::memory_order_relaxed);
  if (bytes > limit) return fail(Errno::kENOMEM);
  KVector<uint8_t> copy;
  if (!archive_.empty()) {
    TRY(copy.append(archive_));
    return copy;
  }
  TRY(copy.resize(bytes));
  copy_out(0, copy.span());
  return copy;
}

}  // namespace skep::vfs
