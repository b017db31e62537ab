#include "task/random.h"

#include <string.h>

#include <algorithm>
#include <bit>

#include "arch/riscv/csr.h"
#include "arch/riscv/thread.h"
#include "task/spinlock.h"

namespace skep {

namespace {

struct Generator {
  SpinLock lock{"random"};
  uint32_t key[8] SKEP_GUARDED_BY(lock) = {};
  uint64_t counter SKEP_GUARDED_BY(lock) = 0;
};
Generator g_generator;

void quarter_round(uint32_t& a, uint32_t& b, uint32_t& c, uint32_t& d) {
  a += b, d = std::rotl(d ^ a, 16);
  c += d, b = std::rotl(b ^ c, 12);
  a += b, d = std::rotl(d ^ a, 8);
  c += d, b = std::rotl(b ^ c, 7);
}

// RFC 8439, "The ChaCha20 Block Function".
void chacha20_block(const uint32_t (&key)[8], uint64_t counter, uint32_t (&out)[16]) {
  const uint32_t start[16] = {0x61707865,
                              0x3320646e,
                              0x79622d32,
                              0x6b206574,
                              key[0],
                              key[1],
                              key[2],
                              key[3],
                              key[4],
                              key[5],
                              key[6],
                              key[7],
                              static_cast<uint32_t>(counter),
                              static_cast<uint32_t>(counter >> 32),
                              0,
                              0};
  memcpy(out, start, sizeof(start));
  for (int i = 0; i < 10; i++) {
    for (int column = 0; column < 4; column++)
      quarter_round(out[column], out[column + 4], out[column + 8], out[column + 12]);
    quarter_round(out[0], out[5], out[10], out[15]);
    quarter_round(out[1], out[6], out[11], out[12]);
    quarter_round(out[2], out[7], out[8], out[13]);
    quarter_round(out[3], out[4], out[9], out[14]);
  }
  for (int i = 0; i < 16; i++) out[i] += start[i];
}

// A fresh key, so that what was handed out cannot be computed back from a later state.
void take_key(uint32_t (&key)[8]) {
  SpinGuard guard(g_generator.lock);
  g_generator.key[7] ^= static_cast<uint32_t>(arch::read_time());
  uint32_t block[16];
  chacha20_block(g_generator.key, g_generator.counter++, block);
  memcpy(g_generator.key, block, sizeof(g_generator.key));
  memcpy(key, block + 8, sizeof(key));
}

}  // namespace

void seed_random(std::span<const uint8_t> seed) {
  SpinGuard guard(g_generator.lock);
  for (size_t i = 0; i < seed.size(); i++) {
    g_generator.key[i / 4 % 8] ^= uint32_t{seed[i]} << (8 * (i % 4));
  }
}

void fill_random(std::span<uint8_t> out) {
  uint32_t key[8];
  take_key(key);
  for (uint64_t counter = 0; !out.empty(); counter++) {
    uint32_t block[16];
    chacha20_block(key, counter, block);
    const size_t n = std::min(out.size(), sizeof(block));
    memcpy(out.data(), block, n);
    out = out.subspan(n);
  }
}

uint32_t fast_random_u32() {
  // SplitMix64 over a per-hart counter; a torn update under preemption only costs a little of its period.
  static uint64_t states[arch::kMaxHarts];
  uint64_t& state = states[arch::this_hart().index];
  state += 0x9e3779b97f4a7c15 ^ (arch::read_time() << 32);
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return static_cast<uint32_t>((z ^ (z >> 31)) >> 16);
}

}  // namespace skep
