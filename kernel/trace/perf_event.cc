#include "trace/perf_event.h"

#include <string.h>

#include <algorithm>
#include <atomic>
#include <span>

#include "bpf/object.h"
#include "bpf/platform.h"
#include "bpf/prog.h"
#include "fs/file.h"
#include "fs/vfs.h"
#include "lib/annotations.h"
#include "lib/log.h"
#include "mm/heap.h"
#include "mm/user_copy.h"
#include "task/mutex.h"
#include "task/task.h"
#include "trace/kallsyms.h"
#include "trace/kprobe.h"
#include "trace/limits.h"
#include "uapi/bpf.h"
#include "uapi/perf_event.h"

namespace skep::trace {

namespace {

// What the kprobe source's format files promise: config bit 0 asks for the function's return.
constexpr uint64_t kConfigReturnProbe = 1;
// Bits of sample_type that Linux 6.1 knows (PERF_SAMPLE_MAX - 1).
constexpr uint64_t kSampleTypes = (uint64_t{1} << 25) - 1;
// perf_event_query_bpf takes no longer list (Linux's BPF_TRACE_MAX_PROGS).
constexpr uint32_t kMaxQueriedPrograms = 64;

constexpr char kFileTag = 0;

std::atomic<uint64_t> g_next_id{1};

// ---- The event
// -------------------------------------------------------------------------------------------------------

class PerfEvent final : public bpf::AttachHook {
 public:
  PerfEvent(uint64_t read_format, int32_t pid, int32_t cpu, bool enabled)
      : read_format_(read_format), pid_(pid), cpu_(cpu) {
    client_.event = grace_.event = this;
    client_.hit = hit;
    client_.missed = missed;
    if (enabled) enable();
  }

  // Puts the probe in place; errors as register_kprobe().
  Result<void> place(const KprobePlace& place) {
    BufferSink sink(description_);
    sink.write("kprobe ");
    kallsyms::print_address(sink, place.address);
    return register_kprobe(client_, place);
  }

  Result<void> attach(Ref<bpf::Program> program) override;
  void detach() override;
  std::string_view description() const override { return description_; }
  void last_reference_dropped() override;

  void enable() {
    MutexGuard guard(lock_);
    if (enabled_.load(std::memory_order_relaxed)) return;
    enabled_since_ns_ = monotonic_ns();
    enabled_.store(true, std::memory_order_release);
  }
  void disable() {
    MutexGuard guard(lock_);
    if (!enabled_.load(std::memory_order_relaxed)) return;
    enabled_.store(false, std::memory_order_release);
    enabled_ns_ += monotonic_ns() - enabled_since_ns_;
  }
  void reset() { count_.store(0, std::memory_order_relaxed); }

  uint64_t id() const { return id_; }
  // The value in the form that attr.read_format asked for; the number of words.
  size_t read_value(std::span<uint64_t, 5> out);
  // 0 when no program is attached.
  uint32_t program_id() {
    MutexGuard guard(lock_);
    const bpf::Program* program = program_.load(std::memory_order_relaxed);
    return program ? program->id() : 0;
  }

 private:
  // What the registry and the grace period hand back, with the way to the event.
  struct Client : KprobeClient {
    PerfEvent* event = nullptr;
  };
  struct Callback : GraceCallback {
    PerfEvent* event = nullptr;
  };

  [[gnu::always_inline]] static PerfEvent& of(KprobeClient& client) { return *static_cast<Client&>(client).event; }
  static void hit(KprobeClient& client, pt_regs& regs);
  static void missed(KprobeClient& client);
  static void delete_after_grace(GraceCallback* callback);

  Client client_;
  // A counted reference, read by hits without a lock: dropped a grace period after it was taken out of here.
  std::atomic<bpf::Program*> program_{nullptr};
  std::atomic<bool> enabled_{false};
  std::atomic<uint64_t> count_{0};
  const uint64_t id_ = g_next_id.fetch_add(1, std::memory_order_relaxed);
  const uint64_t read_format_;
  const int32_t pid_;  // counts hits of this thread only; -1: of all
  const int32_t cpu_;  // counts hits on this hart only; -1: on all

