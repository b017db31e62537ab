// Runs the programs that tools/skep sends. A request is one line of words separated by blanks:
//   ENGINE TARGET NAME INSNS MEM     interp|jit, rv64[_zba][_zbb][_far], any word, hex, hex or "-"
// A reply is one line: NAME R0 ERROR, of which R0 or ERROR is "-". r1 is the memory's address and r2 its length; both
// are 0 without memory.
#include "bpf/interp/interp.h"
#include "bpf/interp/trusted_image.h"
#include "tests/runner/runner.h"

namespace skep::runner {
namespace {

using namespace skep::bpf;

constexpr long kSysRead = 63;
constexpr long kSysSetitimer = 103;
constexpr uint64_t kInstructionLimit = 200'000'000;  // a case that runs longer is broken
constexpr uint64_t kSecondsLimit = 5;                // of processor time, for compiled code

// SIGPROF ends this process when the time is up; skep starts another one for the remaining cases.
void limit_time() {
  constexpr long kItimerProf = 2;
  const uint64_t timer[4] = {0, 0, kSecondsLimit, 0};  // struct itimerval: no interval, seconds, microseconds
  raw_syscall(kSysSetitimer, kItimerProf, reinterpret_cast<long>(timer));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool parse_hex(std::string_view text, Vec<uint8_t>& bytes) {
  if (text == "-") return true;
  if (text.size() % 2 != 0 || !bytes.reserve(text.size() / 2)) return false;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0 || !bytes.push_back(static_cast<uint8_t>(high * 16 + low))) return false;
  }
  return true;
}

std::string_view next_word(std::string_view& line) {
  const size_t end = line.find(' ');
  const std::string_view word = line.substr(0, end);
  line = end == std::string_view::npos ? std::string_view{} : line.substr(end + 1);
  return word;
}

void reply_error(std::string_view name, std::string_view text) { format_to(out(), "{} - {}\n", name, text); }

void run_case(std::string_view line) {
  const std::string_view engine = next_word(line), target = next_word(line), name = next_word(line);
  Vec<uint8_t> code, memory;
  if (!parse_hex(next_word(line), code) || !parse_hex(next_word(line), memory) || code.size() % sizeof(bpf_insn) != 0) {
    return reply_error(name, "malformed case");
  }
  auto image = make_trusted_image({reinterpret_cast<const bpf_insn*>(code.data()), code.size() / sizeof(bpf_insn)});
  if (!image) {
    char text[128];
    BufferSink sink(text);
    print_decode_error(sink, image.error());
    return format_to(out(), "{} - insn {}: {}\n", name, image.error().at, sink.view());
  }
  image->bind();
  const uint64_t r1 = memory.empty() ? 0 : reinterpret_cast<uintptr_t>(memory.data());
  const uint64_t r2 = memory.size();
  if (engine == "interp") {
    const auto r0 = interpret(*image, r1, {.r2 = r2, .max_instructions = kInstructionLimit});
    if (!r0) return reply_error(name, errno_name(r0.error()));
    return format_to(out(), "{} {#x} -\n", name, *r0);
  }
  const auto has = [&](std::string_view extension) { return target.find(extension) != std::string_view::npos; };
  place_code_far(has("_far"));
  auto code_or = jit_compile(*image, {.zba = has("_zba"), .zbb = has("_zbb")});
  if (!code_or) return reply_error(name, errno_name(code_or.error()));
  out().flush();  // what stands before this case is kept if the program crashes
  limit_time();
  uint64_t differences = 0;
  const uint64_t r0 = checked_call(*code_or, r1, r2, &differences);
  platform::release_code(code_or->memory);
  if (differences != 0) return format_to(out(), "{} - callee-saved registers changed: {#x}\n", name, differences);
  format_to(out(), "{} {#x} -\n", name, r0);
}

}  // namespace

int serve() {
  Vec<char> input;
  char chunk[4096];
  for (;;) {
    const long n = raw_syscall(kSysRead, 0, reinterpret_cast<long>(chunk), sizeof(chunk));
    if (n <= 0) break;
    if (!input.append({chunk, static_cast<size_t>(n)})) return 1;
  }
  std::string_view rest{input.data(), input.size()};
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    if (!line.empty()) run_case(line);
  }
  return 0;
}

}  // namespace skep::runner
