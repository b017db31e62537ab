// execve(2): a new address space is built completely before the old one is given up, so that every failure returns to
// the old program.
#include <string.h>

#include <algorithm>

#include "arch/riscv/csr.h"
#include "arch/riscv/thread.h"
#include "dev/random.h"
#include "fs/vfs.h"
#include "lib/checked.h"
#include "lib/log.h"
#include "mm/page.h"
#include "task/elf.h"
#include "task/process.h"
#include "task/scheduler.h"

namespace skep {

namespace {

using mm::AddressSpace;
using mm::kPageBytes;

constexpr uint64_t kRelocatableBase =
    0x2aaaaaa000;  // where Linux, too, places position-independent programs: about 2/3 up
constexpr uint64_t kLowestProgramAddress = 0x10000;
constexpr uint32_t kMaxInterpreters = 4;  // "#!" scripts run by scripts, as in Linux
constexpr size_t kScriptLineBytes = 256;  // Linux's BINPRM_BUF_SIZE

// Auxiliary vector (linux/auxvec.h).
constexpr uint64_t kAtNull = 0, kAtPhdr = 3, kAtPhent = 4, kAtPhnum = 5, kAtPagesz = 6, kAtBase = 7, kAtFlags = 8,
                   kAtEntry = 9, kAtUid = 11, kAtEuid = 12, kAtGid = 13, kAtEgid = 14, kAtHwcap = 16, kAtClktck = 17,
                   kAtSecure = 23, kAtRandom = 25, kAtExecfn = 31;

constexpr uint64_t hwcap_bit(char letter) { return uint64_t{1} << (letter - 'a'); }
constexpr uint64_t kHwcap =
    hwcap_bit('i') | hwcap_bit('m') | hwcap_bit('a') | hwcap_bit('f') | hwcap_bit('d') | hwcap_bit('c');

struct Program {
  Ref<AddressSpace> memory;
  uint64_t entry = 0;
  uint64_t headers_address = 0;
  uint16_t header_count = 0;
  uint16_t header_bytes = 0;
  uint64_t stack_pointer = 0;
};

const void* trampoline_page() {
  // li a7, 139 (rt_sigreturn); ecall. One page for all processes, made on first use and kept.
  static std::atomic<void*> page{nullptr};
  if (void* p = page.load(std::memory_order_acquire)) return p;
  void* fresh = mm::allocate_pages(1);
  if (!fresh) return nullptr;
  constexpr uint32_t kCode[] = {0x08b00893, 0x00000073};
  memcpy(fresh, kCode, sizeof(kCode));
  mm::page_of(fresh).mappings.store(1);
  void* expected = nullptr;
  if (page.compare_exchange_strong(expected, fresh)) return fresh;
  mm::free_pages(fresh, 1);
  return expected;
}

Result<void> map_segment(AddressSpace& memory, const ElfSegment& s, uint64_t base, std::span<const uint8_t> file) {
  const uint64_t start = align_down(base + s.address, uint64_t{kPageBytes});
  const uint64_t end = align_up(base + s.address + s.memory_bytes, uint64_t{kPageBytes});
  // Segments that share a page would need one protection for both: linkers do not lay programs out so.
  AddressSpace::MapRequest request{.address = start, .bytes = end - start, .prot = s.prot};
  request.fixed = request.no_replace = true;
  if (auto r = memory.map(request); !r) return fail(r.error() == Errno::kEEXIST ? Errno::kENOEXEC : r.error());
  return memory.write(base + s.address, file.data() + s.file_offset, s.file_bytes);
}

Result<Program> load_program(std::span<const uint8_t> file) {
  const ElfPlan plan = TRY(parse_elf(file));
  const uint64_t base = plan.relocatable ? kRelocatableBase : 0;
  if (base + plan.segments[0].address < kLowestProgramAddress) return fail(Errno::kENOEXEC);
  Program p;
  p.memory = TRY(AddressSpace::create());
  for (uint32_t i = 0; i < plan.segment_count; i++) TRY(map_segment(*p.memory, plan.segments[i], base, file));
  p.memory->set_heap_start(align_up(base + plan.end(), uint64_t{kPageBytes}));
  AddressSpace::MapRequest stack{.address = mm::kStackTop - mm::kUserStackBytes, .bytes = mm::kUserStackBytes};
  stack.prot = mm::kProtRead | mm::kProtWrite;
  stack.fixed = true;
  stack.name = "[stack]";
  TRY(p.memory->map(stack));
  const void* trampoline = trampoline_page();
  if (!trampoline) return fail(Errno::kENOMEM);
  if (auto r = p.memory->map_kernel_page(mm::kTrampolineAddress, trampoline); !r) {
    return fail(r.error() == Errno::kEEXIST ? Errno::kENOEXEC : r.error());  // a segment claims its place
  }
  p.entry = base + plan.entry;
  p.headers_address = plan.headers_address ? base + plan.headers_address : 0;
  p.header_count = plan.header_count;
  p.header_bytes = plan.header_bytes;
  return p;
}

// Addresses of the strings that lie in `block` at user address `at`, and a closing null.
Result<void> append_pointers(KVector<uint64_t>& words, std::span<const char> block, uint32_t count, uint64_t at) {
  size_t offset = 0;
  for (uint32_t i = 0; i < count; i++) {
    TRY(words.push_back(at + offset));
    offset += strnlen(block.data() + offset, block.size() - offset) + 1;
  }
  return words.push_back(0);
}

// What a program finds at its stack pointer: argc, argv, envp, auxv, and above them the strings ("Process
// Initialization" of the System V ABI).
Result<void> build_stack(Program& p, const ExecStrings& strings, std::string_view path) {
  uint64_t at = mm::kStackTop;
  const auto push = [&](const void* bytes, size_t count) -> Result<uint64_t> {
    at -= count;
    TRY(p.memory->write(at, bytes, count));
    return at;
  };
  const char nul = 0;
  TRY(push(&nul, 1));
  const uint64_t exec_name = TRY(push(path.data(), path.size()));
  const uint64_t environment = TRY(push(strings.environment.data(), strings.environment.size()));
  const uint64_t arguments = TRY(push(strings.arguments.data(), strings.arguments.size()));
  uint8_t random[16];
  dev::random_bytes(random, sizeof(random));
  const uint64_t random_at = TRY(push(random, sizeof(random)));

  const Credentials& c = current_process().credentials;
  const uint64_t auxv[] = {kAtPhdr,   p.headers_address,
                           kAtPhent,  p.header_bytes,
                           kAtPhnum,  p.header_count,
                           kAtPagesz, kPageBytes,
                           kAtBase,   0,
                           kAtFlags,  0,
                           kAtEntry,  p.entry,
                           kAtUid,    c.uid,
                           kAtEuid,   c.euid,
                           kAtGid,    c.gid,
                           kAtEgid,   c.egid,
                           kAtHwcap,  kHwcap,
                           kAtClktck, 100,
                           kAtSecure, 0,
                           kAtRandom, random_at,
                           kAtExecfn, exec_name,
                           kAtNull,   0};
  KVector<uint64_t> words;
  TRY(words.push_back(strings.argument_count));
  TRY(append_pointers(words, {strings.arguments.data(), strings.arguments.size()}, strings.argument_count, arguments));
  TRY(append_pointers(words, {strings.environment.data(), strings.environment.size()}, strings.environment_count,
                      environment));
  TRY(words.append(auxv));
  const size_t bytes = words.size() * sizeof(uint64_t);
  at = align_down(at - bytes, uint64_t{16});
  p.stack_pointer = at;
  return p.memory->write(at, words.data(), bytes);
}

// "#!interpreter argument": the words of the first line, ENOEXEC when there are none.
struct ScriptLine {
  std::string_view interpreter, argument;
};
Result<ScriptLine> parse_script_line(std::span<const uint8_t> file) {
  std::string_view line(reinterpret_cast<const char*>(file.data()), std::min(file.size(), kScriptLineBytes));
  const size_t end = line.find('\n');
  if (end == std::string_view::npos) return fail(Errno::kENOEXEC);
  line = line.substr(2, end - 2);
  const auto trim = [](std::string_view s) {
    while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
    while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
    return s;
  };
  line = trim(line);
  if (line.empty()) return fail(Errno::kENOEXEC);
  const size_t gap = std::min(line.find_first_of(" \t"), line.size());
  return ScriptLine{line.substr(0, gap), trim(line.substr(gap))};
}

Result<void> append_string(KVector<char>& out, std::string_view s) {
  TRY(out.append({s.data(), s.size()}));
  return out.push_back('\0');
}

// argv becomes: interpreter, its argument if any, the script's path, the old argv without its first.
Result<void> prepend_interpreter(ExecStrings& strings, const ScriptLine& line, std::string_view script) {
  KVector<char> fresh;
  TRY(append_string(fresh, line.interpreter));
  uint32_t count = 1;
  if (!line.argument.empty()) {
    TRY(append_string(fresh, line.argument));
    count++;
  }
  TRY(append_string(fresh, script));
  count++;
  if (strings.argument_count > 0) {
    const size_t first = strnlen(strings.arguments.data(), strings.arguments.size()) + 1;
    TRY(fresh.append(strings.arguments.span().subspan(first)));
    count += strings.argument_count - 1;
  }
  strings.arguments = std::move(fresh);
  strings.argument_count = count;
  return {};
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

Result<KVector<char>> absolute_path(std::string_view path) {
  KVector<char> out;
  if (!path.starts_with('/')) {
    const std::string_view cwd = current_cwd();
    TRY(out.append({cwd.data(), cwd.size()}));
    if (!cwd.ends_with('/')) TRY(out.push_back('/'));
  }
  TRY(out.append({path.data(), path.size()}));
  return out;
}

// From here on nothing fails: the old program is gone.
void commit(Program& p, KVector<char> exe, ExecStrings& strings, std::string_view path) {
  Process& self = current_process();
  Task& task = current_task();
  (void)self.replace_memory(std::move(p.memory));
  KVector<char> old_exe, old_arguments;  // freed outside the lock
  {
    SpinGuard guard(g_process_lock);
    old_exe = std::move(self.exe);
    old_arguments = std::move(self.arguments);
    self.exe = std::move(exe);
    self.arguments = std::move(strings.arguments);
    self.has_executed = true;
    // Handlers lie in the old program; what was ignored stays ignored.
    for (SignalAction& a : self.actions) {
      if (a.handler != SKEP_SIG_IGN) a = {};
    }
  }
  self.files->close_on_exec();
  task.set_comm(base_name(path));
  task.clear_child_tid = 0;
  task.signal_stack = task.signal_stack_bytes = 0;

  pt_regs& regs = task.user_regs();
  regs = {};
  regs.epc = p.entry;
  regs.sp = p.stack_pointer;
  regs.status = SKEP_SSTATUS_SPIE | arch::kFsInitial;
  const uintptr_t saved = arch::disable_interrupts();
  task.fp = {};
  arch::load_fp_state(&task.fp);
  arch::restore_interrupts(saved);
}

}  // namespace

Result<void> exec_process(std::string_view path, ExecStrings& strings) {
  char interpreter[kScriptLineBytes];
  std::string_view program = path;
  for (uint32_t depth = 0;; depth++) {
    KVector<uint8_t> file = TRY(vfs::read_executable(current_cwd(), program));
    if (file.size() >= 2 && file[0] == '#' && file[1] == '!') {
      if (depth == kMaxInterpreters) return fail(Errno::kELOOP);
      const ScriptLine line = TRY(parse_script_line(file.span()));
      TRY(prepend_interpreter(strings, line, program));
      memcpy(interpreter, line.interpreter.data(), line.interpreter.size());
      program = {interpreter, line.interpreter.size()};
      continue;
    }
    Program p = TRY(load_program(file.span()));
    TRY(build_stack(p, strings, program));
    KVector<char> exe = TRY(absolute_path(program));
    commit(p, std::move(exe), strings, path);
    return {};
  }
}

namespace {

std::span<const std::string_view> g_init_candidates;

// The first life of pid 1: a task that becomes a user program.
void run_init(pt_regs&) {
  for (const std::string_view path : g_init_candidates) {
    ExecStrings strings;
    if (!append_string(strings.arguments, path) || !append_string(strings.environment, "HOME=/root") ||
        !append_string(strings.environment, "PATH=/bin:/tests") || !append_string(strings.environment, "TERM=linux")) {
      break;
    }
    strings.argument_count = 1;
    strings.environment_count = 3;
    if (exec_process(path, strings)) return;
  }
  panic("no init program can be run (tried {} of them)", g_init_candidates.size());
}

}  // namespace

// A fresh user task first comes here (entry.S): all but pid 1 go on in the program that fork() copied.
extern "C" void user_thread_start(pt_regs* regs) {
  bool first = false;
  {
    SpinGuard guard(g_process_lock);
    first = current_process().pid == 1 && !current_process().has_executed;
  }
  if (first) run_init(*regs);
  arch::disable_interrupts();
  arch::on_return_to_user(*regs);
}

void start_init_process(std::span<const std::string_view> candidates) {
  g_init_candidates = candidates;
  auto process = create_process(1, nullptr);
  if (!process) panic("no memory for the first process");
  auto task = Task::create(1, process->get(), nullptr, nullptr);
  auto files = FdTable::create();
  if (!task || !files || !(*process)->cwd.push_back('/')) panic("no memory for the first process");
  (*process)->files = std::move(*files);
  (*task)->set_comm("init");
  {
    SpinGuard guard(g_process_lock);
    (*process)->task = task->get();
  }
  start_task(std::move(*task));
}

}  // namespace skep
