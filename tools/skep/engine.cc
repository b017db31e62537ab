#include "tools/skep/engine.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "bpf/interp/interp.h"
#include "bpf/interp/trusted_image.h"
#include "bpf/isa/table.h"

namespace skep::tool {
namespace {

constexpr uint64_t kInstructionLimit = 200'000'000;  // a case that runs longer is broken
constexpr const char* kBatchSeconds = "3600";        // for all cases together; the runner limits each
constexpr int kTimeUp = 128 + SIGPROF;               // how the runner ends then: tests/runner/serve.cc
constexpr int kNotFound = 127;                       // of the shell, for a command that is not there

Outcome failed(std::string why) { return {.r0 = {}, .error = std::move(why)}; }

// Shared with the children.
std::span<uint64_t> row_counts() {
  static const std::span<uint64_t> counts = [] {
    constexpr size_t kBytes = bpf::kInsnRowCount * sizeof(uint64_t);
    void* p = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? std::span<uint64_t>{} : std::span<uint64_t>(static_cast<uint64_t*>(p), bpf::kInsnRowCount);
  }();
  return counts;
}

void count_row(void* image, bpf::InsnIndex at, const uint64_t (&)[11], uint32_t) {
  const bpf::InsnRow* row = bpf::find_insn_row(static_cast<const bpf::Image*>(image)->code[at]);
  const auto index = static_cast<size_t>(row - bpf::insn_rows().data());
  if (row != nullptr && index < row_counts().size()) row_counts()[index]++;
}

// What can be said of a case before it runs; empty when nothing is wrong with it.
std::string complaint(const Case& c) {
  const auto code = parse_hex(c.insns);
  if (!code) return "insns is no string of hex digits, two per byte";
  if (code->empty()) return "there are no instructions";
  if (code->size() % sizeof(bpf_insn) != 0) return "insns is not of whole instructions, 8 bytes each";
  return parse_hex(c.mem) ? "" : "mem is no string of hex digits, two per byte";
}

Outcome run_interp(const Case& c) {
  const auto code = parse_hex(c.insns);
  auto memory = parse_hex(c.mem);
  std::vector<bpf_insn> slots(code->size() / sizeof(bpf_insn));
  memcpy(slots.data(), code->data(), code->size());
  auto image = bpf::make_trusted_image(slots);
  if (!image) {
    char text[128];
    BufferSink sink(text);
    bpf::print_decode_error(sink, image.error());
    return failed("insn " + std::to_string(image.error().at) + ": " + std::string(sink.view()));
  }
  image->bind();
  const uint64_t r1 = memory->empty() ? 0 : reinterpret_cast<uintptr_t>(memory->data());
  const auto r0 = bpf::interpret(
      *image, r1,
      {.r2 = memory->size(), .max_instructions = kInstructionLimit, .observer = count_row, .cookie = &*image});
  if (r0) return {.r0 = *r0, .error = {}};
  if (r0.error() == Errno::kETIMEDOUT)
    return failed("no end after " + std::to_string(kInstructionLimit) + " instructions");
  return failed(std::string(errno_name(r0.error())));
}

std::string quoted(const std::string& path) {
  std::string out = "'";
  for (const char c : path) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// Lines of the form that the runner's have, of as many cases as were done; and how the process ended: 0, an exit
// status, or 128 + a signal's number.
struct Replies {
  std::vector<std::string> lines;
  int status = 0;
};

int status_of(int waited) {
  return WIFSIGNALED(waited) ? 128 + WTERMSIG(waited) : WIFEXITED(waited) ? WEXITSTATUS(waited) : -1;
}

void read_lines(FILE* from, std::vector<std::string>& lines) {
  char* line = nullptr;
  size_t room = 0;
  while (getline(&line, &room, from) > 0) lines.emplace_back(line);
  free(line);
}

// In a child: the programs read and write where they like.
Replies ask_interpreter(std::span<const Case> cases) {
  Replies replies{.lines = {}, .status = -1};
  (void)row_counts();
  int ends[2];
  if (pipe(ends) != 0) return replies;
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    for (size_t n = 0; n < cases.size(); n++) {
      const Outcome o = run_interp(cases[n]);
      dprintf(ends[1], "%zu %s", n, o.r0 ? "" : "- ");
      o.r0 ? dprintf(ends[1], "0x%" PRIx64 " -\n", *o.r0) : dprintf(ends[1], "%s\n", o.error.c_str());
    }
    _exit(0);
  }
  close(ends[1]);
  if (FILE* from = fdopen(ends[0], "r")) {
    read_lines(from, replies.lines);
    fclose(from);
  }
  int waited = 0;
  if (child > 0 && waitpid(child, &waited, 0) == child) replies.status = status_of(waited);
  return replies;
}

// See tests/runner/serve.cc.
Replies ask_runner(std::span<const Case> cases, const EngineOptions& options) {
  Replies replies{.lines = {}, .status = -1};
  char requests[] = "/tmp/skep-cases-XXXXXX";
  const int fd = mkstemp(requests);
  FILE* file = fd >= 0 ? fdopen(fd, "w") : nullptr;
  if (file == nullptr) return replies;
  for (size_t n = 0; n < cases.size(); n++) {
    fprintf(file, "jit %s %zu %s %s\n", options.target.c_str(), n, to_hex(*parse_hex(cases[n].insns)).c_str(),
            cases[n].mem.empty() ? "-" : to_hex(*parse_hex(cases[n].mem)).c_str());
  }
  fclose(file);
  const std::string runner = options.runner.empty() ? directory_of_this_program() + "runner" : options.runner;
  const std::string command =
      std::string("timeout ") + kBatchSeconds + " qemu-riscv64 " + quoted(runner) + " serve 2>/dev/null <" + requests;
  if (FILE* pipe = popen(command.c_str(), "r")) {
    read_lines(pipe, replies.lines);
    replies.status = status_of(pclose(pipe));
  }
  unlink(requests);
  return replies;
}

// "NUMBER R0 ERROR"
Outcome parse_reply(const std::string& line, size_t number) {
  const size_t first = line.find(' '), second = line.find(' ', first + 1);
  if (!line.ends_with('\n') || second == std::string::npos || line.substr(0, first) != std::to_string(number)) {
    return failed("the program disturbed its engine");
  }
  const std::string r0 = line.substr(first + 1, second - first - 1);
  if (r0 == "-") return failed(line.substr(second + 1, line.size() - second - 2));
  return {.r0 = strtoull(r0.c_str(), nullptr, 16), .error = {}};
}

std::string reason(int status) {
  if (status == kTimeUp) return "no end within the time limit";
  if (status == kNotFound) return "the runner could not be started: is qemu-riscv64 there?";
  return "crashed: a bad address, or the stack overflowed";
}

}  // namespace

std::string directory_of_this_program() {
  char path[4096];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof(path));
  const std::string whole(path, n > 0 ? static_cast<size_t>(n) : 0);
  return whole.substr(0, whole.rfind('/') + 1);
}

