// Open files and the descriptor table. An open file is shared by the descriptors that dup() and fork() make of it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <atomic>
#include <span>

#include "lib/format.h"
#include "lib/ref.h"
#include "lib/result.h"
#include "mm/heap.h"
#include "mm/user_copy.h"
#include "task/mutex.h"
#include "task/spinlock.h"

struct stat;

namespace skep::vfs {
class Node;  // fs/node.h
}

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
  File();
  virtual ~File();
  virtual void last_reference_dropped() { kdelete(this); }

  // Sequential I/O at the file's own position, or at *position when given (pread, pwrite). Defaults refuse as Linux
  // does. read and write are called only when the access mode allows them.
  virtual Result<size_t> read(IoBuffer, uint64_t* position);
  virtual Result<size_t> write(IoBuffer, uint64_t* position);
  virtual Result<uint64_t> seek(int64_t offset, int whence);        // ESPIPE by default
  virtual Result<long> ioctl(uint32_t request, uint64_t argument);  // ENOTTY by default
  virtual Result<void> stat(struct stat& out);                      // of `node`; without one, an anonymous inode
  virtual Result<size_t> read_directory(IoBuffer);                  // getdents64 records; ENOTDIR by default
  virtual Result<void> truncate(uint64_t bytes);                    // EINVAL by default
  virtual uint64_t current_position() { return 0; }                 // a snapshot, for /proc/PID/fdinfo
  virtual bool can_seek() const { return false; }                   // pread and pwrite give ESPIPE without
  // POLL* bits that hold now. Whoever changes them calls vfs::notify_pollers() (fs/poll.h).
  virtual uint32_t poll_events() { return 0x5; }  // POLLIN | POLLOUT
  // Which class this is, for those who must tell files apart (a BPF object's, a perf event's): the address of a static
  // object of that class, or nullptr.
  virtual const void* type_tag() const { return nullptr; }
  // A descriptor of this file was closed (explicitly, by exit or exec); the last one when `last`.
  virtual void descriptor_closed(bool last) { (void)last; }
  // What /proc/PID/fd/N points to: the path, "pipe:[7]", "anon_inode:bpf-map"; and further lines of /proc/PID/fdinfo/N.
  virtual void describe(TextSink& out);
  virtual void print_fdinfo(TextSink& out) { (void)out; }

  std::atomic<uint32_t> flags{0};        // O_* as opened, access mode included; fcntl(F_SETFL) changes some
  std::atomic<uint32_t> descriptors{0};  // how many descriptors of all tables refer to it
  // Set by vfs::open(), constant afterwards: the node, and the absolute path under which it was found.
  Ref<vfs::Node> node;
  KVector<char> path;
};

// A file with a position. Derived classes implement the transfer at a given place.
class SeekableFile : public File {
 public:
  Result<size_t> read(IoBuffer, uint64_t* position) override;
  Result<size_t> write(IoBuffer, uint64_t* position) override;
  Result<uint64_t> seek(int64_t offset, int whence) override;
  bool can_seek() const override { return true; }
  // Without position_lock_, which whoever reads a file of /proc/PID/fdinfo holds: it may be about that very file.
  uint64_t current_position() override { return position_.load(std::memory_order_relaxed); }

 protected:
  virtual Result<size_t> read_at(IoBuffer, uint64_t position);
  // May move `position` before it writes (O_APPEND).
  virtual Result<size_t> write_at(IoBuffer, uint64_t& position);
  virtual Result<uint64_t> end_position() { return fail(Errno::kEINVAL); }  // for SEEK_END

  // Held during a whole transfer at the own position, so that two writers cannot overwrite each other's bytes.
  Mutex position_lock_;
  std::atomic<uint64_t> position_{0};  // written under position_lock_
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
  Result<void> install_at(int fd, Ref<File> file, bool close_on_exec);  // dup3: closes what was there; EBADF
  Result<Ref<File>> get(int fd);                                        // EBADF
  Result<void> close(int fd);                                           // EBADF
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
  // False when `from` has more slots than this table has room for.
  bool copy_slots_from(FdTable& from);
  void close_where(bool only_close_on_exec);

  SpinLock lock_{"fd_table", LockRank::kFdTable};
  KVector<Slot> slots_ SKEP_GUARDED_BY(lock_);
};

}  // namespace skep
