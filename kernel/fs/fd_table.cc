#include "fs/file.h"

namespace skep {

namespace {
// Tells the file that one descriptor of it is gone, then drops the table's reference. Without the table's lock: both
// may run the file's own code.
void drop(Ref<File> file) {
  if (file) file->descriptor_closed(file->descriptors.fetch_sub(1, std::memory_order_acq_rel) == 1);
}
}  // namespace

Result<KUnique<FdTable>> FdTable::create() { return KUnique<FdTable>::create(); }

Result<KUnique<FdTable>> FdTable::clone() {
  KUnique<FdTable> copy = TRY(create());
  // The new table is nobody else's yet, but its lock is what the analysis knows.
  for (;;) {
    size_t wanted;
    {
      SpinGuard guard(lock_);
      wanted = slots_.size();
    }
    {
      SpinGuard guard(copy->lock_);
      TRY(copy->slots_.reserve(wanted));
    }
    if (copy->copy_slots_from(*this)) return copy;
  }
}

bool FdTable::copy_slots_from(FdTable& from) {
  SpinGuard from_guard(from.lock_);
  SpinGuard guard(lock_, SpinGuard::Unshared{});
  if (slots_.capacity() < from.slots_.size()) return false;  // it grew meanwhile
  for (const Slot& slot : from.slots_) {
    if (slot.file) slot.file->descriptors.fetch_add(1, std::memory_order_relaxed);
    (void)slots_.push_back(Slot{slot.file, slot.close_on_exec});
  }
  return true;
}

Result<int> FdTable::install(Ref<File> file, bool close_on_exec, int minimum) {
  if (minimum < 0 || minimum >= kMaxDescriptors) return fail(Errno::kEINVAL);
  SpinGuard guard(lock_);
  auto fd = static_cast<size_t>(minimum);
  while (fd < slots_.size() && slots_[fd].file) fd++;
  if (fd >= kMaxDescriptors) return fail(Errno::kEMFILE);
  if (fd >= slots_.size()) TRY(slots_.resize(fd + 1));
  file->descriptors.fetch_add(1, std::memory_order_relaxed);
  slots_[fd] = Slot{std::move(file), close_on_exec};
  return static_cast<int>(fd);
}

Result<void> FdTable::install_at(int fd, Ref<File> file, bool close_on_exec) {
  if (fd < 0 || fd >= kMaxDescriptors) return fail(Errno::kEBADF);
  Ref<File> old;
  {
    SpinGuard guard(lock_);
    const auto index = static_cast<size_t>(fd);
    if (index >= slots_.size()) TRY(slots_.resize(index + 1));
    file->descriptors.fetch_add(1, std::memory_order_relaxed);
    old = std::move(slots_[index].file);
    slots_[index] = Slot{std::move(file), close_on_exec};
  }
  drop(std::move(old));
  return {};
}

Result<Ref<File>> FdTable::get(int fd) {
  SpinGuard guard(lock_);
  if (fd < 0 || static_cast<size_t>(fd) >= slots_.size() || !slots_[static_cast<size_t>(fd)].file) {
    return fail(Errno::kEBADF);
  }
  return slots_[static_cast<size_t>(fd)].file;
}

Result<void> FdTable::close(int fd) {
  Ref<File> old;
  {
    SpinGuard guard(lock_);
    if (fd < 0 || static_cast<size_t>(fd) >= slots_.size()) return fail(Errno::kEBADF);
    Slot& slot = slots_[static_cast<size_t>(fd)];
    if (!slot.file) return fail(Errno::kEBADF);
    old = std::move(slot.file);
    slot.close_on_exec = false;
  }
  drop(std::move(old));
  return {};
}

void FdTable::close_where(bool only_close_on_exec) {
  for (size_t i = 0;; i++) {
    Ref<File> old;
    {
      SpinGuard guard(lock_);
      if (i >= slots_.size()) return;
      Slot& slot = slots_[i];
      if (!slot.file || (only_close_on_exec && !slot.close_on_exec)) continue;
      old = std::move(slot.file);
      slot.close_on_exec = false;
    }
    drop(std::move(old));
  }
}

void FdTable::close_on_exec() { close_where(true); }
void FdTable::close_all() { close_where(false); }

Result<bool> FdTable::close_on_exec_of(int fd) {
  SpinGuard guard(lock_);
  if (fd < 0 || static_cast<size_t>(fd) >= slots_.size() || !slots_[static_cast<size_t>(fd)].file) {
    return fail(Errno::kEBADF);
  }
  return slots_[static_cast<size_t>(fd)].close_on_exec;
}

Result<void> FdTable::set_close_on_exec(int fd, bool on) {
  SpinGuard guard(lock_);
  if (fd < 0 || static_cast<size_t>(fd) >= slots_.size() || !slots_[static_cast<size_t>(fd)].file) {
    return fail(Errno::kEBADF);
  }
  slots_[static_cast<size_t>(fd)].close_on_exec = on;
  return {};
}

int FdTable::next_open(int from) {
  SpinGuard guard(lock_);
  for (auto i = static_cast<size_t>(from < 0 ? 0 : from); i < slots_.size(); i++) {
    if (slots_[i].file) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace skep
