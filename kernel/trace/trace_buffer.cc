#include "trace/trace_buffer.h"

#include <string.h>

#include <algorithm>
#include <atomic>
#include <optional>

#include "arch/limits.h"
#include "arch/machine.h"
#include "arch/riscv/csr.h"
#include "arch/riscv/thread.h"
#include "bpf/platform.h"
#include "fs/poll.h"
#include "fs/vfs.h"
#include "lib/format.h"
#include "lib/log.h"
#include "mm/heap.h"
#include "task/mutex.h"
#include "task/task.h"
#include "task/wait_queue.h"
#include "trace/limits.h"
#include "trace/record_ring.h"

namespace skep::trace {

namespace {

constexpr uint32_t kNonBlocking = 04000;  // O_NONBLOCK
constexpr uint32_t kPollIn = 1;           // POLLIN

struct RecordHeader {
  uint64_t ns;
  uint32_t pid;
  uint16_t hart;
  uint8_t preempt_depth;
  bool interrupts_masked;
  char comm[16];
};
constexpr size_t kRecordBytes = sizeof(RecordHeader) + kTraceMessageBytes;
// A line: the text and what stands before it.
constexpr size_t kLineBytes = kTraceMessageBytes + 96;

struct alignas(64) HartRing {
  bpf::platform::Lock lock;
  RecordRing records SKEP_GUARDED_BY(lock);
  std::atomic<uint64_t> refused{0};  // messages that found the lock taken
};
HartRing g_rings[arch::kMaxHarts];

// Readers sleep here. Writers run in probes, where nobody can be woken, so a grace period's callback does it.
WaitQueue g_readers;
std::atomic<uint32_t> g_open_pipes{0};
std::atomic<bool> g_wake_pending{false};
GraceCallback g_wake;

void wake_readers(GraceCallback*) {
  g_wake_pending.store(false, std::memory_order_seq_cst);
  g_readers.wake_all();
  vfs::notify_pollers();
}

std::span<const uint8_t> bytes_of(const void* p, size_t n) { return {static_cast<const uint8_t*>(p), n}; }

// One message taken out of (or copied from) the rings; header and text as they lie in a record.
struct Message {
  RecordHeader header;
  char text[kTraceMessageBytes];
  size_t text_bytes;
  uint64_t lost_before;  // messages of its ring that were lost since the last one taken
};
static_assert(offsetof(Message, text) == sizeof(RecordHeader));

// "            bash-1234    [001] d..31  1234.567890: bpf_trace_printk: text". The five letters: interrupts masked,
// reschedule wanted, in an interrupt (neither is recorded), depth of preemption-off sections, migration off (never).
void print_message(TextSink& out, const Message& m) {
  const RecordHeader& h = m.header;
  char name[32];
  BufferSink padded(name);
  format_to(padded, "{}", std::string_view(h.comm));
  if (m.lost_before != 0) format_to(out, "CPU:{} [LOST {} EVENTS]\n", h.hart, m.lost_before);
  const char depth = h.preempt_depth == 0 ? '.' : "0123456789abcdef"[std::min<int>(h.preempt_depth, 15)];
  format_to(out, "{16}-{-7} [{03}] {}..{}. {5}.{06}: bpf_trace_printk: ", padded.view(), h.pid, h.hart,
            h.interrupts_masked ? 'd' : '.', depth, h.ns / 1'000'000'000, h.ns / 1000 % 1'000'000);
  out.write({m.text, m.text_bytes});
  out.write("\n");
}

// Copies the record at `position` out of a ring.
void copy_message(const RecordRing& records, uint64_t position, Message& out) {
  const size_t n = records.read_at(position, {reinterpret_cast<uint8_t*>(&out), kRecordBytes});
  out.text_bytes = n - sizeof(out.header);
  out.lost_before = 0;
}

uint64_t time_at(const RecordRing& records, uint64_t position) {
  uint64_t ns;
  static_assert(offsetof(RecordHeader, ns) == 0);
  records.read_at(position, {reinterpret_cast<uint8_t*>(&ns), sizeof(ns)});
  return ns;
}

// Walks all rings in order of time. Consuming, it always takes the oldest record; otherwise it keeps a position per
// ring.
class Walk {
 public:
  explicit Walk(bool consume) : consume_(consume) {}

  // False at the end.
  bool next(Message& out) {
    while (const auto hart = oldest()) {
      HartRing& ring = g_rings[*hart];
      bpf::platform::LockGuard guard(ring.lock);
      uint64_t& at = at_[*hart];
      // Meanwhile a writer may have dropped the record that oldest() saw, or another reader taken it.
      at = consume_ ? ring.records.begin() : std::max(at, ring.records.begin());
      if (at >= ring.records.end()) continue;
      copy_message(ring.records, at, out);
      at = ring.records.next(at);
      if (consume_) {
        ring.records.pop();
        out.lost_before = ring.records.take_lost() + ring.refused.exchange(0, std::memory_order_relaxed);
      }
      return true;
    }
    return false;
  }

 private:
  // The ring whose next record is the oldest of all.
  std::optional<uint32_t> oldest() {
    std::optional<uint32_t> found;
    uint64_t found_ns = 0;
    for (uint32_t i = 0; i < hart_count(); i++) {
      HartRing& ring = g_rings[i];
      bpf::platform::LockGuard guard(ring.lock);
      const uint64_t at = consume_ ? ring.records.begin() : std::max(at_[i], ring.records.begin());
      if (at >= ring.records.end()) continue;
      const uint64_t ns = time_at(ring.records, at);
      if (found && ns >= found_ns) continue;
      found = i;
      found_ns = ns;
    }
    return found;
  }

  const bool consume_;
  uint64_t at_[arch::kMaxHarts] = {};
};

bool is_empty() {
  for (uint32_t i = 0; i < hart_count(); i++) {
    bpf::platform::LockGuard guard(g_rings[i].lock);
    if (!g_rings[i].records.empty()) return false;
  }
  return true;
}

// ---- Files
// -----------------------------------------------------------------------------------------------------------

class TracePipe final : public File {
 public:
  TracePipe() { g_open_pipes.fetch_add(1, std::memory_order_seq_cst); }
  ~TracePipe() override { g_open_pipes.fetch_sub(1, std::memory_order_relaxed); }

  // Whole lines, as many as fit; a line that is longer than the buffer comes in pieces.
  Result<size_t> read(IoBuffer buffer, uint64_t*) override {
    if (buffer.size() == 0) return 0;
    for (;;) {
      {
        MutexGuard guard(lock_);
        const size_t n = TRY(take_lines(buffer));
        if (n > 0) return n;
      }
      if ((flags & kNonBlocking) != 0) return fail(Errno::kEAGAIN);
      TRY(g_readers.wait_until([] { return !is_empty(); }));
    }
  }
  uint32_t poll_events() override { return is_empty() ? 0 : kPollIn; }

 private:
  Result<size_t> take_lines(IoBuffer buffer) SKEP_REQUIRES(lock_) {
    size_t done = 0;
    for (;;) {
      if (pending_at_ == pending_.size()) {
        if (!next_line()) return done;
      }
      const std::string_view rest = pending_.substr(pending_at_);
      const size_t n = std::min(rest.size(), buffer.size() - done);
      if (n < rest.size() && done > 0) return done;  // the line waits for the next read
      TRY(buffer.store(done, rest.data(), n));
      pending_at_ += n;
      done += n;
      if (done == buffer.size()) return done;
    }
  }

  bool next_line() SKEP_REQUIRES(lock_) {
    if (!Walk(true).next(message_)) return false;
    BufferSink sink(line_);
    print_message(sink, message_);
    pending_ = sink.view();
    pending_at_ = 0;
    return true;
  }

  Mutex lock_;
  Message message_ SKEP_GUARDED_BY(lock_);
  char line_[kLineBytes] SKEP_GUARDED_BY(lock_);
  std::string_view pending_ SKEP_GUARDED_BY(lock_);  // of line_
  size_t pending_at_ SKEP_GUARDED_BY(lock_) = 0;     // what of it has been read
};

Result<Ref<File>> open_trace_pipe(uint32_t) { return TRY(kcreate<TracePipe>()); }

class TraceFile final : public vfs::TextFile {
 public:
  void generate(vfs::FileText& out) override {
    out.write(
        "# tracer: nop\n#\n#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n#              | |         |   "
        "|||||     |         |\n");
    auto message = KUnique<Message>::create();
    if (!message) return;
    Walk walk(false);
    while (walk.next(**message)) print_message(out, **message);
  }
  Result<void> store(std::string_view) override {
    for (HartRing& ring : g_rings) {
      bpf::platform::LockGuard guard(ring.lock);
      ring.records.clear();
    }
    return {};
  }
};
TraceFile g_trace_file;

void register_files(std::string_view pipe, std::string_view file) {
  constexpr uint32_t kOwnerReads = 0400, kOwnerReadsWrites = 0600;
  if (!vfs::register_device(pipe, kOwnerReads, open_trace_pipe) ||
      !vfs::register_text_file(file, kOwnerReadsWrites, g_trace_file)) {
    log_info("trace: cannot register {}", pipe);
  }
}

}  // namespace

void trace_message(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  text = text.substr(0, kTraceMessageBytes);
  const arch::Thread& thread = arch::current_thread();
  RecordHeader header = {};
  header.interrupts_masked = !arch::interrupts_enabled();
  header.preempt_depth = static_cast<uint8_t>(std::min<uint32_t>(thread.preempt_count, 255));
  header.ns = monotonic_ns();
  header.pid = current_pid();
  const std::string_view comm = current_comm();
  memcpy(header.comm, comm.data(), std::min(comm.size(), sizeof(header.comm) - 1));
  // With preemption on, the task may move on: then it writes into the ring of the hart it was on, which is safe.
  header.hart = static_cast<uint16_t>(hart_index());

  HartRing& ring = g_rings[header.hart];
  uintptr_t saved;
  if (!ring.lock.try_lock_bounded(&saved)) {
    ring.refused.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  ring.records.push(bytes_of(&header, sizeof(header)), bytes_of(text.data(), text.size()));
  ring.lock.unlock(saved);
  if (g_open_pipes.load(std::memory_order_seq_cst) != 0 && !g_wake_pending.exchange(true, std::memory_order_seq_cst)) {
    call_after_grace_period(&g_wake, wake_readers);
  }
}

void init_trace_buffer() {
  for (uint32_t i = 0; i < arch::machine().hart_count; i++) {
    auto* memory = static_cast<uint8_t*>(kmalloc(kTraceRingBytes));
    if (!memory) panic("trace: no memory for the trace buffer");
    bpf::platform::LockGuard guard(g_rings[i].lock);
    g_rings[i].records.use({memory, kTraceRingBytes});
  }
  // Linux shows the same files at both places.
  register_files("/sys/kernel/debug/tracing/trace_pipe", "/sys/kernel/debug/tracing/trace");
  register_files("/sys/kernel/tracing/trace_pipe", "/sys/kernel/tracing/trace");
}

}  // namespace skep::trace
