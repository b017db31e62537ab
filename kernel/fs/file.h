// Open files and the descriptor table. An open file is shared by the descriptors that dup() and fork() make of it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>

#include "lib/ref.h"
#include "lib/result.h"
#include "mm/heap.h"
#include "mm/user_copy.h"
#include "task/spinlock.h"

struct stat;

namespace skep {

// What read and write transfer from or to: user memory (syscalls) or kernel memory (exec, procfs generators).
class IoBuffer {
 public:
  static IoBuffer user(UserAddr address, size_t bytes) { return IoBuffer(address, nullptr, bytes); }
  static IoBuffer kernel(void* address, size_t bytes) { return IoBuffer(0, static_cast<uint8_t*>(address), bytes); }
  size_t size() const { return bytes_; }
  // Copies into / out of the buffer at `offset`; the caller stays inside size().
  Result<void> store(size_t offset, const void* from, size_t bytes) const;
  Result<void> load(size_t offset, void* to, size_t bytes) const;

 private:
  IoBuffer(UserAddr user, uint8_t* kernel, size_t bytes) : user_(user), kernel_(kernel), bytes_(bytes) {}
  UserAddr user_;
  uint8_t* kernel_;
  size_t bytes_;
};

class File : public RefCounted<File> {
 public:
  virtual ~File() = default;
  virtual void last_reference_dropped() { kdelete(this); }

  // Sequential I/O at the file's own position, or at *position when given (pread, pwrite). Defaults refuse as Linux does.
  virtual Result<size_t> read(IoBuffer, uint64_t* position);
  virtual Result<size_t> write(IoBuffer, uint64_t* position);
  virtual Result<uint64_t> seek(int64_t offset, int whence);           // ESPIPE by default
  virtual Result<long> ioctl(uint32_t request, uint64_t argument);     // ENOTTY by default
  virtual Result<void> stat(struct stat& out);
  virtual Result<size_t> read_directory(IoBuffer);                     // getdents64 records; ENOTDIR by default
  virtual uint32_t poll_events() { return 0x5; }                       // POLLIN | POLLOUT
  // Which class this is, for those who must tell files apart (a BPF object's, a perf event's): the address of a static
  // object of that class, or nullptr.
  virtual const void* type_tag() const { return nullptr; }
  // A descriptor of this file was closed (explicitly, by exit or exec); the last one when `last`.
  virtual void descriptor_closed(bool last) { (void)last; }

  uint32_t flags = 0;                    // O_* as opened, access mode included
  std::atomic<uint32_t> descriptors{0};  // how many descriptors of all tables refer to it
};

// One process's descriptors.
class FdTable {
 public:
  static constexpr int kMaxDescriptors = 1024;

  static Result<KUnique<FdTable>> create();
  // A copy for fork(): same open files, same close-on-exec marks.
  Result<KUnique<FdTable>> clone();
  // EMFILE, ENOMEM. The table takes the reference. `minimum` as for F_DUPFD.
  Result<int> install(Ref<File> file, bool close_on_exec, int minimum = 0);
  Result<int> install_at(int fd, Ref<File> file, bool close_on_exec);  // dup3: closes what was there
  Result<Ref<File>> get(int fd);                                       // EBADF
  Result<void> close(int fd);                                          // EBADF
  void close_on_exec();
  void close_all();
  Result<bool> close_on_exec_of(int fd);
  Result<void> set_close_on_exec(int fd, bool on);
  // For /proc/PID/fd: the first open descriptor >= from, or -1.
  int next_open(int from);

  FdTable() = default;
  ~FdTable() { close_all(); }

 private:
  struct Slot {
    Ref<File> file;
    bool close_on_exec = false;
  };
  SpinLock lock_{"fd_table"};
  KVector<Slot> slots_ SKEP_GUARDED_BY(lock_);
};

}  // namespace skep