  Mutex lock_;  // attach, detach, enable, disable
  uint64_t enabled_since_ns_ SKEP_GUARDED_BY(lock_) = 0;
  uint64_t enabled_ns_ SKEP_GUARDED_BY(lock_) = 0;  // in sections that have ended
  Callback grace_;
  char description_[96] = {};
};

void PerfEvent::hit(KprobeClient& client, pt_regs& regs) {
  PerfEvent& event = of(client);
  if (!event.enabled_.load(std::memory_order_acquire)) return;
  // A program decides with 0 that the hit is not to be counted. It runs on every hart and for every task, whatever the
  // event counts, as on Linux.
  const bpf::Program* program = event.program_.load(std::memory_order_acquire);
  if (program && program->run(&regs) == 0) return;
  if (event.cpu_ >= 0 && static_cast<uint32_t>(event.cpu_) != hart_index()) return;
  if (event.pid_ >= 0 && static_cast<uint32_t>(event.pid_) != current_pid()) return;
  event.count_.fetch_add(1, std::memory_order_relaxed);
}

[[gnu::flatten]] SKEP_NOPROBE void PerfEvent::missed(KprobeClient& client) {
  PerfEvent& event = of(client);
  bpf::Program* program = event.program_.load(std::memory_order_acquire);
  if (program && event.enabled_.load(std::memory_order_relaxed)) program->count_miss();
}

Result<void> PerfEvent::attach(Ref<bpf::Program> program) {
  if (program->type() != BPF_PROG_TYPE_KPROBE || program->sleepable()) return fail(Errno::kEINVAL);
  MutexGuard guard(lock_);
  if (program_.load(std::memory_order_relaxed)) return fail(Errno::kEEXIST);
  program_.store(program.release(), std::memory_order_release);
  return {};
}

void PerfEvent::detach() {
  bpf::Program* program;
  {
    MutexGuard guard(lock_);
    program = program_.exchange(nullptr, std::memory_order_acq_rel);
  }
  if (!program) return;
  wait_for_grace_period();
  program->unref();
}

void PerfEvent::last_reference_dropped() {
  if (client_.probe) unregister_kprobe(client_);
  // Waiting here, and not in a callback, means that after close() the program is gone as well.
  detach();
  call_after_grace_period(&grace_, delete_after_grace);
}

void PerfEvent::delete_after_grace(GraceCallback* callback) { kdelete(static_cast<Callback*>(callback)->event); }

size_t PerfEvent::read_value(std::span<uint64_t, 5> out) {
  uint64_t enabled_ns;
  {
    MutexGuard guard(lock_);
    enabled_ns = enabled_ns_;
    if (enabled_.load(std::memory_order_relaxed)) enabled_ns += monotonic_ns() - enabled_since_ns_;
  }
  const uint64_t count = count_.load(std::memory_order_relaxed);
  size_t n = 0;
  // A group of one puts its length first and its value behind the times.
  const bool group = (read_format_ & PERF_FORMAT_GROUP) != 0;
  out[n++] = group ? 1 : count;
  if ((read_format_ & PERF_FORMAT_TOTAL_TIME_ENABLED) != 0) out[n++] = enabled_ns;
  if ((read_format_ & PERF_FORMAT_TOTAL_TIME_RUNNING) != 0) out[n++] = enabled_ns;
  if (group) out[n++] = count;
  if ((read_format_ & PERF_FORMAT_ID) != 0) out[n++] = id_;
  return n;
}

// ---- The file
// --------------------------------------------------------------------------------------------------------

class PerfEventFile final : public File {
 public:
  explicit PerfEventFile(Ref<PerfEvent> event) : event_(std::move(event)) {}
  const void* type_tag() const override { return &kFileTag; }
  PerfEvent& event() { return *event_; }
  Ref<PerfEvent> event_ref() { return event_; }

  Result<size_t> read(IoBuffer buffer, uint64_t*) override {
    uint64_t words[5];
    const size_t bytes = event_->read_value(words) * sizeof(uint64_t);
    if (buffer.size() < bytes) return fail(Errno::kENOSPC);
    TRY(buffer.store(0, words, bytes));
    return bytes;
  }
  Result<long> ioctl(uint32_t request, uint64_t argument) override;

 private:
  Result<void> set_program(uint64_t argument);
  Result<void> query_programs(UserAddr at);

