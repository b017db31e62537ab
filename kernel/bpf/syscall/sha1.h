// SHA-1 (FIPS 180-4, "SHA-1"): a program's tag is the beginning of its digest. Not for security.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <array>
#include <span>

namespace skep::bpf {

class Sha1 {
 public:
  static constexpr size_t kDigestBytes = 20;

  void add(std::span<const uint8_t> bytes);
  std::array<uint8_t, kDigestBytes> finish();

 private:
  static constexpr size_t kBlockBytes = 64;
  void take_block();

  uint32_t state_[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  uint8_t block_[kBlockBytes] = {};
  size_t filled_ = 0;
  uint64_t total_bytes_ = 0;
};

}  // namespace skep::bpf
