// Files in memory. Their pages come from the heap, at most a share of memory for all files together (fs/limits.h).
#pragma once

#include <span>

#include "fs/node.h"

namespace skep::vfs {

class RamFile final : public Node {
 public:
  // `archive` is the content until the first change; it stays in the initramfs, and must live for ever.
  RamFile(uint32_t permissions, uint32_t uid, uint32_t gid, std::span<const uint8_t> archive = {});
  ~RamFile() override;

  uint64_t size() override { return size_.load(std::memory_order_acquire); }
  Result<Ref<File>> open(uint32_t flags) override;
  Result<void> truncate(uint64_t bytes) override;
  bool may_truncate() const override { return true; }
  void stat(struct stat& out) override;

  Result<size_t> read(IoBuffer buffer, uint64_t position);
  // With `append`, `position` becomes the end first. ENOSPC, EFBIG.
  Result<size_t> write(IoBuffer buffer, uint64_t& position, bool append);
  Result<KVector<uint8_t>> content(size_t limit) override;

 private:
  Result<void> detach_from_archive() SKEP_REQUIRES(lock_);
  Result<void> reserve_list(size_t entries) SKEP_REQUIRES(lock_);
  Result<uint8_t*> page_for_write(uint64_t index) SKEP_REQUIRES(lock_);
  void free_pages_from(uint64_t index) SKEP_REQUIRES(lock_);
  void copy_out(uint64_t position, std::span<uint8_t> to) SKEP_REQUIRES(lock_);

  Mutex lock_;  // content and size; held while user memory is copied
  std::span<const uint8_t> archive_ SKEP_GUARDED_BY(lock_);
  KVector<uint8_t*> pages_ SKEP_GUARDED_BY(lock_);  // null: a hole
  size_t list_pages_ SKEP_GUARDED_BY(lock_) = 0;    // of the list itself, counted among the pages that files hold
  std::atomic<uint64_t> size_;                      // written under lock_
};

// Bytes that RAM files hold in pages and in long lists of pages, and the most they may.
uint64_t ram_bytes_used();
uint64_t ram_bytes_limit();

}  // namespace skep::vfs
