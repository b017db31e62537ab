// Ring buffers, and maps whose elements are descriptors.
#include <set>
#include <thread>

#include "bpf/helpers/functions.h"
#include "bpf/maps/ringbuf.h"
#include "tests/host/maps/map_util.h"

using namespace skep;
using namespace skep::test;
using namespace skep::bpf;

namespace {

constexpr uint32_t kBytes = 4096;
Ref<Map> make_ringbuf() { return make_map(attributes(BPF_MAP_TYPE_RINGBUF, 0, 0, kBytes)); }
RingbufMap& as_ringbuf(const Ref<Map>& map) { return static_cast<RingbufMap&>(*map); }

// What a consumer would see next: false when there is nothing (more) to read.
struct Seen {
  uint32_t length = 0;
  bool discarded = false;
  const uint8_t* data = nullptr;
};
bool consume(RingbufMap& ring, Seen& out) {
  const uint64_t at = ring.consumer_position();
  if (at == ring.producer_position()) return false;
  uint32_t header;
  memcpy(&header, ring.data() + at % kBytes, sizeof(header));
  if (header & RingbufMap::kBusy) return false;
  out.length = header & ~RingbufMap::kDiscarded;
  out.discarded = header & RingbufMap::kDiscarded;
  out.data = ring.data() + at % kBytes + RingbufMap::kHeaderBytes;
  ring.consumed_up_to(at + (out.length + RingbufMap::kHeaderBytes + 7) / 8 * 8);
  return true;
}

}  // namespace

TEST_CASE("ringbuf: what MAP_CREATE refuses", "[maps]") {
  const auto error = [](uint32_t key, uint32_t value, uint32_t entries, uint32_t flags = 0) {
    return code_of(create_map(attributes(BPF_MAP_TYPE_RINGBUF, key, value, entries, flags)));
  };
  CHECK(error(0, 0, 4096) == 0);
  CHECK(error(4, 0, 4096) == EINVAL);
  CHECK(error(0, 4, 4096) == EINVAL);
  CHECK(error(0, 0, 0) == EINVAL);
  CHECK(error(0, 0, 2048) == EINVAL);
  CHECK(error(0, 0, 12288) == EINVAL);
  CHECK(error(0, 0, 4096, BPF_F_RDONLY_PROG) == EINVAL);
}

TEST_CASE("ringbuf: records come out in the order of their reservation", "[maps]") {
  host::LeakCheck leaks;
  auto map = make_ringbuf();
  RingbufMap& ring = as_ringbuf(map);
  void* a = ring.reserve(5);
  void* b = ring.reserve(16);
  REQUIRE(a);
  REQUIRE(b);
  memcpy(a, "first", 5);
  memcpy(b, "second..........", 16);
  RingbufMap::commit(b, false);
  Seen seen;
  CHECK_FALSE(consume(ring, seen));  // the first one is still being written
  RingbufMap::commit(a, false);
  REQUIRE(consume(ring, seen));
  CHECK(seen.length == 5);
  CHECK(memcmp(seen.data, "first", 5) == 0);
  REQUIRE(consume(ring, seen));
  CHECK(seen.length == 16);
  CHECK_FALSE(seen.discarded);
  CHECK_FALSE(consume(ring, seen));
  void* c = ring.reserve(8);
  RingbufMap::commit(c, true);
  REQUIRE(consume(ring, seen));
  CHECK(seen.discarded);
}

TEST_CASE("ringbuf: a full buffer refuses, and goes on when the consumer has moved", "[maps]") {
  host::LeakCheck leaks;
  auto map = make_ringbuf();
  RingbufMap& ring = as_ringbuf(map);
  CHECK(ring.reserve(kBytes) == nullptr);  // with its header it is larger than the buffer
  CHECK(ring.reserve(UINT32_MAX) == nullptr);
  CHECK(ring.reserve(UINT64_MAX) == nullptr);
  void* whole = ring.reserve(kBytes - 8);
  REQUIRE(whole);
  CHECK(ring.reserve(0) == nullptr);
  CHECK(code_of(ring.output("x", 1)) == EAGAIN);
  RingbufMap::commit(whole, false);
  Seen seen;
  REQUIRE(consume(ring, seen));
  CHECK(ring.reserve(0) != nullptr);
  CHECK(ring.query(BPF_RB_AVAIL_DATA) == 8);
  CHECK(ring.query(BPF_RB_RING_SIZE) == kBytes);
  CHECK(ring.query(BPF_RB_CONS_POS) == kBytes);
  CHECK(ring.query(BPF_RB_PROD_POS) == kBytes + 8);
  CHECK(ring.query(99) == 0);
}

TEST_CASE("ringbuf: no record runs over the end", "[maps]") {
  host::LeakCheck leaks;
  auto map = make_ringbuf();
  RingbufMap& ring = as_ringbuf(map);
  uint32_t taken = 0;
  uint32_t skipped = 0;
  for (uint32_t i = 0; i < 1000; i++) {
    const uint32_t bytes = 1 + i * 37 % 500;
    auto* record = static_cast<uint8_t*>(ring.reserve(bytes));
    REQUIRE(record);
    REQUIRE(record >= ring.data());
    REQUIRE(record + bytes <= ring.data() + kBytes);
    memset(record, static_cast<int>(i & 0xff), bytes);
    RingbufMap::commit(record, false);
    Seen seen;
    REQUIRE(consume(ring, seen));
    if (seen.discarded) {
      skipped++;
      REQUIRE(consume(ring, seen));
    }
    REQUIRE(seen.length == bytes);
    REQUIRE(seen.data[bytes - 1] == (i & 0xff));
    taken++;
  }
  CHECK(taken == 1000);
  CHECK(skipped > 10);
}

