// The test kernel's file /sys/kernel/debug/bpf_engines: programs that no verifier has seen, run inside of the kernel.
// Only tests/guest/test_engines writes it, and only the kernel that the suite "engines" boots has it.
//
// One write is one case, the words "ENGINE INSNS MEM" (hex; "-" for no memory), and a read gives its result: "R0" in
// hex, or "error NAME". ENGINE is interp, jit (for this processor) or rv64 (without Zba and Zbb); with "+faults" behind
// it, all loads of the program are fault-safe.
#include <string.h>

#include "bpf/fixups.h"
#include "bpf/interp/interp.h"
#include "bpf/interp/trusted_image.h"
#include "bpf/jit/jit.h"
#include "bpf/memory.h"
#include "fs/vfs.h"
#include "lib/log.h"
#include "task/task.h"
#include "test_hook.h"

namespace skep {
namespace {

using namespace skep::bpf;

constexpr uint64_t kInstructionLimit = 10'000'000;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

Result<void> parse_hex(std::string_view text, Vec<uint8_t>& bytes) {
  if (text == "-") return {};
  if (text.size() % 2 != 0) return fail(Errno::kEINVAL);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return fail(Errno::kEINVAL);
    TRY(bytes.push_back(static_cast<uint8_t>(high * 16 + low)));
  }
  return {};
}

std::string_view next_word(std::string_view& line) {
  const size_t end = line.find_first_of(" \n");
  const std::string_view word = line.substr(0, end);
  line = end == std::string_view::npos ? std::string_view{} : line.substr(end + 1);
  return word;
}

// Compiled code with everything that a loaded program has around it: sealed memory, its place in the list of fixups, a
// grace period before it goes.
Result<uint64_t> run_compiled(const Image& image, const JitTarget& target, uint64_t r1, uint64_t r2) {
  JitCode code = TRY(jit_compile(image, target));
  FixupPlace place;
  publish_fixups(place, code);
  preempt_disable();
  const uint64_t r0 = reinterpret_cast<uint64_t (*)(uint64_t, uint64_t)>(code.entry)(r1, r2);
  preempt_enable();
  if (withdraw_fixups(place)) wait_for_grace_period();
  platform::release_code(code.memory);
  return r0;
}

Result<uint64_t> run_case(std::string_view line) {
  std::string_view engine = next_word(line);
  Vec<uint8_t> code, memory;
  TRY(parse_hex(next_word(line), code));
  TRY(parse_hex(next_word(line), memory));
  if (code.size() % sizeof(bpf_insn) != 0) return fail(Errno::kEINVAL);
  auto image = make_trusted_image({reinterpret_cast<const bpf_insn*>(code.data()), code.size() / sizeof(bpf_insn)});
  if (!image) return fail(image.error().error);
  image->bind();
  if (engine.ends_with("+faults")) {
    engine.remove_suffix(strlen("+faults"));
    TRY(image->facts.resize(image->code.size()));
    for (InsnFacts& f : image->facts) f.fault_safe = true;
  }
  const uint64_t r1 = memory.empty() ? 0 : reinterpret_cast<uintptr_t>(memory.data());
  const uint64_t r2 = memory.size();
  if (engine == "jit") return run_compiled(*image, jit_target(), r1, r2);
  if (engine == "rv64") return run_compiled(*image, {}, r1, r2);
  if (engine != "interp") return fail(Errno::kEINVAL);
  preempt_disable();
  const auto r0 = interpret(*image, r1, {.r2 = r2, .max_instructions = kInstructionLimit});
  preempt_enable();
  return r0;
}

class Engines final : public vfs::TextFile {
 public:
  void generate(vfs::FileText& out) override {
    result_ ? format_to(out, "{#x}\n", *result_) : format_to(out, "error {}\n", errno_name(result_.error()));
  }
  Result<void> store(std::string_view line) override {
    result_ = run_case(line);
    return {};
  }

 private:
  Result<uint64_t> result_ = fail(Errno::kENOENT);  // one writer at a time: the test
};

}  // namespace

void register_test_files() {
  static Engines engines;
  if (!vfs::register_text_file("/sys/kernel/debug/bpf_engines", 0600, engines)) log_info("no file bpf_engines");
  log_info("this is the test kernel: it runs programs that were not verified");
}

}  // namespace skep
