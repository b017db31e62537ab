// The system call, memory, time, and what else is a plain call into the kernel.
#include "bpf_port/port.h"

#include <string.h>

#include <algorithm>

#include "arch/clock.h"
#include "arch/hooks.h"
#include "arch/machine.h"
#include "arch/riscv/thread.h"
#include "bpf/fixups.h"
#include "bpf/jit/jit.h"
#include "bpf/platform.h"
#include "bpf/system.h"
#include "lib/log.h"
#include "mm/code_memory.h"
#include "mm/heap.h"
#include "mm/user_copy.h"
#include "task/random.h"
#include "task/task.h"
#include "task/thread.h"
#include "trace/kallsyms.h"
#include "trace/trace_buffer.h"

extern "C" const uint8_t kernel_btf_start[], kernel_btf_end[];  // kernel_btf.S

namespace skep::bpf_port {

namespace {

// The kernel argument jit_off=PASS,PASS: what the JIT is to leave out, to see what it is worth.
uint32_t jit_passes_off() {
  constexpr std::string_view kName = "jit_off=";
  const std::string_view arguments = arch::machine().bootargs_view();
  const size_t at = arguments.find(kName);
  if (at == std::string_view::npos) return 0;
  const std::string_view value = arguments.substr(at + kName.size());
  return bpf::parse_passes(value.substr(0, value.find(' ')));
}

}  // namespace

void init() {
  register_files();
  arch::set_fault_fixup_hook(bpf::find_fixup);
  if (const auto loaded = bpf::load_kernel_btf(); !loaded)
    log_info("bpf: the kernel's BTF: {}", errno_name(loaded.error()));

  bpf::set_jit_target({.zba = arch::machine().has_zba, .zbb = arch::machine().has_zbb, .passes_off = jit_passes_off()});
}

}  // namespace skep::bpf_port

extern "C" long sys_bpf(uint64_t command, uint64_t attr, uint64_t size) {
  return skep::to_syscall_return(
      skep::bpf::bpf_syscall(static_cast<uint32_t>(command), attr, static_cast<uint32_t>(size)));
}

