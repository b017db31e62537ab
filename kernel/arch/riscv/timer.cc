#include "arch/riscv/timer.h"

#include "arch/clock.h"
#include "arch/machine.h"
#include "arch/riscv/csr.h"
#include "arch/riscv/sbi.h"
#include "arch/riscv/thread.h"

namespace skep::arch {

namespace {

uint64_t g_ticks_per_period;
uint64_t g_boot_time;
// Nanoseconds per tick of `time` as a fraction: ns = ticks * g_ns_numerator / g_ns_denominator, both small for the
// usual 10 MHz, so that the product stays within 64 bits for centuries.
uint64_t g_ns_numerator = 1, g_ns_denominator = 1;
uint64_t g_next_tick[kMaxHarts];

uint64_t greatest_common_divisor(uint64_t a, uint64_t b) {
  while (b != 0) {
    const uint64_t r = a % b;
    a = b;
    b = r;
  }
  return a;
}

}  // namespace

void init_clock() {
  const uint64_t hz = machine().timebase_hz;
  const uint64_t common = greatest_common_divisor(1'000'000'000, hz);
  g_ns_numerator = 1'000'000'000 / common;
  g_ns_denominator = hz / common;
  g_ticks_per_period = hz / kTicksPerSecond;
  g_boot_time = read_time();
}

uint64_t clock_ns() {
  const uint64_t ticks = read_time() - g_boot_time;
  return ticks / g_ns_denominator * g_ns_numerator + ticks % g_ns_denominator * g_ns_numerator / g_ns_denominator;
}

ClockScale clock_scale() { return {g_boot_time, g_ns_denominator == 1 ? g_ns_numerator : 0}; }

void start_hart_timer() {
  g_next_tick[this_hart().index] = read_time() + g_ticks_per_period;
  sbi::set_timer(g_next_tick[this_hart().index]);
}

bool take_timer_interrupt() {
  uint64_t& next = g_next_tick[this_hart().index];
  const uint64_t now = read_time();
  const bool tick = now >= next;
  if (tick) {
    next += g_ticks_per_period;
    if (next <= now) next = now + g_ticks_per_period;  // ticks were missed: the host was busy
  }
  sbi::set_timer(next);
  return tick;
}

void request_timer_interrupt(uint64_t deadline_ns) {
  const uint64_t ticks = deadline_ns / g_ns_numerator * g_ns_denominator +
                         deadline_ns % g_ns_numerator * g_ns_denominator / g_ns_numerator + 1;
  const uint64_t at = g_boot_time + ticks;
  if (at < g_next_tick[this_hart().index]) sbi::set_timer(at);
}

}  // namespace skep::arch
