// platform.h on Linux system calls, as far as the engines use it.
#include "bpf/platform.h"

#include <string.h>

#include "bpf/interp/interp.h"
#include "tests/runner/runner.h"

namespace skep::runner {
namespace {

// Linux, asm-generic/unistd.h.
constexpr long kSysWrite = 64, kSysExitGroup = 94, kSysSigaction = 134, kSysMunmap = 215, kSysMmap = 222,
               kSysMprotect = 226, kSysPipe2 = 59, kSysRead = 63, kSysFlushIcache = 259;
constexpr long kProtRead = 1, kProtWrite = 2, kProtExec = 4;
constexpr long kMapPrivateAnonymous = 0x22;
constexpr int kSigsegv = 11, kSigbus = 7;

// Hints only: the kernel may place elsewhere, and the JIT copes.
constexpr uintptr_t kNearText = 0x20000000;
constexpr uintptr_t kFarFromText = 0x2000000000;

bool g_far = false;
// The ring: writable and executable once and for all, so that placing a program costs no system call and the emulator
// throws nothing away. One for each distance.
constexpr size_t kRingBytes = size_t{16} << 20;
bool g_use_ring = false;
struct Ring {
  uintptr_t base = 0;
  size_t used = 0;
} g_rings[2];
size_t g_live = 0;
std::span<const bpf::JitCode> g_code;

constexpr size_t page_align(size_t n) { return (n + 4095) & ~size_t{4095}; }

void* map(uintptr_t hint, size_t bytes, long protection = kProtRead | kProtWrite) {
  const long p =
      raw_syscall(kSysMmap, static_cast<long>(hint), static_cast<long>(bytes), protection, kMapPrivateAnonymous, -1, 0);
  return p < 0 && p > -4096 ? nullptr : reinterpret_cast<void*>(p);
}

// Ordinary allocations: free lists of power-of-two blocks, cut from 1 MiB regions; larger ones are mapped by
// themselves.
struct Header {
  size_t bytes;  // of the whole block; a power of two, or the mapping's size
  Header* next;
  char pad[48];  // keeps the payload aligned to 64
};
static_assert(sizeof(Header) == 64);
constexpr size_t kRegion = size_t{1} << 20;
Header* g_free[64];
char* g_region = nullptr;
size_t g_region_left = 0;

Header* take_block(size_t bytes) {
  const int order = 64 - __builtin_clzll(bytes - 1);
  const size_t rounded = size_t{1} << order;
  if (Header* h = g_free[order]) {
    g_free[order] = h->next;
    return h;
  }
  if (rounded > g_region_left) {
    g_region = static_cast<char*>(map(0, kRegion));
    if (g_region == nullptr) return nullptr;
    g_region_left = kRegion;
  }
  auto* h = reinterpret_cast<Header*>(g_region);
  g_region += rounded;
  g_region_left -= rounded;
  h->bytes = rounded;
  return h;
}

// Linux riscv64: struct rt_sigframe's ucontext; the general registers begin with pc.
constexpr size_t kPcInUcontext = 176;

extern "C" void signal_return();
void on_fault(int, void*, void* ucontext) {
  auto& pc = *reinterpret_cast<uint64_t*>(static_cast<char*>(ucontext) + kPcInUcontext);
  uint64_t fixup = 0;
  for (const bpf::JitCode& code : g_code) fixup |= find_jit_fixup(code, pc);
  if (fixup != 0) {
    pc = fixup;
    return;
  }
  out().flush();
  format_to(err(), "runner: fault at {#x}, outside of the exception table; fuzz seed {}\n", pc, current_seed);
  err().flush();
  exit_process(139);
}

void handle_faults_impl() {
  struct {
    void (*handler)(int, void*, void*);
    unsigned long flags;
    uint64_t mask;
  } action = {on_fault, 0x4 /* SA_SIGINFO */ | 0x40000000 /* SA_NODEFER */, 0};
  for (const int signal : {kSigsegv, kSigbus})
    raw_syscall(kSysSigaction, signal, reinterpret_cast<long>(&action), 0, 8);
}

}  // namespace

void exit_process(int status) {
  out().flush();
  raw_syscall(kSysExitGroup, status);
  __builtin_trap();
}

void handle_faults() { handle_faults_impl(); }

void place_code_far(bool far) { g_far = far; }
void place_code_in_ring(bool ring) { g_use_ring = ring; }
size_t live_allocations() { return g_live; }
void set_faulting_code(std::span<const bpf::JitCode> code) { g_code = code; }
void set_processor(const JitTarget&) {}
void allow_memory(std::initializer_list<std::span<const uint8_t>>) {}
std::span<const uint32_t> executions() { return {}; }

extern "C" uint64_t checked_call_at(uint64_t entry, uint64_t r1, uint64_t r2, uint64_t* differences);  // start.S
uint64_t checked_call(const bpf::JitCode& code, uint64_t r1, uint64_t r2, uint64_t* differences) {
  return checked_call_at(code.entry, r1, r2, differences);
}
uint64_t callback_from_helper(uint64_t callback, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5) {
  return bpf::call_callback(callback, r1, r2, r3, r4, r5);
}

Output& out() {
  static constinit Output output(1);
  return output;
}
Output& err() {
  static constinit Output output(2);
  return output;
}

void Output::flush() {
  for (size_t at = 0; at < used_;) {
    const long n = raw_syscall(kSysWrite, fd_, reinterpret_cast<long>(buffer_ + at), static_cast<long>(used_ - at));
    if (n <= 0) break;
    at += static_cast<size_t>(n);
  }
  used_ = 0;
}

void Output::write(std::string_view text) {
  for (const char c : text) {
    if (used_ == sizeof(buffer_)) flush();
    buffer_[used_++] = c;
  }
}

}  // namespace skep::runner

