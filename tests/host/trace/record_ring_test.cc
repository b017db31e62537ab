#include "trace/record_ring.h"

#include <catch2/catch.hpp>
#include <deque>
#include <random>
#include <vector>

using skep::trace::RecordRing;

namespace {

std::span<const uint8_t> bytes_of(const std::vector<uint8_t>& v) { return {v.data(), v.size()}; }

}  // namespace

TEST_CASE("record ring: records come back in order, whole, and the oldest give way") {
  std::vector<uint8_t> storage(256);
  RecordRing ring;
  ring.use(storage);
  CHECK(ring.empty());
  std::deque<std::vector<uint8_t>> expected;
  std::mt19937 random(7);
  uint64_t lost = 0;
  for (int round = 0; round < 5000; round++) {
    if (random() % 3 != 0) {
      std::vector<uint8_t> a(random() % 20), b(random() % 40);
      for (auto& x : a) x = static_cast<uint8_t>(random());
      for (auto& x : b) x = static_cast<uint8_t>(random());
      REQUIRE(ring.push(bytes_of(a), bytes_of(b)));
      a.insert(a.end(), b.begin(), b.end());
      expected.push_back(a);
      // What the ring dropped must be exactly the oldest.
      const uint64_t dropped = ring.take_lost();
      lost += dropped;
      for (uint64_t i = 0; i < dropped; i++) expected.pop_front();
    } else if (!ring.empty()) {
      std::vector<uint8_t> out(64);
      const size_t n = ring.peek(out);
      out.resize(n);
      REQUIRE_FALSE(expected.empty());
      CHECK(out == expected.front());
      expected.pop_front();
      ring.pop();
    }
    CHECK(ring.empty() == expected.empty());
  }
  CHECK(lost > 0);
  size_t walked = 0;
  for (uint64_t at = ring.begin(); at != ring.end(); at = ring.next(at)) {
    std::vector<uint8_t> out(64);
    out.resize(ring.read_at(at, out));
    REQUIRE(walked < expected.size());
    CHECK(out == expected[walked++]);
  }
  CHECK(walked == expected.size());
}

TEST_CASE("record ring: a record above a quarter of the ring is refused and counted") {
  std::vector<uint8_t> storage(256);
  RecordRing ring;
  ring.use(storage);
  const std::vector<uint8_t> fits(ring.max_record_bytes()), too_long(ring.max_record_bytes() + 1);
  CHECK(ring.push(bytes_of(fits), {}));
  CHECK_FALSE(ring.push(bytes_of(too_long), {}));
  CHECK(ring.take_lost() == 1);
  std::vector<uint8_t> out(8);
  CHECK(ring.peek(out) == fits.size());
}

// A reader that walks without consuming keeps its position while somebody empties the ring and fills it anew: the
// position must lie at a record's beginning or outside of the ring, since record lengths are trusted.
TEST_CASE("record ring: a position kept from before clear() is outside of the ring") {
  std::vector<uint8_t> storage(256);
  RecordRing ring;
  ring.use(storage);
  const std::vector<uint8_t> record(20);
  for (int i = 0; i < 3; i++) REQUIRE(ring.push(bytes_of(record), {}));
  const uint64_t kept = ring.next(ring.begin());
  ring.clear();
  CHECK(ring.empty());
  CHECK(ring.take_lost() == 0);
  const std::vector<uint8_t> longer(33);
  for (int i = 0; i < 3; i++) REQUIRE(ring.push(bytes_of(longer), {}));
  CHECK(kept < ring.begin());
}
