#include "dev/rtc.h"

#include <atomic>

#include "arch/machine.h"
#include "dev/drivers.h"
#include "task/task.h"

namespace skep {

namespace {
std::atomic<uint64_t> g_boot_epoch_ns{0};  // the time of day when monotonic_ns() was 0
}

uint64_t realtime_ns() { return g_boot_epoch_ns.load(std::memory_order_relaxed) + monotonic_ns(); }
void set_realtime_ns(uint64_t now) { g_boot_epoch_ns.store(now - monotonic_ns(), std::memory_order_relaxed); }

void dev::init_rtc() {
  // Google's Goldfish RTC: reading TIME_LOW latches TIME_HIGH; together they are nanoseconds since 1970.
  constexpr size_t kTimeLow = 0, kTimeHigh = 4;
  volatile uint8_t* base = arch::machine().rtc.bytes ? arch::map_device(arch::machine().rtc) : nullptr;
  if (!base) return;
  const uint64_t low = *reinterpret_cast<volatile uint32_t*>(base + kTimeLow);
  const uint64_t high = *reinterpret_cast<volatile uint32_t*>(base + kTimeHigh);
  set_realtime_ns(high << 32 | low);
}

}  // namespace skep