namespace skep::bpf::platform {

// ---- Memory --------------------------------------------------------------------------------------------------------

void* allocate(size_t bytes) { return kmalloc(bytes); }
void* allocate_uncleared(size_t bytes) { return kmalloc_uncleared(bytes); }
void release(void* p) { kfree(p); }
size_t allocation_limit_bytes() { return kMaxAllocationBytes; }

namespace {
mm::CodeBlock block_of(const CodeMemory& code) {
  return {.write = code.write.data(), .address = code.address, .bytes = code.bytes, .pages = code.handle};
}
CodeMemory memory_of(const mm::CodeBlock& block) {
  return {.write = {block.write, block.write ? block.bytes : 0},
          .address = block.address,
          .bytes = block.bytes,
          .handle = block.pages};
}
}  // namespace

Result<CodeMemory> allocate_code(size_t bytes) { return memory_of(TRY(mm::allocate_code(bytes))); }

Result<void> seal_code(CodeMemory& code) {
  mm::CodeBlock block = block_of(code);
  mm::seal_code(block);
  code = memory_of(block);
  return {};
}

void release_code(CodeMemory& code) {
  mm::CodeBlock block = block_of(code);
  mm::free_code(block);
  code = {};
}

// ---- Processor, time, randomness
// -------------------------------------------------------------------------------------

uint32_t cpu_id() { return hart_index(); }
uint32_t cpu_count() { return hart_count(); }
void preempt_disable() { skep::preempt_disable(); }
void preempt_enable() { skep::preempt_enable(); }

// There are no calls between harts: only the caller's own hart will do, and which one that is it must find out by
// itself.
Result<void> run_on_cpu(uint32_t cpu, void (*function)(void*), void* argument) {
  if (cpu >= hart_count()) return fail(Errno::kENXIO);
  skep::preempt_disable();
  const bool here = hart_index() == cpu;
  if (here) function(argument);
  skep::preempt_enable();
  if (!here) return fail(Errno::kEOPNOTSUPP);
  return {};
}

uint64_t monotonic_ns() { return skep::monotonic_ns(); }
uint32_t random_u32() { return fast_random_u32(); }

// ---- Grace periods
// ---------------------------------------------------------------------------------------------------

// The kernel's callback has the same two members; the core knows it by its own name only.
static_assert(sizeof(GraceCallback) == sizeof(skep::GraceCallback) &&
              alignof(GraceCallback) == alignof(skep::GraceCallback));

void call_after_grace_period(GraceCallback* callback, void (*function)(GraceCallback*)) {
  skep::call_after_grace_period(reinterpret_cast<skep::GraceCallback*>(callback),
                                reinterpret_cast<void (*)(skep::GraceCallback*)>(function));
}
void wait_for_grace_period() { skep::wait_for_grace_period(); }

// ---- User memory, fault-safe reads
// -------------------------------------------------------------------------------------

Result<void> copy_from_user(void* dst, UserAddress src, size_t bytes) { return skep::copy_from_user(dst, src, bytes); }
Result<void> copy_to_user(UserAddress dst, const void* src, size_t bytes) {
  return skep::copy_to_user(dst, src, bytes);
}
Result<void> read_kernel_nofault(void* dst, uint64_t src, size_t bytes) {
  return skep::read_kernel_nofault(dst, src, bytes);
}
Result<void> read_user_nofault(void* dst, uint64_t src, size_t bytes) {
  return skep::read_user_nofault(dst, src, bytes);
}

namespace {

// In pieces that do not cross what a page boundary can cut off: the string may end right before memory that is not
// there.
constexpr size_t kPieceBytes = 32;

Result<size_t> read_string(Result<void> (*read)(void*, uint64_t, size_t), std::span<char> dst, uint64_t src) {
  size_t done = 0;
  while (done < dst.size()) {
    const size_t to_boundary = kPieceBytes - (src + done) % kPieceBytes;
    const size_t n = std::min(dst.size() - done, to_boundary);
    TRY(read(&dst[done], src + done, n));
    if (const void* end = memchr(&dst[done], '\0', n))
      return static_cast<size_t>(static_cast<const char*>(end) - dst.data()) + 1;
    done += n;
  }
  if (dst.empty()) return size_t{0};
  dst.back() = '\0';
  return dst.size();
}

}  // namespace

Result<size_t> read_kernel_string_nofault(std::span<char> dst, uint64_t src) {
  return read_string(skep::read_kernel_nofault, dst, src);
}
Result<size_t> read_user_string_nofault(std::span<char> dst, uint64_t src) {
  return read_string(skep::read_user_nofault, dst, src);
}
// User space has the lower half of the address space.
bool is_user_address(uint64_t address) { return address >> 63 == 0; }

// ---- The current task
// ------------------------------------------------------------------------------------------------

void current_task_facts(TaskFacts& out) {
  const Credentials& credentials = current_credentials();
  out = {.pid = current_pid(), .tgid = current_tgid(), .uid = credentials.uid, .gid = credentials.gid, .comm = {}};
  const std::string_view comm = current_comm();
  memcpy(out.comm, comm.data(), std::min(comm.size(), sizeof(out.comm) - 1));
}
bool current_is_privileged() { return current_credentials().euid == 0; }
bool current_has_pending_signal() { return current_signal_pending(); }

// ---- What compiled programs may read themselves
// -------------------------------------------------------------------------------------------------

// tp is the running thread: of it, and of its hart.
const InlineReads& inline_reads() {
  static InlineReads reads;
  if (reads.cpu_id.loads != 0) return reads;
  const Task& task = current_task();
  const auto* thread = reinterpret_cast<const char*>(&arch::current_thread());
  static_assert(offsetof(task_struct, pid) % 8 == 0 && offsetof(task_struct, tgid) == offsetof(task_struct, pid) + 4);
  const auto pid_tgid = reinterpret_cast<const char*>(&task.pid) - thread;
  const arch::ClockScale scale = arch::clock_scale();
  reads.pid_tgid = {.loads = 1, .bytes = 8, .offsets = {static_cast<int16_t>(pid_tgid)}};
  reads.has_clock = scale.ns_per_tick != 0;
  reads.clock_base = scale.base;
  reads.clock_ns_per_tick = scale.ns_per_tick;
  reads.cpu_id = {.loads = 2, .bytes = 4, .offsets = {offsetof(arch::Thread, hart), offsetof(arch::Hart, index)}};
  return reads;
}

// ---- The kernel's own types
// -------------------------------------------------------------------------------------------------

std::span<const uint8_t> kernel_btf() { return {kernel_btf_start, kernel_btf_end}; }
uint64_t current_task_object() { return reinterpret_cast<uintptr_t>(static_cast<const task_struct*>(&current_task())); }

// Only the running task is known to be one without a lock. Its registers lie at the top of its stack.
uint64_t task_user_registers(uint64_t task) {
  if (task != current_task_object() || !current_task().process) return 0;
  return reinterpret_cast<uintptr_t>(&current_task().user_regs());
}

// ---- Symbols, messages
// -------------------------------------------------------------------------------------------------

uint64_t find_kernel_symbol(std::string_view name) {
  const auto symbol = kallsyms::find_by_name(name);
  return symbol ? symbol->address : 0;
}

bool find_symbol_at(uint64_t address, SymbolAt& out) {
  const auto symbol = kallsyms::find_by_address(address);
  if (!symbol) return false;
  out = {symbol->name, address - symbol->address};
  return true;
}

void trace_message(std::string_view text) { trace::trace_message(text); }
void log_message(std::string_view text) { log_line(text); }

}  // namespace skep::bpf::platform
