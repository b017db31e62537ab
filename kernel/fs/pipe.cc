#include "fs/pipe.h"

#include <string.h>

#include <algorithm>

#include "dev/rtc.h"
#include "fs/limits.h"
#include "fs/node.h"
#include "fs/poll.h"
#include "task/task.h"
#include "uapi/fs.h"

namespace skep::vfs {

namespace {

constexpr int kSigPipe = 13;

class Pipe final : public RefCounted<Pipe> {
 public:
  Pipe() = default;
  ~Pipe() { kfree(ring_); }
  void last_reference_dropped() { kdelete(this); }

  Result<size_t> read(IoBuffer buffer, bool nonblocking);
  Result<size_t> write(IoBuffer buffer, bool nonblocking);
  uint32_t reader_events() const;
  uint32_t writer_events() const;
  uint32_t held() const { return static_cast<uint32_t>(written_.load() - read_.load()); }

  // An end appears or goes.
  void add_end(bool writer) { (writer ? writers_ : readers_).fetch_add(1); }
  void drop_end(bool writer) {
    (writer ? writers_ : readers_).fetch_sub(1);
    changed();
  }
  void stat(struct stat& out) const;
  const uint64_t ino = g_next_ino.fetch_add(1);

 private:
  void changed() {
    queue_.wake_all();
    notify_pollers();
  }
  Result<size_t> copy_in(IoBuffer buffer, size_t at, size_t bytes) SKEP_REQUIRES(lock_);
  Result<size_t> copy_out(IoBuffer buffer) SKEP_REQUIRES(lock_);

  static std::atomic<uint64_t> g_next_ino;