  Ref<PerfEvent> event_;
};

Result<void> PerfEventFile::set_program(uint64_t argument) {
  auto described = TRY(bpf::platform::object_from_descriptor(static_cast<int>(argument)));
  auto program = bpf::object_cast<bpf::Program>(std::move(described.object));
  if (!program) return fail(Errno::kEINVAL);
  return event_->attach(std::move(program));
}

// struct perf_event_query_bpf: the ids of the programs that run on this event, one at most.
Result<void> PerfEventFile::query_programs(UserAddr at) {
  const auto room = TRY(read_user<uint32_t>(at));
  if (room > kMaxQueriedPrograms) return fail(Errno::kE2BIG);
  const uint32_t id = event_->program_id();
  const uint32_t count = id != 0 ? 1 : 0;
  TRY(write_user(at + offsetof(perf_event_query_bpf, prog_cnt), count));
  if (count == 0) return {};
  if (room == 0) return fail(Errno::kENOSPC);
  return write_user(at + offsetof(perf_event_query_bpf, ids), id);
}

Result<long> PerfEventFile::ioctl(uint32_t request, uint64_t argument) {
  switch (request) {
    case PERF_EVENT_IOC_ENABLE:
      event_->enable();
      return 0;
    case PERF_EVENT_IOC_DISABLE:
      event_->disable();
      return 0;
    case PERF_EVENT_IOC_RESET:
      event_->reset();
      return 0;
    case PERF_EVENT_IOC_ID:
      TRY(write_user(argument, event_->id()));
      return 0;
    case PERF_EVENT_IOC_SET_BPF:
      TRY(set_program(argument));
      return 0;
    case PERF_EVENT_IOC_QUERY_BPF:
      TRY(query_programs(argument));
      return 0;
    // For events that sample or have a ring buffer.
    case PERF_EVENT_IOC_REFRESH:
    case PERF_EVENT_IOC_PERIOD:
    case PERF_EVENT_IOC_SET_OUTPUT:
    case PERF_EVENT_IOC_SET_FILTER:
    case PERF_EVENT_IOC_PAUSE_OUTPUT:
      return fail(Errno::kEINVAL);
    case PERF_EVENT_IOC_MODIFY_ATTRIBUTES:
      return fail(Errno::kEOPNOTSUPP);
    default:
      return fail(Errno::kENOTTY);
  }
}

// ---- perf_event_open
// -------------------------------------------------------------------------------------------------

// Takes what this kernel knows of a structure of `size` bytes; E2BIG when the rest is not zero, EFAULT.
Result<void> copy_attr_bytes(perf_event_attr& attr, UserAddr at, uint32_t size) {
  for (uint64_t beyond = sizeof(attr); beyond < size;) {
    uint8_t rest[64];
    const auto bytes = std::min<uint64_t>(sizeof(rest), size - beyond);
    TRY(copy_from_user(rest, at + beyond, bytes));
    if (std::any_of(rest, rest + bytes, [](uint8_t b) { return b != 0; })) return fail(Errno::kE2BIG);
    beyond += bytes;
  }
  memset(&attr, 0, sizeof(attr));
  return copy_from_user(&attr, at, std::min<uint64_t>(size, sizeof(attr)));
}

// Writes the size that this kernel knows back with E2BIG, so that a newer caller can try again.
Result<perf_event_attr> copy_attr(UserAddr at) {
  constexpr uint32_t kPageBytes = 4096;
  const UserAddr size_field = at + offsetof(perf_event_attr, size);
  auto size = TRY(read_user<uint32_t>(size_field));
  if (size == 0) size = PERF_ATTR_SIZE_VER0;
  perf_event_attr attr;
  Result<void> copied = fail(Errno::kE2BIG);
  if (size >= PERF_ATTR_SIZE_VER0 && size <= kPageBytes) copied = copy_attr_bytes(attr, at, size);
  if (!copied) {
    if (copied.error() == Errno::kE2BIG) TRY(write_user(size_field, uint32_t{sizeof(attr)}));
    return fail(copied.error());
  }
  if (attr.__reserved_1 != 0 || attr.__reserved_2 != 0 || attr.__reserved_3 != 0) return fail(Errno::kEINVAL);
  if ((attr.sample_type & ~kSampleTypes) != 0) return fail(Errno::kEINVAL);
  if ((attr.read_format & ~uint64_t{PERF_FORMAT_MAX - 1}) != 0) return fail(Errno::kEINVAL);
  return attr;
}

Result<KprobePlace> place_of(const perf_event_attr& attr) {
  char name[kSymbolNameBytes];
  std::string_view function;
  if (attr.kprobe_func != 0) {
    const auto length = copy_string_from_user(name, attr.kprobe_func);
    if (!length) return fail(length.error() == Errno::kENAMETOOLONG ? Errno::kE2BIG : length.error());
    function = std::string_view(name, *length);
  }
  return find_kprobe_place(function, attr.probe_offset);
}

// Order of the checks as in Linux, but for privilege, which comes first here.
Result<long> perf_event_open(UserAddr attr_at, int32_t pid, int32_t cpu, int32_t group_fd, uint64_t flags) {
  if (current_credentials().euid != 0) return fail(Errno::kEPERM);
  constexpr uint64_t kKnownFlags =
      PERF_FLAG_FD_NO_GROUP | PERF_FLAG_FD_OUTPUT | PERF_FLAG_PID_CGROUP | PERF_FLAG_FD_CLOEXEC;
  if ((flags & ~kKnownFlags) != 0) return fail(Errno::kEINVAL);
  const perf_event_attr attr = TRY(copy_attr(attr_at));
  if ((flags & PERF_FLAG_PID_CGROUP) != 0) return fail(Errno::kEINVAL);
  if (group_fd != -1) {
    auto leader = TRY(current_fd_table().get(group_fd));
    if (leader->type_tag() != &kFileTag) return fail(Errno::kEBADF);
    return fail(Errno::kEINVAL);  // events of this kind form no groups
  }
  if (pid != -1) {
    if (pid == 0) pid = static_cast<int32_t>(current_pid());
    if (pid < 0 || !process_facts(static_cast<uint32_t>(pid))) return fail(Errno::kESRCH);
  }
  if (cpu == -1 ? pid == -1 : (cpu < 0 || static_cast<uint32_t>(cpu) >= hart_count())) return fail(Errno::kEINVAL);
  if (attr.type != kKprobeEventType) return fail(Errno::kENOENT);
  if ((attr.config & kConfigReturnProbe) != 0) {
    log_info("kprobe: probes on a function's return are not available");
    return fail(Errno::kEOPNOTSUPP);
  }
  const KprobePlace place = TRY(place_of(attr));
  auto event = TRY(kcreate<PerfEvent>(attr.read_format, pid, cpu, attr.disabled == 0));
  TRY(event->place(place));
  auto file = TRY(kcreate<PerfEventFile>(std::move(event)));
  constexpr uint32_t kReadWrite = 2;  // O_RDWR
  file->flags = kReadWrite;
  return TRY(current_fd_table().install(std::move(file), (flags & PERF_FLAG_FD_CLOEXEC) != 0));
}

}  // namespace

Result<Ref<bpf::AttachHook>> hook_of_perf_event(File& file) {
  if (file.type_tag() != &kFileTag) return fail(Errno::kEINVAL);
  return Ref<bpf::AttachHook>(static_cast<PerfEventFile&>(file).event_ref());
}

namespace {

// A file of one line below /sys/bus/event_source/devices.
class ConstantFile final : public vfs::TextFile {
 public:
  explicit ConstantFile(std::string_view text) : text_(text) {}
  void generate(vfs::FileText& out) override { out.write(text_); }

 private:
  std::string_view text_;
};
static_assert(kKprobeEventType == 6);
ConstantFile g_kprobe_type("6\n");
ConstantFile g_kprobe_retprobe("config:0\n");

}  // namespace

void init_perf_events() {
  constexpr uint32_t kEverybodyReads = 0444;
  if (!vfs::register_text_file("/sys/bus/event_source/devices/kprobe/type", kEverybodyReads, g_kprobe_type) ||
      !vfs::register_text_file("/sys/bus/event_source/devices/kprobe/format/retprobe", kEverybodyReads,
                               g_kprobe_retprobe)) {
    log_info("perf: cannot register the event sources");
  }
}

}  // namespace skep::trace

extern "C" long sys_perf_event_open(uint64_t attr, int64_t pid, int64_t cpu, int64_t group_fd, uint64_t flags) {
  return skep::to_syscall_return(skep::trace::perf_event_open(
      attr, static_cast<int32_t>(pid), static_cast<int32_t>(cpu), static_cast<int32_t>(group_fd), flags));
}
