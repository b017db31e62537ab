#include "task/random.h"

#include "arch/riscv/csr.h"
#include "arch/riscv/thread.h"

namespace skep {

uint32_t fast_random_u32() {
  // SplitMix64 over a per-hart counter; an update lost to an interrupt only costs a little of its period.
  static uint64_t states[arch::kMaxHarts];
  uint64_t& state = states[arch::this_hart().index];
  state += 0x9e3779b97f4a7c15 ^ (arch::read_time() << 32);
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return static_cast<uint32_t>((z ^ (z >> 31)) >> 16);
}

}  // namespace skep
