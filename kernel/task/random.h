// Random bytes: a ChaCha20 key stream whose key is replaced after each use, seeded from the device tree and the clock.
#pragma once

#include <stdint.h>

#include <span>

namespace skep {

// Boot. Until then the stream is seeded with the clock only.
void seed_random(std::span<const uint8_t> seed);

// Any context but a probe.
void fill_random(std::span<uint8_t> out);

// Fast and of statistical quality only: one counter per hart, mixed. Any context.
uint32_t fast_random_u32();

}  // namespace skep
