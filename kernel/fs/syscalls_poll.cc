// Waiting for several files at once.
#include <algorithm>

#include "fs/poll.h"
#include "fs/syscall_args.h"
#include "syscall/table.h"
#include "task/signal.h"
#include "task/thread.h"

using namespace skep;
using namespace skep::vfs;

namespace {

constexpr size_t kMaxFds = FdTable::kMaxDescriptors;

// A relative time limit; nullopt: wait for ever, 0: do not wait.
Result<std::optional<uint64_t>> timeout_argument(uint64_t address) {
  if (address == 0) return std::nullopt;
  const auto t = TRY(read_user<__kernel_timespec>(address));
  if (t.tv_sec < 0 || t.tv_nsec < 0 || t.tv_nsec >= 1'000'000'000) return fail(Errno::kEINVAL);
  constexpr int64_t kLongest = int64_t{1} << 32;  // seconds; beyond a century it is for ever
  if (t.tv_sec > kLongest) return std::nullopt;
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

// Calls scan() until it finds something ready (a count above 0), a signal comes (EINTR) or the time is over (0).
template <typename Scan>
Result<long> wait_for_events(std::optional<uint64_t> timeout_ns, Scan&& scan) {
  long ready = scan();
  if (ready > 0 || (timeout_ns && *timeout_ns == 0)) return ready;
  PollScope scope;
  const auto condition = [&] { return (ready = scan()) > 0; };
  const uint64_t deadline = timeout_ns ? resume_deadline(monotonic_ns() + *timeout_ns) : WaitQueue::kNoDeadline;
  const Result<void> waited = poll_queue.wait_until_deadline(deadline, condition);
  if (!waited && waited.error() != Errno::kETIMEDOUT) {
    if (timeout_ns) keep_deadline(deadline);
    return fail(waited.error());
  }
  return ready;
}

Result<long> poll_files(uint64_t fds, uint64_t count, uint64_t timeout) {
  if (count > kMaxFds) return fail(Errno::kEINVAL);
  const std::optional<uint64_t> limit = TRY(timeout_argument(timeout));
  KVector<pollfd> entries;
  KVector<Ref<File>> files;  // kept open while we wait
  TRY(entries.resize(count));
  TRY(files.resize(count));
  if (count > 0) TRY(copy_from_user(entries.data(), fds, count * sizeof(pollfd)));
  for (size_t i = 0; i < count; i++) {
    if (Result<Ref<File>> file = current_fd_table().get(entries[i].fd)) files[i] = std::move(*file);
  }
  const long ready = TRY(wait_for_events(limit, [&] {
    long n = 0;
    for (size_t i = 0; i < count; i++) {
      pollfd& e = entries[i];
      const uint32_t wanted = static_cast<uint16_t>(e.events) | POLLERR | POLLHUP;
      uint32_t events = 0;
      if (e.fd >= 0) events = files[i] ? files[i]->poll_events() & wanted : POLLNVAL;
      e.revents = static_cast<short>(events);
      n += events != 0;
    }
    return n;
  }));
  for (size_t i = 0; i < count; i++) {
    TRY(write_user(fds + i * sizeof(pollfd) + offsetof(pollfd, revents), entries[i].revents));
  }
  return ready;
}

// The signal mask that ppoll and pselect6 wait with. When a signal ends the wait, the old mask comes back after its
// handler, as with sigsuspend; otherwise at once.
class WaitMask {
 public:
  Result<void> apply(UserAddr mask, size_t bytes) {
    if (mask == 0) return {};
    if (bytes != sizeof(SignalSet)) return fail(Errno::kEINVAL);
    const auto set = TRY(read_user<SignalSet>(mask));
    Task& task = current_task();
    old_ = task.blocked_signals;
    task.blocked_signals = set & ~kUnblockable;
    applied_ = true;
    return {};
  }
  template <typename T>
  Result<T> end(Result<T> result) {
    if (!applied_) return result;
    Task& task = current_task();
    if (!result && result.error() == Errno::kEINTR) {
      task.saved_blocked_signals = old_;
      task.restore_blocked_signals = true;
    } else {
      task.blocked_signals = old_;
    }
    return result;
  }

 private:
  SignalSet old_ = 0;
  bool applied_ = false;
};

// One of select's bit sets.
struct FdSet {
  uint64_t bits[kMaxFds / 64] = {};
  bool has(size_t fd) const { return bits[fd / 64] >> fd % 64 & 1; }
  void add(size_t fd) { bits[fd / 64] |= uint64_t{1} << fd % 64; }
};

Result<long> select_files(uint64_t count, const uint64_t (&addresses)[3], uint64_t timeout) {
  if (static_cast<int32_t>(count) < 0) return fail(Errno::kEINVAL);
  const size_t n = std::min<size_t>(static_cast<uint32_t>(count), kMaxFds);
  const size_t bytes = align_up(n, size_t{64}) / 8;
  const std::optional<uint64_t> limit = TRY(timeout_argument(timeout));
  struct Sets {
    FdSet wanted[3], found[3];
  };
  KUnique<Sets> sets = TRY(KUnique<Sets>::create());
  KVector<Ref<File>> files;
  TRY(files.resize(n));
  for (size_t s = 0; s < 3; s++) {
    if (addresses[s] && bytes) TRY(copy_from_user(sets->wanted[s].bits, addresses[s], bytes));
  }
  for (size_t fd = 0; fd < n; fd++) {
    if (sets->wanted[0].has(fd) || sets->wanted[1].has(fd) || sets->wanted[2].has(fd)) {
      files[fd] = TRY(current_fd_table().get(static_cast<int>(fd)));
    }
  }
  static constexpr uint32_t kMeaning[3] = {POLLIN | POLLRDNORM | POLLHUP | POLLERR, POLLOUT | POLLWRNORM | POLLERR,
                                           POLLPRI};
  const long ready = TRY(wait_for_events(limit, [&] {
    long total = 0;
    for (FdSet& set : sets->found) set = FdSet{};
    for (size_t fd = 0; fd < n; fd++) {
      if (!files[fd]) continue;
      const uint32_t events = files[fd]->poll_events();
      for (size_t s = 0; s < 3; s++) {
        if (!sets->wanted[s].has(fd) || !(events & kMeaning[s])) continue;
        sets->found[s].add(fd);
        total++;
      }
    }
    return total;
  }));
  for (size_t s = 0; s < 3; s++) {
    if (addresses[s] && bytes) TRY(copy_to_user(addresses[s], sets->found[s].bits, bytes));
  }
  return ready;
}

}  // namespace

extern "C" {

long sys_ppoll(uint64_t fds, uint64_t count, uint64_t timeout, uint64_t mask, uint64_t mask_bytes) {
  return finish([&]() -> Result<long> {
    WaitMask wait_mask;
    TRY(wait_mask.apply(mask, mask_bytes));
    return wait_mask.end(poll_files(fds, static_cast<uint32_t>(count), timeout));
  });
}

long sys_pselect6(uint64_t count, uint64_t read, uint64_t write, uint64_t except, uint64_t timeout, uint64_t mask) {
  return finish([&]() -> Result<long> {
    // The sixth argument is a pair: the mask's address and its size.
    struct Pair {
      uint64_t address = 0, bytes = 0;
    } pair;
    if (mask != 0) pair = TRY(read_user<Pair>(mask));
    WaitMask wait_mask;
    TRY(wait_mask.apply(pair.address, pair.bytes));
    return wait_mask.end(select_files(count, {read, write, except}, timeout));
  });
}

}  // extern "C"