TEST_CASE("ringbuf: a consumer's position that makes no sense only makes the buffer full", "[maps]") {
  auto map = make_ringbuf();
  RingbufMap& ring = as_ringbuf(map);
  ring.consumed_up_to(77);  // ahead of the producer
  CHECK(ring.reserve(8) == nullptr);
  ring.consumed_up_to(UINT64_MAX - 5000);
  CHECK(ring.reserve(8) == nullptr);
}

TEST_CASE("ringbuf: from a probe, and from several CPUs at once", "[maps]") {
  host::LeakCheck leaks;
  auto map = make_map(attributes(BPF_MAP_TYPE_RINGBUF, 0, 0, 1 << 16));
  RingbufMap& ring = as_ringbuf(map);
  {
    host::ProbeContext probe;
    void* record = ring.reserve(8);
    REQUIRE(record);
    RingbufMap::commit(record, true);
  }
  std::vector<std::thread> threads;
  std::atomic<uint32_t> written{0};
  for (uint32_t cpu = 0; cpu < 4; cpu++) {
    threads.emplace_back([&, cpu] {
      host::set_cpu(cpu);
      for (uint32_t i = 0; i < 500; i++) {
        const uint32_t word = cpu << 16 | i;
        platform::preempt_disable();
        if (ring.output(&word, sizeof(word))) written++;
        platform::preempt_enable();
      }
    });
  }
  for (std::thread& t : threads) t.join();
  host::set_cpu(0);
  std::set<uint32_t> words;
  for (uint64_t at = 16; at < ring.producer_position();) {
    uint32_t header;
    uint32_t word;
    memcpy(&header, ring.data() + at, 4);
    memcpy(&word, ring.data() + at + 8, 4);
    CHECK(header == 4);
    words.insert(word);
    at += 16;
  }
  CHECK(words.size() == written);
  CHECK(written > 0);
}

TEST_CASE("ringbuf: helpers", "[maps][helpers]") {
  auto map = make_ringbuf();
  const auto self = reinterpret_cast<uint64_t>(map.get());
  CHECK(helper_ringbuf_reserve(self, 8, 1, 0, 0) == 0);  // no flags are known
  const uint64_t record = helper_ringbuf_reserve(self, 8, 0, 0, 0);
  REQUIRE(record != 0);
  CHECK(helper_ringbuf_submit(record, 0, 0, 0, 0) == 0);
  const uint64_t word = 7;
  const auto data = reinterpret_cast<uint64_t>(&word);
  CHECK(helper_ringbuf_output(self, data, 8, BPF_RB_NO_WAKEUP, 0) == 0);
  CHECK(static_cast<int64_t>(helper_ringbuf_output(self, data, 8, 4, 0)) == -EINVAL);
  CHECK(helper_ringbuf_query(self, BPF_RB_AVAIL_DATA, 0, 0, 0) == 32);
  CHECK(helper_ringbuf_discard(helper_ringbuf_reserve(self, 8, 0, 0, 0), 0, 0, 0, 0) == 0);
}

TEST_CASE("maps of maps need an example", "[maps]") {
  host::LeakCheck leaks;
  CHECK(code_of(create_map(attributes(BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 4))) == EINVAL);
  auto inner = make_map(attributes(BPF_MAP_TYPE_ARRAY, 4, 8, 2));
  auto outer = create_map(attributes(BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 4), inner.get());
  REQUIRE(outer);
  CHECK((*outer)->inner_template()->attributes().value_size == 8);
  // Two levels at most, and no prog_array.
  CHECK(code_of(create_map(attributes(BPF_MAP_TYPE_HASH_OF_MAPS, 8, 4, 4), outer->get())) == EINVAL);
  auto programs = make_map(attributes(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4));
  CHECK(code_of(create_map(attributes(BPF_MAP_TYPE_HASH_OF_MAPS, 8, 4, 4), programs.get())) == ENOTSUPP);
  CHECK(code_of(create_map(attributes(BPF_MAP_TYPE_HASH_OF_MAPS, 8, 8, 4), inner.get())) == EINVAL);
  CHECK(code_of(create_map(attributes(BPF_MAP_TYPE_PROG_ARRAY, 4, 8, 4))) == EINVAL);
  CHECK(code_of(create_map(attributes(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4, BPF_F_RDONLY_PROG))) == EINVAL);
}

TEST_CASE("stack_trace: what MAP_CREATE refuses", "[maps]") {
  const auto error = [](uint32_t key, uint32_t value, uint32_t flags = 0) {
    return code_of(create_map(attributes(BPF_MAP_TYPE_STACK_TRACE, key, value, 4, flags)));
  };
  CHECK(error(4, 8 * 127) == 0);
  CHECK(error(4, 8 * 128) == EINVAL);
  CHECK(error(4, 12) == EINVAL);
  CHECK(error(8, 8) == EINVAL);
  CHECK(error(4, 32, BPF_F_STACK_BUILD_ID) == 0);
  CHECK(error(4, 8, BPF_F_STACK_BUILD_ID) == EINVAL);
  CHECK(error(4, 8, BPF_F_RDONLY_PROG) == EINVAL);
}

TEST_CASE("a map for judging exists for every type of Linux", "[maps]") {
  auto trie = create_judged_map(attributes(BPF_MAP_TYPE_LPM_TRIE, 8, 8, 4));
  REQUIRE(trie);
  CHECK((*trie)->attributes().key_size == 8);
  CHECK(code_of(create_judged_map(attributes(BPF_MAP_TYPE_ARRAY, 8, 8, 4))) == EINVAL);
  CHECK(code_of(create_judged_map(attributes(0, 8, 8, 4))) == EINVAL);
  CHECK(code_of(create_judged_map(attributes(99, 8, 8, 4))) == EINVAL);
}
