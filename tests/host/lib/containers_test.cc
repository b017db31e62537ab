#include <catch2/catch.hpp>
#include <cstdlib>
#include <vector>

#include "lib/arena.h"
#include "lib/checked.h"
#include "lib/list.h"
#include "lib/ref.h"
#include "lib/unique.h"
#include "lib/vector.h"

using namespace skep;

namespace {

// Counts what is allocated and refuses after `budget` allocations.
struct CountingAllocator {
  static inline int live = 0;
  static inline int budget = 1 << 30;
  static void* allocate(size_t bytes) {
    if (budget-- <= 0) return nullptr;
    live++;
    return std::calloc(1, bytes);
  }
  static void* allocate_uncleared(size_t bytes) { return allocate(bytes); }
  static void release(void* p) {
    live--;
    std::free(p);
  }
};

struct Tracked {
  static inline int alive = 0;
  int value = 0;
  Tracked() { alive++; }
  explicit Tracked(int v) : value(v) { alive++; }
  Tracked(const Tracked& o) : value(o.value) { alive++; }
  Tracked(Tracked&& o) noexcept : value(o.value) { alive++; }
  ~Tracked() { alive--; }
};

struct Item {
  int value = 0;
  ListNode node;
};

struct Counted : RefCounted<Counted> {
  static inline int dropped = 0;
  void last_reference_dropped() { dropped++; }
};

}  // namespace

TEST_CASE("vector: grows, shrinks and runs every destructor once") {
  CountingAllocator::budget = 1 << 30;
  {
    Vector<Tracked, CountingAllocator> v;
    for (int i = 0; i < 100; i++) REQUIRE(v.push_back(Tracked(i)));
    CHECK(v.size() == 100);
    CHECK(Tracked::alive == 100);
    for (int i = 0; i < 100; i++) CHECK(v[static_cast<size_t>(i)].value == i);
    REQUIRE(v.resize(10));
    CHECK(Tracked::alive == 10);
    auto w = std::move(v);
    CHECK(v.empty());
    CHECK(w.size() == 10);
  }
  CHECK(Tracked::alive == 0);
  CHECK(CountingAllocator::live == 0);
}

TEST_CASE("vector: a failed growth leaves what was there") {
  CountingAllocator::budget = 1;
  {
    Vector<Tracked, CountingAllocator> v;
    for (int i = 0; i < 8; i++) REQUIRE(v.push_back(Tracked(i)));
    const auto r = v.push_back(Tracked(8));
    REQUIRE(!r);
    CHECK(r.error() == Errno::kENOMEM);
    CHECK(v.size() == 8);
    CHECK(v[7].value == 7);
    CHECK(!v.reserve(SIZE_MAX / 2));
  }
  CHECK(Tracked::alive == 0);
  CHECK(CountingAllocator::live == 0);
}

TEST_CASE("list: order, removal while walking, emptiness") {
  Item items[5];
  List<Item, &Item::node> list;
  for (int i = 0; i < 5; i++) {
    items[i].value = i;
    list.push_back(items[i]);
  }
  for (Item& it : list)
    if (it.value % 2 == 0) list.remove(it);
  std::vector<int> left;
  for (Item& it : list) left.push_back(it.value);
  CHECK(left == std::vector<int>{1, 3});
  CHECK(!items[0].node.is_linked());
  list.push_front(items[4]);
  CHECK(list.pop_front() == &items[4]);
  list.pop_front();
  list.pop_front();
  CHECK(list.empty());
  CHECK(list.pop_front() == nullptr);
}

TEST_CASE("ref: the last reference disposes, a dead object cannot be revived") {
  Counted::dropped = 0;
  Counted object;
  {
    Ref<Counted> a = Ref<Counted>::adopt(&object);
    Ref<Counted> b = a;
    CHECK(object.ref_count() == 2);
    Ref<Counted> c = std::move(a);
    CHECK(!a);
    CHECK(object.ref_count() == 2);
  }
  CHECK(Counted::dropped == 1);
  CHECK(!object.try_ref());
}