  Mutex lock_;                                      // one transfer at a time; held while user memory is copied
  WaitQueue queue_;                                 // readers and writers
  uint8_t* ring_ SKEP_GUARDED_BY(lock_) = nullptr;  // from the first write on
  // Bytes ever read and written; moved under lock_, looked at without it to decide about sleeping.
  std::atomic<uint64_t> read_{0}, written_{0};
  std::atomic<uint32_t> readers_{0}, writers_{0};
  uint64_t created_ns_ = realtime_ns();
};

std::atomic<uint64_t> Pipe::g_next_ino{1};

// Moves what fits of buffer[at, at + bytes) into the ring, in at most two pieces.
Result<size_t> Pipe::copy_in(IoBuffer buffer, size_t at, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    const size_t room = kPipeBytes - held();
    const size_t from = written_.load() % kPipeBytes;
    const size_t n = std::min({room, bytes - done, kPipeBytes - from});
    if (n == 0) break;
    const Result<void> loaded = buffer.load(at + done, ring_ + from, n);
    if (!loaded) return done > 0 ? Result<size_t>(done) : fail(loaded.error());
    written_.fetch_add(n);
    done += n;
  }
  return done;
}

Result<size_t> Pipe::copy_out(IoBuffer buffer) {
  size_t done = 0;
  while (done < buffer.size()) {
    const size_t from = read_.load() % kPipeBytes;
    const size_t n = std::min({size_t{held()}, buffer.size() - done, kPipeBytes - from});
    if (n == 0) break;
    const Result<void> stored = buffer.store(done, ring_ + from, n);
    if (!stored) return done > 0 ? Result<size_t>(done) : fail(stored.error());
    read_.fetch_add(n);
    done += n;
  }
  return done;
}

Result<size_t> Pipe::read(IoBuffer buffer, bool nonblocking) {
  if (buffer.size() == 0) return 0;
  for (;;) {
    // The writers are counted before the ring is looked at: what the last one wrote before it went is still seen.
    const bool had_writers = writers_.load() > 0;
    {
      MutexGuard guard(lock_);
      if (held() > 0) {
        const Result<size_t> n = copy_out(buffer);
        if (n) changed();
        return n;
      }
    }
    if (!had_writers) return 0;
    if (nonblocking) return fail(Errno::kEAGAIN);
    TRY(queue_.wait_until([this] { return held() > 0 || writers_.load() == 0; }));
  }
}

Result<size_t> Pipe::write(IoBuffer buffer, bool nonblocking) {
  const size_t total = buffer.size();
  if (total == 0) return 0;
  size_t done = 0;
  const auto partial = [&](Errno e) { return done > 0 ? Result<size_t>(done) : Result<size_t>(fail(e)); };
  for (;;) {
    if (readers_.load() == 0) {
      signal_current(kSigPipe);
      return partial(Errno::kEPIPE);
    }
    // A small write goes in whole or waits (pipe(7), "PIPE_BUF").
    const size_t needed = total <= kPipeBuf ? total : 1;
    {
      MutexGuard guard(lock_);
      if (!ring_) {
        ring_ = static_cast<uint8_t*>(kmalloc(kPipeBytes));
        if (!ring_) return partial(Errno::kENOMEM);
      }
      if (kPipeBytes - held() >= needed) {
        const Result<size_t> n = copy_in(buffer, done, total - done);
        if (!n) return partial(n.error());
        done += *n;
        changed();
        if (done == total) return done;
      }
    }
    if (nonblocking) return partial(Errno::kEAGAIN);
    const Result<void> waited =
        queue_.wait_until([&] { return kPipeBytes - held() >= needed || readers_.load() == 0; });
    if (!waited) return partial(waited.error());
  }
}

uint32_t Pipe::reader_events() const {
  uint32_t events = held() > 0 ? POLLIN | POLLRDNORM : 0u;
  if (writers_.load() == 0) events |= POLLHUP;
  return events;
}

uint32_t Pipe::writer_events() const {
  if (readers_.load() == 0) return POLLERR | POLLOUT | POLLWRNORM;
  return kPipeBytes - held() >= kPipeBuf ? POLLOUT | POLLWRNORM : 0u;
}

void Pipe::stat(struct stat& out) const {
  memset(&out, 0, sizeof(out));
  out.st_dev = device_number(FsType::kPipe);
  out.st_ino = ino;
  out.st_mode = S_IFIFO | 0600;
  out.st_nlink = 1;
  out.st_uid = 0;
  out.st_blksize = 4096;
  out.st_atime = out.st_mtime = out.st_ctime = static_cast<long>(created_ns_ / 1'000'000'000);
}

class PipeEnd final : public File {
 public:
  PipeEnd(Ref<Pipe> pipe, bool writer) : pipe_(std::move(pipe)), writer_(writer) { pipe_->add_end(writer_); }
  ~PipeEnd() override { pipe_->drop_end(writer_); }

  Result<size_t> read(IoBuffer buffer, uint64_t*) override { return pipe_->read(buffer, nonblocking()); }
  Result<size_t> write(IoBuffer buffer, uint64_t*) override { return pipe_->write(buffer, nonblocking()); }
  Result<long> ioctl(uint32_t request, uint64_t argument) override {
    if (request != FIONREAD) return fail(Errno::kENOTTY);
    TRY(write_user(argument, static_cast<int32_t>(pipe_->held())));
    return 0;
  }
  Result<void> stat(struct stat& out) override {
    pipe_->stat(out);
    return {};
  }
  uint32_t poll_events() override { return writer_ ? pipe_->writer_events() : pipe_->reader_events(); }
  void describe(TextSink& out) override { format_to(out, "pipe:[{}]", pipe_->ino); }

 private:
  bool nonblocking() const { return (flags.load(std::memory_order_relaxed) & O_NONBLOCK) != 0; }
  const Ref<Pipe> pipe_;
  const bool writer_;
};

}  // namespace

Result<PipeEnds> create_pipe(uint32_t flags) {
  Ref<Pipe> pipe = TRY(kcreate<Pipe>());
  PipeEnds ends;
  ends.reader = TRY(kcreate<PipeEnd>(pipe, false));
  ends.writer = TRY(kcreate<PipeEnd>(std::move(pipe), true));
  ends.reader->flags = O_RDONLY | flags;
  ends.writer->flags = O_WRONLY | flags;
  return ends;
}

}  // namespace skep::vfs
