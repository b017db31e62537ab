#include "bpf/maps/hash.h"

#include <string.h>

#include <algorithm>
#include <bit>

#include "lib/checked.h"

namespace skep::bpf {
namespace {

// Elements beyond max_entries, to serve inserts while removed elements wait for their grace period. As many again as
// the map holds, within bounds: few enough not to matter for large maps, many enough for a program that inserts and
// deletes at every hit of a busy probe.
constexpr uint32_t kSpareMin = 64;
constexpr uint32_t kSpareMax = 4096;

constexpr size_t kCacheLineBytes = 64;

// How often an update from user space waits for elements to come back before it gives up.
constexpr int kMaxGraceWaits = 4;

}  // namespace

HashMap::HashMap(const MapAttributes& attributes)
    : Map(attributes), seed_(attributes.flags & BPF_F_ZERO_SEED ? 0 : platform::random_u32()) {
  const size_t stride = value_stride(attributes.value_size);
  value_offset_ = sizeof(Element) + align_up<size_t>(attributes.key_size, 8);
  cpu_slot_bytes_ = stride;
  element_bytes_ = value_offset_ + stride;
  if (is_per_cpu()) {  // each CPU's value on lines of its own
    value_offset_ = align_up(value_offset_, kCacheLineBytes);
    cpu_slot_bytes_ = align_up(stride, kCacheLineBytes);
    element_bytes_ = value_offset_ + cpu_slot_bytes_ * platform::cpu_count();
  }
}

Result<Ref<Map>> HashMap::create(const MapAttributes& attributes) {
  auto map = TRY(create_ref<HashMap>(attributes));
  if (auto r = map->allocate(); !r) {
    destroy(map.release());
    return fail(r.error());
  }
  return Ref<Map>(std::move(map));
}

Result<void> HashMap::allocate() {
  const uint32_t entries = attributes().max_entries;
  const uint64_t limit = platform::allocation_limit_bytes();
  const uint64_t wanted =
      static_cast<uint64_t>(entries) + std::clamp(entries, kSpareMin, kSpareMax) + platform::cpu_count();
  const auto bytes = checked_mul<uint64_t>(wanted, element_bytes_);
  const uint64_t bucket_count = std::bit_ceil<uint64_t>(entries);
  if (wanted >= IndexStack::kEmpty || !bytes || *bytes > limit || bucket_count > limit / sizeof(Bucket))
    return fail(Errno::kENOMEM);
  TRY(buckets_.resize(static_cast<size_t>(bucket_count)));
  element_count_ = static_cast<uint32_t>(wanted);
  TRY(free_.create(element_count_));
  elements_ = static_cast<uint8_t*>(platform::allocate(static_cast<size_t>(*bytes)));
  if (!elements_) return fail(Errno::kENOMEM);
  for (uint32_t i = element_count_; i-- > 0;) {
    new (element_at(i)) Element();
    element_at(i)->map = this;
    free_.push(i);
  }
  return {};
}

void HashMap::drop_hold() {
  if (holds_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(this);
}

// Multiply and fold, 8 bytes at a time. The seed keeps user space from choosing keys of one bucket.
uint32_t HashMap::hash_of(const void* key) const {
  constexpr uint64_t kMix = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio
  const auto* bytes = static_cast<const uint8_t*>(key);
  uint64_t h = seed_ * kMix + attributes().key_size;
  size_t left = attributes().key_size;
  for (; left >= 8; left -= 8, bytes += 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    h = (h ^ word) * kMix;
    h ^= h >> 32;
  }
  if (left > 0) {
    uint64_t word = 0;
    memcpy(&word, bytes, left);
    h = (h ^ word) * kMix;
    h ^= h >> 32;
  }
  h *= kMix;
  return static_cast<uint32_t>(h >> 32);
}

HashMap::Element* HashMap::find(Bucket& bucket, uint32_t hash, const void* key, std::atomic<Element*>** link) {
  std::atomic<Element*>* at = &bucket.first;
  while (Element* e = at->load(std::memory_order_acquire)) {
    if (e->hash == hash && memcmp(key_of(e), key, attributes().key_size) == 0) {
      if (link) *link = at;
      return e;
    }
    at = &e->following;
  }
  return nullptr;
}

void* HashMap::lookup_on_cpu(const void* key, uint32_t cpu) {
  const uint32_t hash = hash_of(key);
  Element* e = find(bucket_of(hash), hash, key, nullptr);
  return e ? value_of(e, cpu) : nullptr;
}

uint64_t HashMap::lookup_element(uint64_t map, uint64_t key) {
  auto& self = static_cast<HashMap&>(*reinterpret_cast<Map*>(map));
  const auto* key_bytes = reinterpret_cast<const void*>(key);
  const uint32_t hash = self.hash_of(key_bytes);
  Element* e = self.find(self.bucket_of(hash), hash, key_bytes, nullptr);
  return e ? reinterpret_cast<uintptr_t>(e) + self.value_offset_ : 0;
}

void HashMap::read_value(Element* e, std::span<uint8_t> out, uint64_t flags) const {
  if (!is_per_cpu()) {
    load_value(out.data(), value_of(e, 0), flags);
    return;
  }
  const size_t stride = value_stride(attributes().value_size);
  for (uint32_t cpu = 0; cpu < platform::cpu_count(); cpu++) memcpy(&out[cpu * stride], value_of(e, cpu), stride);
}

void HashMap::write_value(Element* e, std::span<const uint8_t> value, Caller caller, bool is_new, uint64_t flags) {
  if (!is_per_cpu()) {
    store_value(value_of(e, 0), value.data(), flags);
    return;
  }
  const size_t stride = value_stride(attributes().value_size);
  for (uint32_t cpu = 0; cpu < platform::cpu_count(); cpu++) {
    if (caller == Caller::kUser) {
      memcpy(value_of(e, cpu), &value[cpu * stride], stride);
    } else if (cpu == platform::cpu_id()) {  // a program gives its own CPU's value …
      memcpy(value_of(e, cpu), value.data(), attributes().value_size);
    } else if (is_new) {  // … and the others start at zero
      memset(value_of(e, cpu), 0, stride);
    }
  }
}

void HashMap::retire(Element* e) {
  holds_.fetch_add(1, std::memory_order_relaxed);
  platform::call_after_grace_period(e, [](platform::GraceCallback* callback) {
    auto* done = static_cast<Element*>(callback);
    HashMap* map = done->map;
    map->free_.push(static_cast<uint32_t>((reinterpret_cast<uint8_t*>(done) - map->elements_) / map->element_bytes_));
    map->drop_hold();
  });
}

// ENOMEM: there is room, but all free elements wait for their grace period.
Result<void> HashMap::change_locked(Bucket& bucket, uint32_t hash, const void* key, std::span<const uint8_t> value,
                                    uint64_t flags, Caller caller) {
  std::atomic<Element*>* link = nullptr;
  Element* old = find(bucket, hash, key, &link);
  // (check_update_flags() has seen to it that at most one of the two is there.)
  if (old && (flags & BPF_NOEXIST) != 0) return fail(Errno::kEEXIST);
  if (!old && (flags & BPF_EXIST) != 0) return fail(Errno::kENOENT);
  // In place: pointers that programs hold stay those of the element, as in Linux.
  if (old && (is_per_cpu() || (flags & BPF_F_LOCK) != 0)) {
    write_value(old, value, caller, false, flags);
    return {};
  }
  if (!old && count_.fetch_add(1, std::memory_order_relaxed) >= attributes().max_entries) {
    count_.fetch_sub(1, std::memory_order_relaxed);
    return fail(Errno::kE2BIG);
  }
  const uint32_t index = free_.pop();
  if (index == IndexStack::kEmpty) {
    if (old) {  // better a value that a reader may see half written than none
      write_value(old, value, caller, false, 0);
      return {};
    }
    count_.fetch_sub(1, std::memory_order_relaxed);
    return fail(Errno::kENOMEM);
  }
  Element* fresh = element_at(index);
  fresh->hash = hash;
  memcpy(key_of(fresh), key, attributes().key_size);
  write_value(fresh, value, caller, true, 0);
  if (old) {
    fresh->following.store(old->following.load(std::memory_order_relaxed), std::memory_order_relaxed);
    link->store(fresh, std::memory_order_release);
    retire(old);
  } else {
    fresh->following.store(bucket.first.load(std::memory_order_relaxed), std::memory_order_relaxed);
    bucket.first.store(fresh, std::memory_order_release);
  }
  return {};
}

Result<void> HashMap::change(const void* key, std::span<const uint8_t> value, uint64_t flags, Caller caller) {
  TRY(check_update_flags(flags));
  const uint32_t hash = hash_of(key);
  Bucket& bucket = bucket_of(hash);
  if (caller == Caller::kProgram) {
    uintptr_t saved;
    if (!bucket.lock.try_lock_bounded(&saved)) return fail(Errno::kEBUSY);
    auto r = change_locked(bucket, hash, key, value, flags, caller);
    bucket.lock.unlock(saved);
    return r;
  }
  for (int waits = 0;; waits++) {
    {
      platform::LockGuard guard(bucket.lock);
      auto r = change_locked(bucket, hash, key, value, flags, caller);
      if (r || r.error() != Errno::kENOMEM || waits == kMaxGraceWaits) return r;
    }
    platform::wait_for_grace_period();
  }
}

Result<void> HashMap::update(const void* key, const void* value, uint64_t flags) {
  return change(key, {static_cast<const uint8_t*>(value), attributes().value_size}, flags, Caller::kProgram);
}

Result<void> HashMap::update_from_user(const void* key, std::span<const uint8_t> value, uint64_t flags) {
  return change(key, value, flags, Caller::kUser);
}

Result<void> HashMap::erase_locked(Bucket& bucket, uint32_t hash, const void* key) {
  std::atomic<Element*>* link = nullptr;
  Element* e = find(bucket, hash, key, &link);
  if (!e) return fail(Errno::kENOENT);
  link->store(e->following.load(std::memory_order_relaxed), std::memory_order_release);
  count_.fetch_sub(1, std::memory_order_relaxed);
  retire(e);
  return {};
}

Result<void> HashMap::erase(const void* key) {
  const uint32_t hash = hash_of(key);
  Bucket& bucket = bucket_of(hash);
  uintptr_t saved;
  if (!bucket.lock.try_lock_bounded(&saved)) return fail(Errno::kEBUSY);
  auto r = erase_locked(bucket, hash, key);
  bucket.lock.unlock(saved);
  return r;
}

Result<void> HashMap::erase_from_user(const void* key) {
  const uint32_t hash = hash_of(key);
  Bucket& bucket = bucket_of(hash);
  platform::LockGuard guard(bucket.lock);
  return erase_locked(bucket, hash, key);
}

namespace {
// A reader in task context.
class ReaderGuard {
 public:
  ReaderGuard() { platform::preempt_disable(); }
  ~ReaderGuard() { platform::preempt_enable(); }
};
}  // namespace

Result<void> HashMap::copy_value(const void* key, std::span<uint8_t> out, uint64_t flags) {
  const uint32_t hash = hash_of(key);
  ReaderGuard reader;
  Element* e = find(bucket_of(hash), hash, key, nullptr);
  if (!e) return fail(Errno::kENOENT);
  read_value(e, out, flags);
  return {};
}

Result<void> HashMap::take_value(const void* key, std::span<uint8_t> out, uint64_t flags) {
  const uint32_t hash = hash_of(key);
  Bucket& bucket = bucket_of(hash);
  platform::LockGuard guard(bucket.lock);
  Element* e = find(bucket, hash, key, nullptr);
  if (!e) return fail(Errno::kENOENT);
  read_value(e, out, flags);
  return erase_locked(bucket, hash, key);
}

Result<void> HashMap::next_key(const void* key, void* next) {
  ReaderGuard reader;
  size_t bucket = 0;
  Element* e = nullptr;
  if (key) {
    const uint32_t hash = hash_of(key);
    if (Element* at = find(bucket_of(hash), hash, key, nullptr)) {
      e = at->following.load(std::memory_order_acquire);
      bucket = (hash & (buckets_.size() - 1)) + 1;
    }
  }
  for (; !e && bucket < buckets_.size(); bucket++) e = buckets_[bucket].first.load(std::memory_order_acquire);
  if (!e) return fail(Errno::kENOENT);
  memcpy(next, key_of(e), attributes().key_size);
  return {};
}

// What is inserted or removed meanwhile may be seen or not; an element that the callback removes keeps its successor.
Result<uint64_t> HashMap::for_each(Visit visit, void* cookie) {
  const uint32_t cpu = platform::cpu_id();
  uint64_t seen = 0;
  for (Bucket& bucket : buckets_) {
    Element* e = bucket.first.load(std::memory_order_acquire);
    for (; e != nullptr; e = e->following.load(std::memory_order_acquire)) {
      seen++;
      if (!visit(cookie, key_of(e), value_of(e, cpu))) return seen;
    }
  }
  return seen;
}

}  // namespace skep::bpf