TEST_CASE("unique: creation can fail, ownership moves") {
  CountingAllocator::budget = 1;
  auto p = UniquePtr<Tracked, CountingAllocator>::create(7);
  REQUIRE(p);
  CHECK((*p)->value == 7);
  CHECK(!(UniquePtr<Tracked, CountingAllocator>::create(8)));
  auto q = std::move(*p);
  CHECK(!*p);
  q.reset();
  CHECK(CountingAllocator::live == 0);
}

TEST_CASE("arena: pieces are apart and aligned, and go together") {
  CountingAllocator::budget = 1 << 30;
  {
    Arena<CountingAllocator> arena(256);
    CHECK(CountingAllocator::live == 0);
    std::vector<std::pair<uint8_t*, size_t>> pieces;
    for (size_t bytes = 1; bytes < 200; bytes++) {
      auto* p = static_cast<uint8_t*>(arena.allocate(bytes));
      REQUIRE(p);
      CHECK(reinterpret_cast<uintptr_t>(p) % 16 == 0);
      std::memset(p, static_cast<int>(bytes), bytes);
      pieces.emplace_back(p, bytes);
    }
    for (const auto& [p, bytes] : pieces) {
      CHECK(std::all_of(p, p + bytes, [b = static_cast<uint8_t>(bytes)](uint8_t c) { return c == b; }));
    }
    CHECK(CountingAllocator::live < 10);  // chunks grow
    arena.clear();
    CHECK(CountingAllocator::live == 1);
    void* first = arena.allocate(1000);
    arena.clear();
    CHECK(arena.allocate(1000) == first);
    CHECK(CountingAllocator::live == 1);
  }
  CHECK(CountingAllocator::live == 0);
}

TEST_CASE("arena: what cannot be had is refused, what was handed out stays") {
  CountingAllocator::budget = 1;
  {
    Arena<CountingAllocator> arena(64);
    ArenaAllocator<CountingAllocator> allocator = arena;
    Vector<int, ArenaAllocator<CountingAllocator>> v(allocator);
    REQUIRE(v.push_back(7));
    CHECK(arena.allocate(1 << 20) == nullptr);
    CHECK(arena.allocate(SIZE_MAX) == nullptr);
    CHECK(arena.allocate(SIZE_MAX - 8) == nullptr);
    CHECK(!v.reserve(1000));
    CHECK(v[0] == 7);
  }
  CHECK(CountingAllocator::live == 0);
}

TEST_CASE("arena: vectors of one arena move between owners") {
  CountingAllocator::budget = 1 << 30;
  {
    Arena<CountingAllocator> arena(64), other(64);
    Vector<Tracked, ArenaAllocator<CountingAllocator>> v(arena), w(other);
    for (int i = 0; i < 50; i++) REQUIRE(v.push_back(Tracked(i)));
    REQUIRE(w.push_back(Tracked(1)));
    w = std::move(v);
    for (int i = 50; i < 100; i++) REQUIRE(w.push_back(Tracked(i)));
    CHECK(Tracked::alive == 100);
    for (int i = 0; i < 100; i++) CHECK(w[static_cast<size_t>(i)].value == i);
  }
  CHECK(Tracked::alive == 0);
  CHECK(CountingAllocator::live == 0);
}

TEST_CASE("checked arithmetic and ranges") {
  CHECK(!checked_add<uint32_t>(0xffffffff, 1));
  CHECK(*checked_add<uint32_t>(0xfffffffe, 1) == 0xffffffff);
  CHECK(!checked_mul<uint64_t>(1ull << 32, 1ull << 32));
  CHECK(!checked_sub<uint32_t>(0, 1));
  CHECK(range_fits(0, 0, 0));
  CHECK(range_fits(4, 4, 8));
  CHECK(!range_fits(5, 4, 8));
  CHECK(!range_fits(~0ull, 2, 8));
  CHECK(align_up<uint64_t>(4097, 4096) == 8192);
}