bool is_target(std::string_view name) {
  if (!name.starts_with("rv64")) return false;
  name.remove_prefix(4);
  for (const std::string_view part : {"_zba", "_zbb", "_far"}) {
    if (name.starts_with(part)) name.remove_prefix(part.size());
  }
  return name.empty();
}

std::span<const uint64_t> executed_rows() { return row_counts(); }

std::optional<std::vector<uint8_t>> parse_hex(const std::string& text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  if (text.size() % 2 != 0) return std::nullopt;
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<uint8_t>(high * 16 + low));
  }
  return bytes;
}

std::string to_hex(const std::vector<uint8_t>& bytes) {
  std::string out;
  for (const uint8_t b : bytes) {
    out += "0123456789abcdef"[b >> 4];
    out += "0123456789abcdef"[b & 15];
  }
  return out;
}

std::vector<Outcome> run_cases(const std::vector<Case>& cases, const EngineOptions& options) {
  std::vector<Outcome> outcomes(cases.size());
  std::vector<size_t> places;  // of the cases that can run
  std::vector<Case> good;
  for (size_t n = 0; n < cases.size(); n++) {
    outcomes[n].error = complaint(cases[n]);
    if (outcomes[n].error.empty()) places.push_back(n), good.push_back(cases[n]);
  }
  for (size_t done = 0; done < good.size();) {
    const std::span<const Case> rest = std::span<const Case>(good).subspan(done);
    const Replies replies = options.engine == Engine::kInterp ? ask_interpreter(rest) : ask_runner(rest, options);
    const size_t whole = std::min(replies.lines.size(), rest.size());
    for (size_t n = 0; n < whole; n++) outcomes[places[done + n]] = parse_reply(replies.lines[n], n);
    done += whole;
    if (done == good.size()) break;
    // The one that it was at takes the blame.
    outcomes[places[done++]] = failed(reason(replies.status));
    const bool never_starts = whole == 0 && (replies.status == kNotFound || replies.status == -1);
    for (; never_starts && done < good.size(); done++) outcomes[places[done]] = failed(reason(kNotFound));
  }
  return outcomes;
}

}  // namespace skep::tool
