#include "mm/user_copy.h"

#include <string.h>

#include <algorithm>

#include "arch/riscv/csr.h"
#include "arch/riscv/thread.h"
#include "lib/checked.h"

namespace skep {

namespace {

// Returns how many bytes were left when an access faulted, 0 when all were copied (arch/riscv/copy.S).
extern "C" size_t copy_faultable(void* dst, const void* src, size_t bytes);

SKEP_NOPROBE bool is_user_range(UserAddr start, size_t bytes) {
  return bytes <= SKEP_USER_END && start <= SKEP_USER_END - bytes;
}

// Memory that reads without side effects: not the device region, nor the gaps between the regions.
SKEP_NOPROBE bool is_kernel_memory(uint64_t start, size_t bytes) {
  const uint64_t last = start + bytes - 1;
  if (last < start) return false;
  if (start >= SKEP_LINEAR_BASE && last < SKEP_DEVICE_BASE) return true;
  return start >= SKEP_STACK_REGION;
}

// Opens user memory to the kernel for the length of one copy.
SKEP_NOPROBE size_t copy_user(void* dst, const void* src, size_t bytes) {
  SKEP_CSR_SET(sstatus, SKEP_SSTATUS_SUM);
  const size_t left = copy_faultable(dst, src, bytes);
  SKEP_CSR_CLEAR(sstatus, SKEP_SSTATUS_SUM);
  return left;
}

}  // namespace

Result<void> copy_from_user(void* dst, UserAddr src, size_t bytes) {
  if (!is_user_range(src, bytes)) return fail(Errno::kEFAULT);
  if (copy_user(dst, reinterpret_cast<const void*>(src), bytes) != 0) return fail(Errno::kEFAULT);
  return {};
}

Result<void> copy_to_user(UserAddr dst, const void* src, size_t bytes) {
  if (!is_user_range(dst, bytes)) return fail(Errno::kEFAULT);
  if (copy_user(reinterpret_cast<void*>(dst), src, bytes) != 0) return fail(Errno::kEFAULT);
  return {};
}

Result<size_t> copy_string_from_user(std::span<char> dst, UserAddr src) {
  for (size_t done = 0; done < dst.size();) {
    // Up to the next page: the string may end in the last mapped one.
    const size_t room = SKEP_PAGE_BYTES - (src + done) % SKEP_PAGE_BYTES;
    const size_t chunk = std::min(dst.size() - done, room);
    TRY(copy_from_user(dst.data() + done, src + done, chunk));
    const size_t length = strnlen(dst.data() + done, chunk);
    if (length < chunk) return done + length;
    done += chunk;
  }
  return fail(Errno::kENAMETOOLONG);
}

SKEP_NOPROBE Result<void> read_kernel_nofault(void* dst, uint64_t src, size_t bytes) {
  if (bytes == 0) return {};
  if (!is_kernel_memory(src, bytes)) return fail(Errno::kEFAULT);
  if (copy_faultable(dst, reinterpret_cast<const void*>(src), bytes) != 0) return fail(Errno::kEFAULT);
  return {};
}

SKEP_NOPROBE Result<void> read_user_nofault(void* dst, uint64_t src, size_t bytes) {
  if (!is_user_range(src, bytes)) return fail(Errno::kEFAULT);
  // With preemption off the fault handler does not try to bring pages in.
  arch::current_thread().preempt_count++;
  const size_t left = copy_user(dst, reinterpret_cast<const void*>(src), bytes);
  arch::current_thread().preempt_count--;
  if (left != 0) return fail(Errno::kEFAULT);
  return {};
}

}  // namespace skep
