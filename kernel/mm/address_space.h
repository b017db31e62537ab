// A user address space: its mappings and its page tables. Anonymous memory appears on first touch; fork() shares pages
// until one side writes.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "arch/hooks.h"
#include "arch/riscv/kernel_map.h"
#include "lib/ref.h"
#include "lib/result.h"
#include "mm/heap.h"
#include "mm/user_copy.h"
#include "task/mutex.h"

namespace skep::mm {

// Linux's PROT_* values.
inline constexpr uint32_t kProtRead = 1, kProtWrite = 2, kProtExec = 4;

// One mapping: [start, end), whole pages. Neighbours with equal attributes are joined.
struct Mapping {
  UserAddr start = 0;
  UserAddr end = 0;
  uint32_t prot = 0;
  bool shared = false;        // its pages stay common to parent and child after fork
  bool kernel_owned = false;  // its page belongs to the kernel: protection cannot be changed
  const char* name = "";      // "[heap]", "[stack]", "": for /proc/PID/maps
  size_t bytes() const { return end - start; }
  bool joins(const Mapping& o) const {
    return prot == o.prot && shared == o.shared && kernel_owned == o.kernel_owned && name == o.name;
  }
};

class AddressSpace : public RefCounted<AddressSpace> {
 public:
  static Result<Ref<AddressSpace>> create();
  // The child's copy. The caller flushes nothing: this hart's stale write permissions are flushed inside.
  Result<Ref<AddressSpace>> fork();
  ~AddressSpace();
  void last_reference_dropped() { kdelete(this); }

  uint64_t satp() const { return arch::satp_of(*root_); }

  // Maps `bytes` (rounded up to pages) at `address`, replacing what was there when `fixed`; otherwise at `address` when
  // that is free, or where there is room. EINVAL, ENOMEM, EEXIST (`no_replace`). Shared memory is populated at once.
  struct MapRequest {
    UserAddr address = 0;
    size_t bytes = 0;
    uint32_t prot = 0;
    bool fixed = false;
    bool no_replace = false;
    bool shared = false;
    const char* name = "";
  };
  Result<UserAddr> map(const MapRequest& request);
  Result<void> unmap(UserAddr address, size_t bytes);                   // EINVAL
  Result<void> protect(UserAddr address, size_t bytes, uint32_t prot);  // EINVAL, ENOMEM (a hole), EACCES
  // Drops the pages of the range; private memory reads as zero afterwards. EINVAL, ENOMEM (a hole).
  Result<void> discard(UserAddr address, size_t bytes);

  // The program break. set_break() returns the new or, when refused, the old break, as brk(2) does.
  void set_heap_start(UserAddr start);
  UserAddr set_break(UserAddr wanted);

  // Serves a page fault: false when the access is not allowed or there is no memory.
  bool handle_fault(UserAddr address, arch::Access access);

  // Writes into mappings, for exec and mmap of files regardless of their protection, for what a program asks for
  // (`respect_protection`) only where it may write itself. Never into a kernel-owned one: other processes see that
  // page. EFAULT, ENOMEM. Any address space.
  Result<void> write(UserAddr address, const void* bytes, size_t count, bool respect_protection = false);
  // Maps an existing page, which stays the caller's, read-only and executable (the signal trampoline). EEXIST when
  // something is mapped there; ENOMEM.
  Result<void> map_kernel_page(UserAddr address, const void* page);

  size_t resident_pages() const { return resident_.load(std::memory_order_relaxed); }
  size_t mapped_bytes();
  // For /proc/PID/maps: the first mapping that ends above `from`; false at the end.
  bool find_mapping_from(UserAddr from, Mapping& out);

 private:
  template <typename T, typename... Args>
  friend Result<Ref<T>> skep::kcreate(Args&&...);
  AddressSpace() = default;

  Mapping* find(UserAddr address) SKEP_REQUIRES(lock_);
  size_t first_ending_after(UserAddr address) SKEP_REQUIRES(lock_);
  UserAddr find_room(size_t bytes) SKEP_REQUIRES(lock_);
  bool is_free(UserAddr start, UserAddr end) SKEP_REQUIRES(lock_);
  Result<void> insert(const Mapping& mapping) SKEP_REQUIRES(lock_);
  Result<void> remove(UserAddr start, UserAddr end) SKEP_REQUIRES(lock_);
  Result<void> split_at(UserAddr address) SKEP_REQUIRES(lock_);
  void join_neighbours() SKEP_REQUIRES(lock_);
  Result<void> populate(const Mapping& mapping, UserAddr page) SKEP_REQUIRES(lock_);
  void* page_for_write(UserAddr address) SKEP_REQUIRES(lock_);
  void drop_pages(UserAddr start, UserAddr end) SKEP_REQUIRES(lock_);
  void flush(UserAddr start, UserAddr end);

  Mutex lock_;
  KVector<Mapping> mappings_ SKEP_GUARDED_BY(lock_);  // sorted, disjoint
  arch::PageTable* root_ = nullptr;
  UserAddr heap_start_ SKEP_GUARDED_BY(lock_) = 0;
  UserAddr break_ SKEP_GUARDED_BY(lock_) = 0;
  std::atomic<size_t> resident_{0};
};

// User addresses: the first page is never mapped, and the last ones hold the signal trampoline.
inline constexpr UserAddr kLowestUserAddress = SKEP_PAGE_BYTES;
inline constexpr UserAddr kTrampolineAddress = SKEP_USER_END - 2 * SKEP_PAGE_BYTES;
inline constexpr UserAddr kStackTop = SKEP_USER_END - 16 * SKEP_PAGE_BYTES;
inline constexpr size_t kUserStackBytes = size_t{8} << 20;  // Linux's usual limit
// mmap places below the stack, downwards, with a gap that catches a stack overflow.
inline constexpr UserAddr kMmapTop = kStackTop - kUserStackBytes - (size_t{1} << 20);

}  // namespace skep::mm