namespace skep::bpf::platform {

using namespace skep::runner;

void* allocate_uncleared(size_t bytes) {
  const size_t whole = bytes + sizeof(Header);
  Header* h;
  if (whole > kRegion / 2) {
    h = static_cast<Header*>(map(0, page_align(whole)));
    if (h == nullptr) return nullptr;
    h->bytes = page_align(whole);
  } else {
    h = take_block(whole);
    if (h == nullptr) return nullptr;
  }
  g_live++;
  return h + 1;
}

void* allocate(size_t bytes) {
  void* p = allocate_uncleared(bytes);
  if (p != nullptr) memset(p, 0, bytes);
  return p;
}

void release(void* p) {
  if (p == nullptr) return;
  Header* h = static_cast<Header*>(p) - 1;
  g_live--;
  if (h->bytes > kRegion / 2) {
    raw_syscall(kSysMunmap, reinterpret_cast<long>(h), static_cast<long>(h->bytes));
    return;
  }
  const int order = 63 - __builtin_clzll(h->bytes);
  h->next = g_free[order];
  g_free[order] = h;
}

size_t allocation_limit_bytes() { return size_t{1} << 30; }

// Space in the ring; it is written again only after all of it was used.
void* take_from_ring(size_t bytes) {
  Ring& ring = g_rings[g_far ? 1 : 0];
  if (ring.base == 0) {
    ring.base = reinterpret_cast<uintptr_t>(
        map(g_far ? kFarFromText : kNearText, kRingBytes, kProtRead | kProtWrite | kProtExec));
    // All page faults now: they are no part of what compiling costs (compile_cost.cc).
    if (ring.base != 0) memset(reinterpret_cast<void*>(ring.base), 0, kRingBytes);
  }
  const size_t whole = page_align(bytes);
  if (ring.base == 0 || whole > kRingBytes) return nullptr;
  if (ring.used + whole > kRingBytes) ring.used = 0;
  ring.used += whole;
  return reinterpret_cast<void*>(ring.base + ring.used - whole);
}

Result<CodeMemory> allocate_code(size_t bytes) {
  void* p = bytes == 0   ? nullptr
            : g_use_ring ? take_from_ring(bytes)
                         : map(g_far ? kFarFromText : kNearText, page_align(bytes));
  if (p == nullptr) return fail(Errno::kENOMEM);
  g_live++;
  return CodeMemory{
      .write = {static_cast<uint8_t*>(p), bytes}, .address = reinterpret_cast<uintptr_t>(p), .bytes = bytes};
}

Result<void> seal_code(CodeMemory& code) {
  const long address = static_cast<long>(code.address);
  code.write = {};
  if (g_use_ring) {
    raw_syscall(kSysFlushIcache, address, address + static_cast<long>(code.bytes), 0);
    return {};
  }
  if (raw_syscall(kSysMprotect, address, static_cast<long>(page_align(code.bytes)), kProtRead | kProtExec) != 0) {
    return fail(Errno::kENOMEM);
  }
  raw_syscall(kSysFlushIcache, address, address + static_cast<long>(code.bytes), 0);
  return {};
}

void release_code(CodeMemory& code) {
  if (code.address == 0) return;
  if (!g_use_ring) raw_syscall(kSysMunmap, static_cast<long>(code.address), static_cast<long>(page_align(code.bytes)));
  g_live--;
  code = {};
}

// The kernel checks the address: write() to a pipe reads it, and fails where a load would fault.
Result<void> read_kernel_nofault(void* dst, uint64_t src, size_t bytes) {
  static int pipe[2] = {-1, -1};
  if (pipe[0] < 0) raw_syscall(kSysPipe2, reinterpret_cast<long>(pipe), 0);
  const long n = raw_syscall(kSysWrite, pipe[1], static_cast<long>(src), static_cast<long>(bytes));
  if (n > 0) raw_syscall(kSysRead, pipe[0], reinterpret_cast<long>(dst), n);
  return n == static_cast<long>(bytes) ? Result<void>{} : fail(Errno::kEFAULT);
}

const InlineReads& inline_reads() {
  static constexpr InlineReads kNone;
  return kNone;
}

}  // namespace skep::bpf::platform
