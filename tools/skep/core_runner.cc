#include "tools/skep/core_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/skep/engine.h"

namespace skep::tool {
namespace {

constexpr int kReplyMilliseconds = 30'000;

std::string hex_or_dash(std::span<const uint8_t> bytes) {
  return bytes.empty() ? "-" : to_hex(std::vector<uint8_t>(bytes.begin(), bytes.end()));
}

// Words of a line.
template <typename... Words>
std::string line_of(std::string_view first, const Words&... words) {
  std::string line(first);
  const auto add = [&](const auto& word) {
    line += ' ';
    if constexpr (std::is_convertible_v<decltype(word), std::string>) {
      line += word;
    } else {
      line += std::to_string(word);
    }
  };
  (add(words), ...);
  return line + "\n";
}

std::string request_of(const BpfCase& c) {
  const ProgramSpec& spec = c.spec;
  std::string text = line_of("btf", hex_or_dash(spec.btf));
  for (const MapSpec& m : spec.maps) {
    text += line_of("map", m.type, m.key_size, m.value_size, m.max_entries, m.flags, m.extra, m.inner_map + 1,
                    m.btf_key_type_id, m.btf_value_type_id, m.frozen ? 1 : 0);
    for (const MapElement& e : m.init) text += line_of("elem", hex_or_dash(e.key), hex_or_dash(e.value));
  }
  text += line_of("func", spec.func_info_rec_size, hex_or_dash(spec.func_info));
  text += line_of("line", spec.line_info_rec_size, hex_or_dash(spec.line_info));
  const auto* code = reinterpret_cast<const uint8_t*>(spec.insns.data());
  text += line_of("prog", spec.type, spec.expected_attach_type, spec.flags, spec.attach_btf_id,
                  hex_or_dash({code, spec.insns.size_bytes()}));
  for (const Bytes& data : c.runs) text += line_of("run", hex_or_dash(data));
  return text + "end\n";
}

RunOutcome failure(std::string why) { return {.value = {}, .error = std::move(why)}; }

// "value N", "error N"
RunOutcome outcome_of(const std::string& reply) {
  const size_t blank = reply.find(' ');
  const auto n = static_cast<uint32_t>(strtoul(reply.c_str() + std::min(blank, reply.size()), nullptr, 10));
  if (reply.starts_with("value ")) return {.value = n, .error = {}};
  return failure(std::string(errno_name(static_cast<Errno>(n))));
}

}  // namespace

CoreRunner::CoreRunner(std::string path)
    : path_(path.empty() ? directory_of_this_program() + "core-runner" : std::move(path)) {
  signal(SIGPIPE, SIG_IGN);  // a runner that ended is noticed by its replies
}

bool CoreRunner::start() {
  if (process_ > 0) return true;
  int to[2], from[2];
  if (pipe2(to, O_CLOEXEC) != 0) return false;
  if (pipe2(from, O_CLOEXEC) != 0) return close(to[0]), close(to[1]), false;
  process_ = fork();
  if (process_ == 0) {
    dup2(to[0], 0);
    dup2(from[1], 1);
    execlp("qemu-riscv64", "qemu-riscv64", path_.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(to[0]);
  close(from[1]);
  to_ = to[1];
  from_ = from[0];
  received_.clear();
  return process_ > 0;
}

void CoreRunner::stop() {
  if (to_ >= 0) close(to_);
  if (from_ >= 0) close(from_);
  to_ = from_ = -1;
  if (process_ > 0) {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  process_ = -1;
}

bool CoreRunner::send(const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const ssize_t n = write(to_, text.data() + at, text.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += static_cast<size_t>(n);
  }
  return true;
}

std::string CoreRunner::receive() {
  for (;;) {
    const size_t end = received_.find('\n');
    if (end != std::string::npos) {
      const std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    pollfd poll_for{.fd = from_, .events = POLLIN, .revents = 0};
    if (poll(&poll_for, 1, kReplyMilliseconds) <= 0) return {};
    char chunk[4096];
    const ssize_t n = read(from_, chunk, sizeof(chunk));
    if (n <= 0) return {};
    received_.append(chunk, static_cast<size_t>(n));
  }
}

std::vector<RunOutcome> CoreRunner::run(const BpfCase& c) {
  std::vector<RunOutcome> outcomes;
  const auto give_up = [&](const char* why) {
    stop();
    outcomes.resize(c.runs.size(), failure(why));
    return outcomes;
  };
  if (!start()) return give_up("the runner could not be started");
  if (!send(request_of(c))) return give_up("the runner ended: is qemu-riscv64 there?");
  for (;;) {
    const std::string reply = receive();
    if (reply.empty()) return give_up("the runner crashed, hung or could not be started");
    if (reply == "done") break;
    if (reply.starts_with("failed ")) {
      outcomes.resize(c.runs.size(), outcome_of(reply));
    } else {
      outcomes.push_back(outcome_of(reply));
    }
  }
  outcomes.resize(c.runs.size(), failure("no reply from the runner"));
  return outcomes;
}

}  // namespace skep::tool
