#include "trace/kprobe.h"

#include <string.h>

#include <algorithm>

#include "arch/hooks.h"
#include "arch/limits.h"
#include "arch/probe.h"
#include "arch/riscv/thread.h"
#include "fs/vfs.h"
#include "lib/log.h"
#include "mm/heap.h"
#include "task/spinlock.h"
#include "task/task.h"
#include "trace/kallsyms.h"
#include "trace/limits.h"

extern "C" const char kernel_text_start[], kernel_text_end[], noprobe_text_end[];

namespace skep::trace {

// One probed address. In the table from before its breakpoint is written until after it is gone, so that a hart that
// traps finds it; its memory and slot go back a grace period later.
class Kprobe {
 public:
  arch::ProbeSite site;
  std::atomic<Kprobe*> next_in_bucket{nullptr};
  std::atomic<KprobeClient*> clients{nullptr};  // in order of registration
  GraceCallback grace;
};

namespace {

// Serialises changes of the table, the client lists, the slots and the text. Hits take no lock.
SpinLock g_lock{"kprobes"};
std::atomic<Kprobe*> g_buckets[kProbeBuckets];
std::atomic<uint32_t> g_armed{0};

struct alignas(64) HartState {
  bool in_probe = false;
};
HartState g_hart_states[arch::kMaxHarts];

[[gnu::always_inline]] inline std::atomic<Kprobe*>& bucket_of(uint64_t address) {
  return g_buckets[address / arch::kProbeAlignment % kProbeBuckets];
}

[[gnu::always_inline]] inline Kprobe* find_probe(uint64_t address) {
  Kprobe* p = bucket_of(address).load(std::memory_order_acquire);
  while (p && p->site.address() != address) p = p->next_in_bucket.load(std::memory_order_acquire);
  return p;
}

// ---- The hit path
// ----------------------------------------------------------------------------------------------------

SKEP_NOPROBE bool on_breakpoint(pt_regs& regs) {
  if (arch::finish_probe_step(regs)) return true;
  Kprobe* probe = find_probe(regs.epc);
  if (!probe) {
    // Disarmed between this hart's trap and the look-up: the original instruction is back and only has to be executed.
    return !arch::breakpoint_at(regs.epc);
  }
  HartState& hart = g_hart_states[arch::this_hart().index];
  KprobeClient* client = probe->clients.load(std::memory_order_acquire);
  if (hart.in_probe) {
    for (; client; client = client->next.load(std::memory_order_acquire)) client->missed(*client);
  } else {
    hart.in_probe = true;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    for (; client; client = client->next.load(std::memory_order_acquire)) client->hit(*client, regs);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    hart.in_probe = false;
  }
  arch::step_over_probe(probe->site, regs);
  return true;
}

// ---- Places
// ----------------------------------------------------------------------------------------------------------

bool in_kernel_text(uint64_t address) {
  return address >= reinterpret_cast<uint64_t>(kernel_text_start) &&
         address < reinterpret_cast<uint64_t>(kernel_text_end);
}

// The linker puts the boot code and .noprobe.text first.
bool is_forbidden(uint64_t address) { return address < reinterpret_cast<uint64_t>(noprobe_text_end); }

// A program that tries address after address must not fill the log: some refusals a second are shown, the rest counted.
bool may_log_refusal() {
  constexpr uint64_t kWindowNs = 1'000'000'000;
  static std::atomic<uint64_t> window_start{0};
  static std::atomic<uint32_t> in_window{0};
  const uint64_t now = monotonic_ns();
  uint64_t start = window_start.load(std::memory_order_relaxed);
  if (now - start >= kWindowNs && window_start.compare_exchange_strong(start, now, std::memory_order_relaxed)) {
    const uint32_t before = in_window.exchange(0, std::memory_order_relaxed);
    if (before > kRefusalsPerSecond) log_info("kprobe: {} more places were refused", before - kRefusalsPerSecond);
  }
  return in_window.fetch_add(1, std::memory_order_relaxed) < kRefusalsPerSecond;
}

void log_refusal(uint64_t address, std::string_view reason) {
  if (!may_log_refusal()) return;
  char place[128];
  BufferSink sink(place);
  kallsyms::print_address(sink, address);
  log_info("kprobe: {} cannot be probed: {}", sink.view(), reason);
}

void log_unknown_place(std::string_view function, Errno error) {
  if (!may_log_refusal()) return;
  log_info("kprobe: {}: {}", function,
           error == Errno::kENOENT ? "no such symbol" : "the name stands for several functions");
}

}  // namespace

Result<KprobePlace> find_kprobe_place(std::string_view function, uint64_t offset) {
  KprobePlace place;
  if (function.empty()) {
    place.address = offset;
  } else {
    const auto symbol = kallsyms::find_by_name(function);
    if (!symbol) {
      log_unknown_place(function, symbol.error());
      return fail(symbol.error());
    }
    if (offset != 0 && offset >= symbol->size) {
      log_refusal(symbol->address, "the offset lies beyond its end");
      return fail(Errno::kEINVAL);
    }
    place.address = symbol->address + offset;
  }
  if (!in_kernel_text(place.address)) {
    log_refusal(place.address, "it is no kernel code");
    return fail(Errno::kEINVAL);
  }
  const auto around = kallsyms::find_by_address(place.address);
  if (!around || !around->is_function()) {
    log_refusal(place.address, "it belongs to no function");
    return fail(Errno::kEINVAL);
  }
  if (is_forbidden(place.address)) {
    log_refusal(place.address, "probes need this code themselves (.noprobe.text)");
    return fail(Errno::kEINVAL);
  }
  place.function = around->address;
  place.function_bytes = around->size;
  return place;
}

namespace {

// The function's bytes as they were linked: armed breakpoints are replaced by what they stand for.
void copy_original_text(uint64_t from, std::span<uint8_t> to) SKEP_REQUIRES(g_lock) {
  memcpy(to.data(), reinterpret_cast<const void*>(from), to.size());
  for (size_t at = 0; at < to.size(); at += arch::kProbeAlignment) {
    const Kprobe* armed = find_probe(from + at);
    if (!armed) continue;
    const auto original = arch::replaced_text(armed->site);
    memcpy(&to[at], original.data(), std::min(original.size(), to.size() - at));
  }
}

void append_client(Kprobe& probe, KprobeClient& client) SKEP_REQUIRES(g_lock) {
  client.probe = &probe;
  client.next.store(nullptr, std::memory_order_relaxed);
  std::atomic<KprobeClient*>* link = &probe.clients;
  while (KprobeClient* at = link->load(std::memory_order_relaxed)) link = &at->next;
  link->store(&client, std::memory_order_release);
}

void dispose_after_grace(GraceCallback* callback) {
  auto* probe = reinterpret_cast<Kprobe*>(reinterpret_cast<char*>(callback) - offsetof(Kprobe, grace));
  {
    SpinGuard guard(g_lock);
    arch::release_probe_slot(probe->site);
  }
  kdelete(probe);
}

// With a fresh Kprobe and room for the function's text at hand: decides and arms.
Result<void> arm_locked(KUnique<Kprobe>& fresh, const KprobePlace& place, std::span<uint8_t> text,
                        std::string_view& why) SKEP_REQUIRES(g_lock) {
  copy_original_text(place.function, text);
  fresh->site = TRY(arch::prepare_probe(place.function, text, place.address - place.function, why));
  why = "there is no room to step its instructions out of line";
  TRY(arch::acquire_probe_slot(fresh->site));
  Kprobe* probe = fresh.release();
  auto& bucket = bucket_of(place.address);
  probe->next_in_bucket.store(bucket.load(std::memory_order_relaxed), std::memory_order_relaxed);
  bucket.store(probe, std::memory_order_release);
  arch::arm_probe(probe->site);
  g_armed.fetch_add(1, std::memory_order_relaxed);
  return {};
}

}  // namespace

Result<void> register_kprobe(KprobeClient& client, const KprobePlace& place) {
  // What may be needed is allocated before the lock is taken.
  const uint64_t offset = place.address - place.function;
  const size_t text_bytes = std::min<uint64_t>(place.function_bytes, offset + 4);  // the longest instruction has 4
  if (text_bytes > kFunctionBytes) return fail(Errno::kEINVAL);
  auto fresh = TRY(KUnique<Kprobe>::create());
  KVector<uint8_t> text;
  TRY(text.resize(text_bytes));

  std::string_view why;
  Result<void> armed;
  {
    SpinGuard guard(g_lock);
    Kprobe* probe = find_probe(place.address);
    if (!probe) {
      // The client must be there when the breakpoint is, or a first hit would be lost; the list is built on the way.
      append_client(*fresh, client);
      armed = arm_locked(fresh, place, text.span(), why);
    } else {
      append_client(*probe, client);
    }
  }
  if (!armed) {
    client.probe = nullptr;
    log_refusal(place.address, why);
  }
  return armed;
}

void unregister_kprobe(KprobeClient& client) {
  Kprobe* unused = nullptr;
  {
    SpinGuard guard(g_lock);
    Kprobe& probe = *client.probe;
    std::atomic<KprobeClient*>* link = &probe.clients;
    while (link->load(std::memory_order_relaxed) != &client) link = &link->load(std::memory_order_relaxed)->next;
    // The client's own `next` stays: a hit may stand on it.
    link->store(client.next.load(std::memory_order_relaxed), std::memory_order_release);
    client.probe = nullptr;
    if (!probe.clients.load(std::memory_order_relaxed)) {
      arch::disarm_probe(probe.site);
      g_armed.fetch_sub(1, std::memory_order_relaxed);
      std::atomic<Kprobe*>* place = &bucket_of(probe.site.address());
      while (place->load(std::memory_order_relaxed) != &probe)
        place = &place->load(std::memory_order_relaxed)->next_in_bucket;
      place->store(probe.next_in_bucket.load(std::memory_order_relaxed), std::memory_order_release);
      unused = &probe;
    }
  }
  if (unused) call_after_grace_period(&unused->grace, dispose_after_grace);
}

// ---- Files
// -----------------------------------------------------------------------------------------------------------

namespace {

// Linux's form: address, kind of probe, symbol+offset.
class ListFile final : public vfs::TextFile {
 public:
  void generate(vfs::FileText& out) override {
    KVector<uint64_t> addresses;
    if (!addresses.resize(g_armed.load(std::memory_order_relaxed))) return;
    size_t found = 0;
    {
      SpinGuard guard(g_lock);
      for (auto& bucket : g_buckets) {
        for (Kprobe* p = bucket.load(std::memory_order_relaxed); p && found < addresses.size();
             p = p->next_in_bucket.load(std::memory_order_relaxed)) {
          addresses[found++] = p->site.address();
        }
      }
    }
    std::sort(addresses.begin(), addresses.begin() + found, [](uint64_t a, uint64_t b) { return a < b; });
    for (size_t i = 0; i < found; i++) {
      const auto symbol = kallsyms::find_by_address(addresses[i]);
      if (symbol) format_to(out, "{016x}  k  {}+{#x}\n", addresses[i], symbol->name, addresses[i] - symbol->address);
    }
  }
};

// Where probes are forbidden: address range and symbol.
class BlacklistFile final : public vfs::TextFile {
 public:
  void generate(vfs::FileText& out) override {
    for (size_t i = 0; i < kallsyms::count(); i++) {
      const auto s = kallsyms::symbol_at(i);
      if (!s.is_function() || !in_kernel_text(s.address) || !is_forbidden(s.address)) continue;
      format_to(out, "{#018x}-{#018x}\t{}\n", s.address, s.address + s.size, s.name);
    }
  }
};

ListFile g_list_file;
BlacklistFile g_blacklist_file;

}  // namespace

void init_kprobes() {
  arch::set_breakpoint_hook(on_breakpoint);
  arch::set_probe_fault_hook(arch::leave_probe_slot);
  constexpr uint32_t kOwnerReads = 0400;
  if (!vfs::register_text_file("/sys/kernel/debug/kprobes/list", kOwnerReads, g_list_file) ||
      !vfs::register_text_file("/sys/kernel/debug/kprobes/blacklist", kOwnerReads, g_blacklist_file)) {
    log_info("kprobe: cannot register /sys/kernel/debug/kprobes");
  }
}

}  // namespace skep::trace
