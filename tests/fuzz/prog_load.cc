// Coverage-guided fuzzing of PROG_LOAD: instructions, BTF, func_info and line_info as hostile user space would hand
// them in, under AddressSanitizer and UndefinedBehaviorSanitizer. What is accepted runs in the interpreter, where a
// memory access that the verifier should not have believed is the sanitisers' finding, too.
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "bpf/interp/interp.h"
#include "bpf/syscall/commands.h"
#include "bpf/system.h"
#include "tests/fuzz/input.h"
#include "tests/host/platform/host_platform.h"
#include "tests/host/verifier/kernel_types.h"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace skep::fuzz {
namespace {

constexpr uint32_t kMilliseconds = 300;          // of one load: then a signal is pending, which ends it
constexpr uint64_t kInstructionsOfRun = 20'000;  // a program may loop for long
constexpr size_t kContextBytes = 8192;

bpf_attr zero_attr() {
  bpf_attr attr;
  memset(&attr, 0, sizeof(attr));
  return attr;
}

long bpf(uint32_t command, bpf_attr& attr) {
  host::UserWindow window(&attr, sizeof(attr));
  return to_syscall_return(skep::bpf::bpf_syscall(command, window.address(), sizeof(attr)));
}

// The maps that programs name by index: those of tests/host/verifier/support.h.
struct MapShape {
  uint32_t type, key_size, value_size, max_entries, flags;
  bool frozen = false;
};
constexpr MapShape kMaps[] = {
    {BPF_MAP_TYPE_ARRAY, 4, 16, 4, 0},
    {BPF_MAP_TYPE_HASH, 8, 8, 16, 0},
    {BPF_MAP_TYPE_ARRAY, 4, 16, 1, BPF_F_RDONLY_PROG, true},
    {BPF_MAP_TYPE_ARRAY, 4, 8, 1, BPF_F_WRONLY_PROG},
    {BPF_MAP_TYPE_ARRAY, 4, 64, 1, 0},
    {BPF_MAP_TYPE_PERCPU_HASH, 16, 8, 16, 0},
    {BPF_MAP_TYPE_ARRAY, 4, 4096, 1, 0},
    {BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 2, 0},
};
int g_maps[std::size(kMaps)];

void create_maps() {
  for (size_t i = 0; i < std::size(kMaps); i++) {
    const MapShape& m = kMaps[i];
    bpf_attr attr = zero_attr();
    attr.map_type = m.type;
    attr.key_size = m.key_size;
    attr.value_size = m.value_size;
    attr.max_entries = m.max_entries;
    attr.map_flags = m.flags;
    g_maps[i] = static_cast<int>(bpf(BPF_MAP_CREATE, attr));
    if (g_maps[i] < 0) abort();
    if (!m.frozen) continue;
    attr = zero_attr();
    attr.map_fd = static_cast<uint32_t>(g_maps[i]);
    if (bpf(BPF_MAP_FREEZE, attr) < 0) abort();
  }
}

void on_alarm(int) { host::set_pending_signal(true); }
void set_alarm(uint32_t milliseconds) {
  const itimerval timer = {.it_interval = {}, .it_value = {.tv_sec = 0, .tv_usec = milliseconds * 1000}};
  setitimer(ITIMER_REAL, &timer, nullptr);
}

int load_btf(const host::UserMemory& blob, const host::UserMemory& log) {
  bpf_attr attr = zero_attr();
  attr.btf = blob.address();
  attr.btf_size = static_cast<uint32_t>(blob.size());
  attr.btf_log_level = 1;
  attr.btf_log_buf = log.address();
  attr.btf_log_size = static_cast<uint32_t>(log.size());
  return static_cast<int>(bpf(BPF_BTF_LOAD, attr));
}

// Map references by index become descriptors.
void name_maps(std::vector<bpf_insn>& code) {
  for (size_t i = 0; i + 1 < code.size(); i++) {
    bpf_insn& insn = code[i];
    if (insn.code != (BPF_LD | BPF_IMM | BPF_DW)) continue;
    const bool is_map = insn.src_reg == BPF_PSEUDO_MAP_FD || insn.src_reg == BPF_PSEUDO_MAP_VALUE;
    if (is_map && static_cast<uint32_t>(insn.imm) < std::size(kMaps)) insn.imm = g_maps[insn.imm];
    i++;
  }
}

void run_program(int fd, uint32_t type) {
  auto program = skep::bpf::object_from_fd<skep::bpf::Program>(static_cast<uint32_t>(fd));
  // A packet's context, and a writable tracepoint's, hold addresses of what only the kernel can provide; the first has
  // its own tests, and PROG_TEST_RUN refuses the second.
  if (!program || type == BPF_PROG_TYPE_SOCKET_FILTER || type == BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE) return;
  std::vector<uint64_t> context(std::max<size_t>(kContextBytes, (*program)->max_context_offset() + 8) / 8);
  for (size_t i = 0; i < context.size(); i++) context[i] = i * 0x9e3779b97f4a7c15;
  // Observed, because then callbacks are counted too: loops of loops of bpf_loop() would run for days.
  uint64_t executed = 0;
  const auto hear = [](void*, bpf::InsnIndex, const uint64_t(&)[bpf::kRegisters], uint32_t) {};
  const auto r0 =
      skep::bpf::interpret((*program)->image(), reinterpret_cast<uint64_t>(context.data()),
                           {.max_instructions = kInstructionsOfRun, .observer = hear, .executed = &executed});
  (void)r0;
}

// The current task: a pointer to itself, a wild one, NULL, and numbers.
uint64_t g_task[verifier_test::kTaskBytes / 8];

void set_kernel_types(const Input& input) {
  static KernelTypes current = kNoKernelTypes;
  const auto wanted = static_cast<KernelTypes>(input.header.kernel_types % (kOwnTypes + 1));
  if (wanted == current && wanted != kOwnTypes) return;
  current = wanted;
  if (wanted == kNoKernelTypes) host::set_kernel_btf({});
  if (wanted == kImaginedKernel && !host::set_kernel_btf(verifier_test::kernel_types_blob())) abort();
  if (wanted == kOwnTypes) (void)host::set_kernel_btf(input.btf);
  for (size_t i = 0; i < std::size(g_task); i++) g_task[i] = 0xffffffd800000000 + i * 0x1001;
  g_task[1] = reinterpret_cast<uintptr_t>(g_task);
  g_task[6] = 0;
  host::set_current_task_object(g_task);
}

void try_input(Input input) {
  set_kernel_types(input);
  if (input.header.kernel_types % (kOwnTypes + 1) == kOwnTypes) input.btf.clear();
  host::UserMemory log(std::max<size_t>(input.header.log_bytes, 1));
  const auto btf = host::UserMemory::of(std::span<const uint8_t>(input.btf));
  const int btf_fd = input.btf.empty() ? -1 : load_btf(btf, log);
  name_maps(input.insns);
  const auto insns = host::UserMemory::of(std::span<const bpf_insn>(input.insns));
  const auto functions = host::UserMemory::of(std::span<const bpf_func_info>(input.functions));
  const auto lines = host::UserMemory::of(std::span<const bpf_line_info>(input.lines));
  static const char kLicense[] = "GPL";
  const host::UserWindow license(kLicense, sizeof(kLicense));
  bpf_attr attr = zero_attr();
  attr.prog_type = input.header.prog_type;
  attr.expected_attach_type = input.header.attach_type;
  attr.attach_btf_id = input.header.attach_btf_id;
  attr.prog_flags = input.header.prog_flags;
  attr.insns = insns.address();
  attr.insn_cnt = static_cast<uint32_t>(input.insns.size());
  attr.license = license.address();
  if (btf_fd >= 0) attr.prog_btf_fd = static_cast<uint32_t>(btf_fd);
  if (!input.functions.empty()) {
    attr.func_info = functions.address();
    attr.func_info_cnt = static_cast<uint32_t>(input.functions.size());
    attr.func_info_rec_size = sizeof(bpf_func_info);
  }
  if (!input.lines.empty()) {
    attr.line_info = lines.address();
    attr.line_info_cnt = static_cast<uint32_t>(input.lines.size());
    attr.line_info_rec_size = sizeof(bpf_line_info);
  }
  if (input.header.log_level != 0) {
    attr.log_level = input.header.log_level;
    attr.log_buf = log.address();
    attr.log_size = static_cast<uint32_t>(log.size());
  }
  set_alarm(kMilliseconds);
  const long fd = bpf(BPF_PROG_LOAD, attr);
  set_alarm(0);
  host::set_pending_signal(false);
  if (fd >= 0) run_program(static_cast<int>(fd), input.header.prog_type);
  if (fd >= 0) host::close_descriptor(static_cast<int>(fd));
  if (btf_fd >= 0) host::close_descriptor(btf_fd);
  for (int i = 0; i < 4; i++) host::run_grace_period();
  host::take_trace_messages();
  host::take_log_messages();
}

}  // namespace
}  // namespace skep::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  skep::bpf::bpf_system().jit_enabled = false;
  signal(SIGALRM, skep::fuzz::on_alarm);
  skep::fuzz::create_maps();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const int descriptors = skep::host::open_descriptors();
  skep::fuzz::try_input(skep::fuzz::parse(data, size));
  if (skep::host::open_descriptors() != descriptors) abort();
  // One load must not leave anything behind.
  static size_t live = skep::host::live_bytes();
  if (skep::host::live_bytes() > live + (1 << 20)) abort();
  return 0;
}
