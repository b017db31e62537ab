// A process's memory: the break and mappings.
#include "arch/riscv/smp.h"
#include "fs/file.h"
#include "lib/checked.h"
#include "mm/page.h"
#include "syscall/support.h"
#include "syscall/table.h"
#include "task/process.h"

namespace skep {

namespace {

// asm-generic/mman-common.h
constexpr uint32_t kMapShared = 1, kMapPrivate = 2, kMapSharedValidate = 3, kMapTypeMask = 0xf, kMapFixed = 0x10,
                   kMapAnonymous = 0x20, kMapFixedNoReplace = 0x100000;
constexpr uint32_t kProtAll = mm::kProtRead | mm::kProtWrite | mm::kProtExec;

// Copies the file's bytes into a private mapping; what lies beyond its end stays zero.
Result<void> fill_from_file(mm::AddressSpace& memory, UserAddr start, size_t bytes, File& file, uint64_t offset) {
  auto buffer = KVector<uint8_t>();
  TRY(buffer.resize(mm::kPageBytes));
  for (size_t done = 0; done < bytes;) {
    uint64_t position = offset + done;
    const size_t want = std::min(bytes - done, buffer.size());
    const size_t n = TRY(file.read(IoBuffer::kernel(buffer.data(), want), &position));
    if (n == 0) break;
    TRY(memory.write(start + done, buffer.data(), n));
    done += n;
  }
  return {};
}

Result<Ref<File>> mappable_file(int fd, uint32_t prot, bool shared) {
  Ref<File> file = TRY(current_fd_table().get(fd));
  constexpr uint32_t kAccessMask = 3, kWriteOnly = 1;
  if ((file->flags & kAccessMask) == kWriteOnly) return fail(Errno::kEACCES);
  // A pipe or a terminal would wait for input here, and lose it to the mapping.
  if (!file->can_seek()) return fail(Errno::kENODEV);
  // A shared mapping that is only read looks the same as a private copy as long as nobody writes to the file; one that
  // is written would have to reach the file.
  if (shared && (prot & mm::kProtWrite)) return fail(Errno::kENODEV);
  return file;
}

Result<UserAddr> map_memory(UserAddr address, size_t bytes, uint32_t prot, uint32_t flags, int fd, uint64_t offset) {
  const uint32_t type = flags & kMapTypeMask;
  if (type != kMapShared && type != kMapPrivate && type != kMapSharedValidate) return fail(Errno::kEINVAL);
  if ((prot & ~kProtAll) != 0 || offset % mm::kPageBytes != 0) return fail(Errno::kEINVAL);
  const bool anonymous = (flags & kMapAnonymous) != 0;
  const bool shared = type != kMapPrivate;
  Ref<File> file;
  if (!anonymous) file = TRY(mappable_file(fd, prot, shared));
  mm::AddressSpace& memory = *current_process().memory();
  const UserAddr at = TRY(memory.map({.address = address,
                                      .bytes = bytes,
                                      .prot = prot,
                                      .fixed = (flags & (kMapFixed | kMapFixedNoReplace)) != 0,
                                      .no_replace = (flags & kMapFixedNoReplace) != 0,
                                      .shared = shared,
                                      .name = ""}));
  if (file) {
    if (auto r = fill_from_file(memory, at, bytes, *file, offset); !r) {
      (void)memory.unmap(at, bytes);
      return fail(r.error());
    }
  }
  return at;
}

}  // namespace

long sys_brk(UserAddr address) { return static_cast<long>(current_process().memory()->set_break(address)); }

long sys_mmap(UserAddr address, size_t bytes, uint32_t prot, uint32_t flags, int fd, uint64_t offset) {
  return to_syscall_return(map_memory(address, bytes, prot, flags, fd, offset));
}

long sys_munmap(UserAddr address, size_t bytes) {
  return to_syscall_return(current_process().memory()->unmap(address, bytes));
}

long sys_mprotect(UserAddr address, size_t bytes, uint32_t prot) {
  if ((prot & ~kProtAll) != 0) return error_return(Errno::kEINVAL);
  return to_syscall_return(current_process().memory()->protect(address, bytes, prot));
}

long sys_madvise(UserAddr address, size_t bytes, int advice) {
  // asm-generic/mman-common.h. Advice is advice; only DONTNEED promises something: the pages read as zero afterwards.
  constexpr int kDontNeed = 4, kLastPlain = 4, kFree = 8, kFirstExtended = 9, kLastExtended = 25;
  if (address % mm::kPageBytes != 0) return error_return(Errno::kEINVAL);
  if (advice == kDontNeed) return to_syscall_return(current_process().memory()->discard(address, bytes));
  const bool known =
      (advice >= 0 && advice <= kLastPlain) || (advice >= kFree && advice <= kLastExtended) || advice == kFirstExtended;
  return known ? 0 : error_return(Errno::kEINVAL);
}

long sys_riscv_flush_icache(UserAddr, UserAddr, uint64_t flags) {
  constexpr uint64_t kLocal = 1;
  if ((flags & ~kLocal) != 0) return error_return(Errno::kEINVAL);
  arch::fence_i_everywhere();
  return 0;
}

}  // namespace skep
