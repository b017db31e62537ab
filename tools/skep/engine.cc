#include "tools/skep/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/interp/interp.h"
#include "bpf/interp/trusted_image.h"
#include "bpf/isa/table.h"

namespace skep::tool {
namespace {

constexpr uint64_t kInstructionLimit = 200'000'000;  // a case that runs longer is broken
constexpr const char* kRunnerTimeout = "120";        // seconds for a whole batch

std::vector<uint64_t> row_counts(bpf::kInsnRowCount);

void count_row(void* image, bpf::InsnIndex at, const uint64_t (&)[11], uint32_t) {
  const bpf::InsnRow* row = bpf::find_insn_row(static_cast<const bpf::Image*>(image)->code[at]);
  if (row != nullptr) row_counts[static_cast<size_t>(row - bpf::insn_rows().data())]++;
}

Outcome run_interp(const Case& c) {
  const auto code = parse_hex(c.insns);
  auto memory = parse_hex(c.mem);
  if (!code || !memory || code->size() % sizeof(bpf_insn) != 0) return {.r0 = {}, .error = "malformed case"};
  std::vector<bpf_insn> slots(code->size() / sizeof(bpf_insn));
  memcpy(slots.data(), code->data(), code->size());
  auto image = bpf::make_trusted_image(slots);
  if (!image) {
    char text[128];
    BufferSink sink(text);
    bpf::print_decode_error(sink, image.error());
    return {.r0 = {}, .error = "insn " + std::to_string(image.error().at) + ": " + std::string(sink.view())};
  }
  image->bind();
  const uint64_t r1 = memory->empty() ? 0 : reinterpret_cast<uintptr_t>(memory->data());
  const auto r0 = bpf::interpret(
      *image, r1,
      {.r2 = memory->size(), .max_instructions = kInstructionLimit, .observer = count_row, .cookie = &*image});
  if (!r0) return {.r0 = {}, .error = std::string(errno_name(r0.error()))};
  return {.r0 = *r0, .error = {}};
}

std::string quoted(const std::string& path) {
  std::string out = "'";
  for (const char c : path) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// The runner's replies, one line per case; fewer when it crashed. See tests/runner/serve.cc.
std::vector<std::string> ask_runner(const std::vector<Case>& cases, const EngineOptions& options) {
  std::vector<std::string> replies;
  char requests[] = "/tmp/skep-cases-XXXXXX";
  const int fd = mkstemp(requests);
  FILE* file = fd >= 0 ? fdopen(fd, "w") : nullptr;
  if (file == nullptr) return replies;
  for (size_t n = 0; n < cases.size(); n++) {
    fprintf(file, "%s %s %zu %s %s\n", options.engine == Engine::kJit ? "jit" : "interp", options.target.c_str(), n,
            cases[n].insns.c_str(), cases[n].mem.empty() ? "-" : cases[n].mem.c_str());
  }
  fclose(file);
  const std::string runner = options.runner.empty() ? directory_of_this_program() + "runner" : options.runner;
  const std::string command =
      std::string("timeout ") + kRunnerTimeout + " qemu-riscv64 " + quoted(runner) + " serve <" + requests;
  if (FILE* pipe = popen(command.c_str(), "r")) {
    char* line = nullptr;
    size_t room = 0;
    while (getline(&line, &room, pipe) > 0) replies.emplace_back(line);
    free(line);
    pclose(pipe);
  }
  unlink(requests);
  return replies;
}

Outcome parse_reply(const std::string& line, size_t number) {
  const size_t first = line.find(' '), second = line.find(' ', first + 1);
  if (second == std::string::npos || line.substr(0, first) != std::to_string(number))
    return {.r0 = {}, .error = "no reply from the runner"};
  const std::string r0 = line.substr(first + 1, second - first - 1);
  std::string error = line.substr(second + 1);
  while (!error.empty() && error.back() == '\n') error.pop_back();
  if (r0 == "-") return {.r0 = {}, .error = error};
  return {.r0 = strtoull(r0.c_str(), nullptr, 16), .error = {}};
}

}  // namespace

std::string directory_of_this_program() {
  char path[4096];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof(path));
  const std::string whole(path, n > 0 ? static_cast<size_t>(n) : 0);
  return whole.substr(0, whole.rfind('/') + 1);
}

const std::vector<uint64_t>& executed_rows() { return row_counts; }

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
  std::vector<Outcome> outcomes;
  if (options.engine == Engine::kInterp) {
    for (const Case& c : cases) outcomes.push_back(run_interp(c));
    return outcomes;
  }
  // A program that crashes takes the runner with it: report that one and go on behind it.
  std::vector<Case> clean = cases;
  for (Case& c : clean) {
    const auto code = parse_hex(c.insns);
    const auto memory = parse_hex(c.mem);
    c.insns = code && !code->empty() ? to_hex(*code) : "00";
    c.mem = memory ? to_hex(*memory) : "";
  }
  while (outcomes.size() < cases.size()) {
    const std::vector<Case> rest(clean.begin() + static_cast<ptrdiff_t>(outcomes.size()), clean.end());
    const auto replies = ask_runner(rest, options);
    for (size_t n = 0; n < replies.size() && n < rest.size(); n++) outcomes.push_back(parse_reply(replies[n], n));
    if (outcomes.size() < cases.size())
      outcomes.push_back({.r0 = {}, .error = "the runner crashed, hung or could not be started"});
    if (replies.empty() && rest.size() == cases.size()) break;  // it does not even start
  }
  while (outcomes.size() < cases.size()) outcomes.push_back({.r0 = {}, .error = "the runner could not be started"});
  return outcomes;
}

}  // namespace skep::tool
