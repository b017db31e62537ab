#include "mm/address_space.h"

#include <string.h>

#include <algorithm>

#include "arch/riscv/csr.h"
#include "arch/riscv/kernel_map.h"
#include "lib/checked.h"
#include "mm/limits.h"
#include "mm/page.h"

namespace skep::mm {

using arch::PageTable;
using arch::Pte;

namespace {

// A page that PROT_NONE keeps: the entry is not valid for the hardware but holds the page (one of the bits that the
// privileged specification leaves to software).
constexpr Pte kPteHeld = 1 << 8;

bool holds_page(Pte pte) { return pte != 0; }

Pte flags_for(uint32_t prot) {
  if (prot == 0) return kPteHeld;
  Pte flags = arch::kUserPage;
  // Write without read is reserved in Sv39; Linux gives read with it.
  if (prot & (kProtRead | kProtWrite)) flags |= arch::kPteRead;
  if (prot & kProtWrite) flags |= arch::kPteWrite;
  if (prot & kProtExec) flags |= arch::kPteExecute;
  return flags;
}

void* page_of_pte(Pte pte) { return linear_of(arch::pte_address(pte)); }

void drop_page(Pte pte) {
  void* page = page_of_pte(pte);
  if (page_of(page).mappings.fetch_sub(1, std::memory_order_acq_rel) == 1) free_pages(page, 1);
}

PageTable* child_table(Pte pte) { return static_cast<PageTable*>(page_of_pte(pte)); }

// Calls visit(address, entry) for each entry of [start, end) that holds a page; skips what has no table.
template <typename Visit>
void for_each_page(PageTable& root, UserAddr start, UserAddr end, Visit&& visit) {
  for (UserAddr at = start; at < end;) {
    Pte* pte = arch::find_pte(root, at);
    if (!pte) {
      at = align_down(at, UserAddr{1} << 21) + (UserAddr{1} << 21);
      continue;
    }
    if (holds_page(*pte)) visit(at, *pte);
    at += kPageBytes;
  }
}

bool range_is_user(UserAddr start, size_t bytes) {
  return start >= kLowestUserAddress && bytes <= SKEP_USER_END && start <= SKEP_USER_END - bytes;
}

}  // namespace

Result<Ref<AddressSpace>> AddressSpace::create() {
  Ref<AddressSpace> space = TRY(kcreate<AddressSpace>());
  space->root_ = static_cast<PageTable*>(allocate_pages(1));
  if (!space->root_) return fail(Errno::kENOMEM);
  arch::copy_kernel_entries(*space->root_);
  return space;
}

AddressSpace::~AddressSpace() {
  if (!root_) return;
  for (uint32_t i = 0; i < arch::kFirstKernelRootEntry; i++) {
    if (!root_->entries[i]) continue;
    PageTable* middle = child_table(root_->entries[i]);
    for (const Pte entry : middle->entries) {
      if (!entry) continue;
      PageTable* leaf = child_table(entry);
      for (const Pte pte : leaf->entries) {
        if (holds_page(pte)) drop_page(pte);
      }
      free_pages(leaf, 1);
    }
    free_pages(middle, 1);
  }
  free_pages(root_, 1);
}

Result<Ref<AddressSpace>> AddressSpace::fork() {
  Ref<AddressSpace> child = TRY(create());
  MutexGuard guard(lock_);
  MutexGuard child_guard(child->lock_);
  TRY(child->mappings_.append(mappings_.span()));
  child->heap_start_ = heap_start_;
  child->break_ = break_;
  bool out_of_memory = false;
  for (const Mapping& m : mappings_) {
    for_each_page(*root_, m.start, m.end, [&](UserAddr at, Pte& pte) {
      if (out_of_memory) return;
      Pte* copy = arch::create_pte(*child->root_, at);
      if (!copy) {
        out_of_memory = true;
        return;
      }
      if (!m.shared) pte &= ~arch::kPteWrite;  // the next write, by either side, copies
      *copy = pte;
      page_of(page_of_pte(pte)).mappings.fetch_add(1, std::memory_order_relaxed);
      child->resident_.fetch_add(1, std::memory_order_relaxed);
    });
  }
  flush(0, SKEP_USER_END);
  if (out_of_memory) return fail(Errno::kENOMEM);
  return child;
}

// ---- The list of mappings
// --------------------------------------------------------------------------------------------

size_t AddressSpace::first_ending_after(UserAddr address) {
  return static_cast<size_t>(
      std::ranges::upper_bound(mappings_.span(), address, {}, [](const Mapping& m) { return m.end; }) -
      mappings_.span().begin());
}

Mapping* AddressSpace::find(UserAddr address) {
  const size_t i = first_ending_after(address);
  return i < mappings_.size() && mappings_[i].start <= address ? &mappings_[i] : nullptr;
}

bool AddressSpace::is_free(UserAddr start, UserAddr end) {
  const size_t i = first_ending_after(start);
  return i == mappings_.size() || mappings_[i].start >= end;
}

// The highest gap below kMmapTop that is large enough; 0 when there is none.
UserAddr AddressSpace::find_room(size_t bytes) {
  UserAddr end = kMmapTop;
  for (size_t i = mappings_.size(); i-- > 0;) {
    const Mapping& m = mappings_[i];
    if (m.start >= end) continue;
    if (m.end <= end && end - m.end >= bytes) return end - bytes;
    end = m.start;
  }
  return end >= kLowestUserAddress + bytes ? end - bytes : 0;
}

Result<void> AddressSpace::insert(const Mapping& mapping) {
  if (mappings_.size() >= kMaxMappings) return fail(Errno::kENOMEM);
  const size_t at = first_ending_after(mapping.start);
  TRY(mappings_.push_back(mapping));
  std::rotate(mappings_.begin() + at, mappings_.end() - 1, mappings_.end());
  return {};
}

Result<void> AddressSpace::split_at(UserAddr address) {
  Mapping* m = find(address);
  if (!m || m->start == address) return {};
  Mapping upper = *m;
  upper.start = address;
  // The lower half must end before `upper` goes in, or the sorted search would find it first.
  const size_t index = static_cast<size_t>(m - mappings_.begin());
  m->end = address;
  if (auto r = insert(upper); !r) {
    mappings_[index].end = upper.end;
    return r;
  }
  return {};
}

void AddressSpace::join_neighbours() {
  size_t kept = 0;
  for (size_t i = 1; i < mappings_.size(); i++) {
    if (mappings_[kept].end == mappings_[i].start && mappings_[kept].joins(mappings_[i])) {
      mappings_[kept].end = mappings_[i].end;
    } else {
      mappings_[++kept] = mappings_[i];
    }
  }
  while (mappings_.size() > kept + 1) mappings_.pop_back();
}

Result<void> AddressSpace::remove(UserAddr start, UserAddr end) {
  TRY(split_at(start));
  TRY(split_at(end));
  drop_pages(start, end);
  auto gone = std::remove_if(mappings_.begin(), mappings_.end(),
                             [&](const Mapping& m) { return m.start >= start && m.end <= end; });
  while (mappings_.end() != gone) mappings_.pop_back();
  return {};
}

// ---- Pages
// -------------------------------------------------------------------------------------------------------------

// Threads do not exist yet, so no other hart runs in this address space; entries that a hart kept from an earlier run
// are flushed when it switches back to it.
void AddressSpace::flush(UserAddr, UserAddr) { arch::sfence_all(); }

void AddressSpace::drop_pages(UserAddr start, UserAddr end) {
  for_each_page(*root_, start, end, [&](UserAddr, Pte& pte) {
    const Pte old = pte;
    pte = 0;
    resident_.fetch_sub(1, std::memory_order_relaxed);
    drop_page(old);
  });
  flush(start, end);
}

// A zeroed page of its own at `page`.
Result<void> AddressSpace::populate(const Mapping& mapping, UserAddr page) {
  Pte* pte = arch::create_pte(*root_, page);
  if (!pte) return fail(Errno::kENOMEM);
  if (holds_page(*pte)) return {};
  void* memory = allocate_pages(1);
  if (!memory) return fail(Errno::kENOMEM);
  page_of(memory).mappings.store(1, std::memory_order_relaxed);
  *pte = arch::make_pte(phys_of(memory), flags_for(mapping.prot));
  resident_.fetch_add(1, std::memory_order_relaxed);
  return {};
}

// The page behind `address`, not shared copy-on-write with anyone: the kernel may write to it. nullptr: no mapping,
// memory.
void* AddressSpace::page_for_write(UserAddr address) {
  const Mapping* m = find(address);
  const UserAddr at = align_down(address, kPageBytes);
  if (!m || !populate(*m, at)) return nullptr;
  Pte* pte = arch::find_pte(*root_, at);
  void* page = page_of_pte(*pte);
  if (m->shared || page_of(page).mappings.load(std::memory_order_acquire) == 1) {
    if (m->prot & kProtWrite) *pte |= arch::kPteWrite;
    return page;
  }
  void* copy = allocate_pages_uncleared(1);
  if (!copy) return nullptr;
  memcpy(copy, page, kPageBytes);
  page_of(copy).mappings.store(1, std::memory_order_relaxed);
  const Pte old = *pte;
  *pte = arch::make_pte(phys_of(copy), flags_for(m->prot));
  drop_page(old);
  return copy;
}

bool AddressSpace::handle_fault(UserAddr address, arch::Access access) {
  MutexGuard guard(lock_);
  const Mapping* m = find(address);
  if (!m) return false;
  const uint32_t needed = access == arch::Access::kWrite     ? kProtWrite
                          : access == arch::Access::kExecute ? kProtExec
                                                             : kProtRead | kProtWrite;
  if ((m->prot & needed) == 0) return false;
  if (access == arch::Access::kWrite) {
    if (!page_for_write(address)) return false;
  } else if (!populate(*m, align_down(address, kPageBytes))) {
    return false;
  }
  arch::sfence_page(address);
  return true;
}

// ---- What system calls ask for
// -----------------------------------------------------------------------------------------

Result<UserAddr> AddressSpace::map(const MapRequest& request) {
  if (request.bytes == 0) return fail(Errno::kEINVAL);
  if (request.bytes > SKEP_USER_END - kPageBytes) return fail(Errno::kENOMEM);
  const size_t bytes = align_up(request.bytes, kPageBytes);
  MutexGuard guard(lock_);
  UserAddr start = align_down(request.address, kPageBytes);
  if (request.fixed) {
    if (start != request.address) return fail(Errno::kEINVAL);
    if (!range_is_user(start, bytes)) return fail(Errno::kENOMEM);
    if (!is_free(start, start + bytes)) {
      if (request.no_replace) return fail(Errno::kEEXIST);
      TRY(remove(start, start + bytes));
    }
  } else if (start == 0 || !range_is_user(start, bytes) || !is_free(start, start + bytes)) {
    start = find_room(bytes);
    if (start == 0) return fail(Errno::kENOMEM);
  }
  const Mapping mapping{start, start + bytes, request.prot, request.shared, false, request.name};
  TRY(insert(mapping));
  if (request.shared) {
    for (UserAddr at = start; at < mapping.end; at += kPageBytes) {
      if (auto r = populate(mapping, at); !r) {
        (void)remove(start, mapping.end);  // its own mapping: there is nothing to split
        return fail(r.error());
      }
    }
  }
  join_neighbours();
  return start;
}

Result<void> AddressSpace::unmap(UserAddr address, size_t bytes) {
  if (address % kPageBytes != 0 || bytes == 0 || bytes > SKEP_USER_END || address > SKEP_USER_END - bytes) {
    return fail(Errno::kEINVAL);
  }
  MutexGuard guard(lock_);
  return remove(address, address + align_up(bytes, kPageBytes));
}

Result<void> AddressSpace::protect(UserAddr address, size_t bytes, uint32_t prot) {
  if (address % kPageBytes != 0) return fail(Errno::kEINVAL);
  if (bytes == 0) return {};
  if (bytes > SKEP_USER_END || address > SKEP_USER_END - bytes) return fail(Errno::kENOMEM);
  const UserAddr end = address + align_up(bytes, kPageBytes);
  MutexGuard guard(lock_);
  // All of the range must be mapped.
  for (UserAddr at = address; at < end;) {
    const Mapping* m = find(at);
    if (!m) return fail(Errno::kENOMEM);
    if (m->kernel_owned) return fail(Errno::kEACCES);
    at = m->end;
  }
  TRY(split_at(address));
  TRY(split_at(end));
  for (size_t i = first_ending_after(address); i < mappings_.size() && mappings_[i].start < end; i++) {
    Mapping& m = mappings_[i];
    m.prot = prot;
    for_each_page(*root_, m.start, m.end, [&](UserAddr, Pte& pte) {
      Pte flags = flags_for(prot);
      // A page that is still shared copy-on-write must fault before it is written.
      if (!m.shared && page_of(page_of_pte(pte)).mappings.load(std::memory_order_acquire) != 1)
        flags &= ~arch::kPteWrite;
      pte = arch::make_pte(arch::pte_address(pte), flags);
    });
  }
  join_neighbours();
  flush(address, end);
  if (prot & kProtExec) arch::fence_i();  // code written by this task; other harts fence when they switch to it
  return {};
}

Result<void> AddressSpace::discard(UserAddr address, size_t bytes) {
  if (address % kPageBytes != 0 || bytes > SKEP_USER_END || address > SKEP_USER_END - bytes)
    return fail(Errno::kEINVAL);
  const UserAddr end = address + align_up(bytes, kPageBytes);
  MutexGuard guard(lock_);
  for (UserAddr at = address; at < end;) {
    const Mapping* m = find(at);
    if (!m) return fail(Errno::kENOMEM);
    if (m->kernel_owned) return fail(Errno::kEINVAL);
    if (!m->shared) drop_pages(at, std::min(end, m->end));
    at = m->end;
  }
  return {};
}

void AddressSpace::set_heap_start(UserAddr start) {
  MutexGuard guard(lock_);
  heap_start_ = break_ = start;
}

UserAddr AddressSpace::set_break(UserAddr wanted) {
  MutexGuard guard(lock_);
  if (wanted < heap_start_ || wanted > kMmapTop) return break_;
  const UserAddr old_end = align_up(break_, kPageBytes), new_end = align_up(wanted, kPageBytes);
  if (new_end > old_end) {
    if (!is_free(old_end, new_end)) return break_;
    if (!insert({old_end, new_end, kProtRead | kProtWrite, false, false, "[heap]"})) return break_;
    join_neighbours();
  } else if (new_end < old_end) {
    if (!remove(new_end, old_end)) return break_;
  }
  break_ = wanted;
  return break_;
}

Result<void> AddressSpace::write(UserAddr address, const void* bytes, size_t count, bool respect_protection) {
  MutexGuard guard(lock_);
  const auto* from = static_cast<const uint8_t*>(bytes);
  while (count > 0) {
    const Mapping* m = find(address);
    if (!m || m->kernel_owned || (respect_protection && !(m->prot & kProtWrite))) return fail(Errno::kEFAULT);
    auto* page = static_cast<uint8_t*>(page_for_write(address));
    if (!page) return fail(Errno::kENOMEM);
    const size_t offset = address % kPageBytes;
    const size_t chunk = std::min(count, kPageBytes - offset);
    memcpy(page + offset, from, chunk);
    address += chunk;
    from += chunk;
    count -= chunk;
  }
  return {};
}

Result<void> AddressSpace::map_kernel_page(UserAddr address, const void* page) {
  MutexGuard guard(lock_);
  if (!is_free(address, address + kPageBytes)) return fail(Errno::kEEXIST);
  TRY(insert({address, address + kPageBytes, kProtRead | kProtExec, true, true, "[trampoline]"}));
  Pte* pte = arch::create_pte(*root_, address);
  if (!pte) return fail(Errno::kENOMEM);
  page_of(page).mappings.fetch_add(1, std::memory_order_relaxed);
  *pte = arch::make_pte(phys_of(page), flags_for(kProtRead | kProtExec));
  resident_.fetch_add(1, std::memory_order_relaxed);
  return {};
}

size_t AddressSpace::mapped_bytes() {
  MutexGuard guard(lock_);
  size_t total = 0;
  for (const Mapping& m : mappings_) total += m.bytes();
  return total;
}

bool AddressSpace::find_mapping_from(UserAddr from, Mapping& out) {
  MutexGuard guard(lock_);
  const size_t i = first_ending_after(from);
  if (i == mappings_.size()) return false;
  out = mappings_[i];
  return true;
}

}  // namespace skep::mm
