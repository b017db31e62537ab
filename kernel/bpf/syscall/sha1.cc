#include "bpf/syscall/sha1.h"

#include <string.h>

#include <algorithm>
#include <bit>

namespace skep::bpf {

void Sha1::take_block() {
  uint32_t w[80];
  for (int i = 0; i < 16; i++) {
    w[i] = static_cast<uint32_t>(block_[4 * i]) << 24 | static_cast<uint32_t>(block_[4 * i + 1]) << 16 |
           static_cast<uint32_t>(block_[4 * i + 2]) << 8 | block_[4 * i + 3];
  }
  for (int i = 16; i < 80; i++) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  auto [a, b, c, d, e] = state_;
  for (int i = 0; i < 80; i++) {
    uint32_t mix;
    uint32_t constant;
    if (i < 20) {
      mix = (b & c) | (~b & d);
      constant = 0x5a827999;
    } else if (i < 40) {
      mix = b ^ c ^ d;
      constant = 0x6ed9eba1;
    } else if (i < 60) {
      mix = (b & c) | (b & d) | (c & d);
      constant = 0x8f1bbcdc;
    } else {
      mix = b ^ c ^ d;
      constant = 0xca62c1d6;
    }
    const uint32_t next = std::rotl(a, 5) + mix + e + constant + w[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  state_[0] += a;
  state_[1] += b;
  state_[2] += c;
  state_[3] += d;
  state_[4] += e;
  filled_ = 0;
}

void Sha1::add(std::span<const uint8_t> bytes) {
  total_bytes_ += bytes.size();
  while (!bytes.empty()) {
    const size_t n = std::min(bytes.size(), kBlockBytes - filled_);
    memcpy(block_ + filled_, bytes.data(), n);
    filled_ += n;
    bytes = bytes.subspan(n);
    if (filled_ == kBlockBytes) take_block();
  }
}

std::array<uint8_t, Sha1::kDigestBytes> Sha1::finish() {
  const uint64_t bits = total_bytes_ * 8;
  const uint8_t one = 0x80;
  const uint8_t zero = 0;
  add({&one, 1});
  while (filled_ != kBlockBytes - 8) add({&zero, 1});
  for (int i = 0; i < 8; i++) block_[kBlockBytes - 8 + i] = static_cast<uint8_t>(bits >> (56 - 8 * i));
  take_block();
  std::array<uint8_t, kDigestBytes> digest{};
  for (size_t i = 0; i < kDigestBytes; i++) digest[i] = static_cast<uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

}  // namespace skep::bpf
