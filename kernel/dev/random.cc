#include "dev/random.h"

#include <string.h>

#include <algorithm>
#include <bit>

#include "arch/machine.h"
#include "task/task.h"

namespace skep::dev {

namespace {

constexpr size_t kBlockBytes = 64;
constexpr size_t kKeyWords = 8;

SpinLock g_lock{"random"};
uint32_t g_key[kKeyWords] SKEP_GUARDED_BY(g_lock) = {};
uint64_t g_requests SKEP_GUARDED_BY(g_lock) = 0;

void quarter_round(uint32_t& a, uint32_t& b, uint32_t& c, uint32_t& d) {
  a += b, d = std::rotl(d ^ a, 16);
  c += d, b = std::rotl(b ^ c, 12);
  a += b, d = std::rotl(d ^ a, 8);
  c += d, b = std::rotl(b ^ c, 7);
}

void chacha20_block(const uint32_t (&key)[kKeyWords], uint64_t counter, uint64_t nonce, uint32_t (&out)[16]) {
  const uint32_t initial[16] = {0x61707865,
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
                                static_cast<uint32_t>(nonce),
                                static_cast<uint32_t>(nonce >> 32)};
  uint32_t s[16];
  memcpy(s, initial, sizeof(s));
  for (int round = 0; round < 10; round++) {
    quarter_round(s[0], s[4], s[8], s[12]);
    quarter_round(s[1], s[5], s[9], s[13]);
    quarter_round(s[2], s[6], s[10], s[14]);
    quarter_round(s[3], s[7], s[11], s[15]);
    quarter_round(s[0], s[5], s[10], s[15]);
    quarter_round(s[1], s[6], s[11], s[12]);
    quarter_round(s[2], s[7], s[8], s[13]);
    quarter_round(s[3], s[4], s[9], s[14]);
  }
  for (size_t i = 0; i < 16; i++) out[i] = s[i] + initial[i];
}

// A key for one request; the generator's own moves on, so that it cannot be run backwards.
void request_key(uint32_t (&key)[kKeyWords]) {
  uint32_t block[16];
  SpinGuard guard(g_lock);
  g_key[7] ^= static_cast<uint32_t>(monotonic_ns());
  chacha20_block(g_key, g_requests++, 0, block);
  memcpy(g_key, block, sizeof(g_key));
  memcpy(key, block + kKeyWords, sizeof(key));
}

}  // namespace

void init_random() {
  const std::span<const uint8_t> seed = arch::machine().rng_seed;
  SpinGuard guard(g_lock);
  for (size_t i = 0; i < seed.size(); i++) {
    g_key[i / 4 % kKeyWords] ^= uint32_t{seed[i]} << i % 4 * 8;
  }
}

void random_bytes(void* to, size_t bytes) {
  uint32_t key[kKeyWords];
  request_key(key);
  auto* out = static_cast<uint8_t*>(to);
  uint32_t block[16];
  for (uint64_t counter = 0; bytes > 0; counter++) {
    chacha20_block(key, counter, 1, block);
    const size_t n = std::min(bytes, kBlockBytes);
    memcpy(out, block, n);
    out += n;
    bytes -= n;
  }
}

Result<size_t> random_read(IoBuffer buffer) {
  uint8_t bytes[256];
  size_t done = 0;
  while (done < buffer.size()) {
    if (done > 0 && current_signal_pending()) break;
    const size_t n = std::min(sizeof(bytes), buffer.size() - done);
    random_bytes(bytes, n);
    const Result<void> stored = buffer.store(done, bytes, n);
    if (!stored) return done > 0 ? Result<size_t>(done) : fail(stored.error());
    done += n;
  }
  return done;
}

}  // namespace skep::dev
