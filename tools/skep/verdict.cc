#include "tools/skep/verdict.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf/system.h"
#include "tests/host/platform/host_platform.h"

namespace skep::tool {
namespace {

constexpr size_t kFirstLogBytes = size_t{1} << 20;
constexpr size_t kLargestLogBytes = size_t{256} << 20;
constexpr uint32_t kLogStatistics = 4;  // BPF_LOG_STATS
constexpr unsigned kRunSeconds = 20;    // for all runs of a case

std::string describe(const Step& step) {
  std::string text(step.command);
  if (step.map >= 0) text += " of map " + std::to_string(step.map);
  return text;
}

// Loads with a log that is large enough; one that no buffer holds is left out.
Result<void> load_with_log(Session& session, uint32_t level, std::string& log) {
  static std::vector<char> buffer(kFirstLogBytes);
  uint32_t needed = 0;
  if (level == 0) return session.load(0, {}, needed);
  buffer[0] = '\0';
  auto loaded = session.load(level, buffer, needed);
  if (!loaded && loaded.error() == Errno::kENOSPC && needed > buffer.size()) {
    if (needed <= kLargestLogBytes) {
      buffer.resize(needed);
      loaded = session.load(level, buffer, needed);
    } else {
      loaded = session.load(kLogStatistics, buffer, needed);
    }
  }
  log = buffer.data();
  return loaded;
}

void write_all(int fd, const void* data, size_t bytes) {
  const auto* at = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t n = write(fd, at, bytes);
    if (n <= 0) _exit(1);
    at += n;
    bytes -= static_cast<size_t>(n);
  }
}

struct WireOutcome {
  uint32_t is_value;
  uint32_t value;  // or errno
};

[[noreturn]] void run_in_child(const BpfCase& c, int out) {
  alarm(kRunSeconds);
  Session session(c.spec);
  uint32_t unused = 0;
  auto ready = session.prepare();
  if (ready) ready = session.load(0, {}, unused);
  for (const Bytes& data : c.runs) {
    const auto value = ready ? session.run(data) : Result<uint32_t>(fail(ready.error()));
    const WireOutcome wire = value ? WireOutcome{1, *value} : WireOutcome{0, static_cast<uint32_t>(value.error())};
    write_all(out, &wire, sizeof(wire));
  }
  _exit(0);
}

// While it lives, the kernel has these types, unless there are none.
class KernelTypes {
 public:
  explicit KernelTypes(std::span<const uint8_t> blob) {
    if (blob.empty()) return;
    const std::span<const uint8_t> before = bpf::platform::kernel_btf();
    before_.assign(before.begin(), before.end());
    replaced_ = true;
    right_ = host::set_kernel_btf(blob);
  }
  ~KernelTypes() {
    if (replaced_) host::set_kernel_btf(before_);
  }
  KernelTypes(const KernelTypes&) = delete;
  KernelTypes& operator=(const KernelTypes&) = delete;
  bool right() const { return right_; }

 private:
  Bytes before_;
  bool replaced_ = false;
  bool right_ = true;
};

}  // namespace

Verdict judge(const BpfCase& c) {
  Verdict verdict;
  KernelTypes types(c.kernel_btf);
  if (!types.right()) {
    verdict.error = Errno::kEINVAL;
    verdict.step = "kernel_btf";
    return verdict;
  }
  LoadWatch watch;
  Session session(c.spec);
  auto loaded = session.prepare();
  if (loaded) loaded = load_with_log(session, c.log_level, verdict.log);
  verdict.accepted = loaded.has_value();
  verdict.load = watch.last();
  if (!loaded) {
    verdict.error = loaded.error();
    verdict.step = describe(session.step());
  }
  return verdict;
}

std::vector<RunOutcome> run_interpreted(const BpfCase& c) {
  std::vector<RunOutcome> outcomes;
  int ends[2];
  if (pipe(ends) != 0) return std::vector<RunOutcome>(c.runs.size(), {.value = {}, .error = "no pipe"});
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    run_in_child(c, ends[1]);
  }
  close(ends[1]);
  WireOutcome wire;
  while (child > 0 && outcomes.size() < c.runs.size() && read(ends[0], &wire, sizeof(wire)) == sizeof(wire)) {
    if (wire.is_value) {
      outcomes.push_back({.value = wire.value, .error = {}});
    } else {
      outcomes.push_back({.value = {}, .error = std::string(errno_name(static_cast<Errno>(wire.value)))});
    }
  }
  close(ends[0]);
  int status = 0;
  if (child > 0) waitpid(child, &status, 0);
  const bool slow = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
  while (outcomes.size() < c.runs.size()) {
    outcomes.push_back({.value = {}, .error = slow ? "took too long" : "the interpreter crashed"});
  }
  return outcomes;
}

}  // namespace skep::tool
