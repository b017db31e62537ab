#include "bpf/maps/hash_of_maps.h"

#include <string.h>

#include "bpf/maps/fd_array.h"

namespace skep::bpf {
namespace {

// How often an update waits for elements to come back before it gives up.
constexpr int kMaxGraceWaits = 4;

Map* map_in(const void* value) {
  Map* map = nullptr;
  if (value) memcpy(&map, value, sizeof(map));
  return map;
}

}  // namespace

Result<Ref<Map>> HashOfMaps::create(const MapAttributes& attributes, const Map& inner) {
  auto description = TRY(describe_inner(inner));
  MapAttributes of_table = attributes;
  of_table.type = BPF_MAP_TYPE_HASH;
  of_table.value_size = sizeof(Map*);
  auto table = TRY(HashMap::create(of_table));
  return Ref<Map>(TRY(create_ref<HashOfMaps>(attributes, std::move(description), std::move(table))));
}

HashOfMaps::~HashOfMaps() {
  Vec<uint8_t> key;
  if (!key.resize(attributes().key_size)) return;  // the maps in it stay: better than a pointer to freed memory
  while (table_->next_key(nullptr, key.data())) {
    Map* map = map_in(table_->lookup(key.data()));
    if (!table_->erase_from_user(key.data())) return;
    if (map) map->unref();
  }
}

void* HashOfMaps::lookup(const void* key) { return map_in(table_->lookup(key)); }

Result<void> HashOfMaps::copy_value(const void* key, std::span<uint8_t> out, uint64_t) {
  platform::preempt_disable();
  const Map* map = map_in(table_->lookup(key));
  const uint32_t id = map ? map->id() : 0;
  platform::preempt_enable();
  if (!map) return fail(Errno::kENOENT);
  memcpy(out.data(), &id, sizeof(id));
  return {};
}

Result<Map*> HashOfMaps::exchange(const void* key, Map* map, uint64_t flags) {
  platform::LockGuard guard(lock_);
  Map* old = map_in(table_->lookup(key));
  TRY(table_->update(key, static_cast<const void*>(&map), flags));
  return old;
}

Result<void> HashOfMaps::update_from_user(const void* key, std::span<const uint8_t> value, uint64_t flags) {
  int32_t fd;
  memcpy(&fd, value.data(), sizeof(fd));
  auto map = object_cast<Map>(TRY(platform::object_from_descriptor(fd)).object);
  if (!map || !is_like(*template_, *map)) return fail(Errno::kEINVAL);
  for (int waits = 0;; waits++) {
    const auto old = exchange(key, map.get(), flags);
    if (old) {
      if (*old) (*old)->unref();
      (void)map.release();  // the table's now
      return {};
    }
    const bool may_pass = old.error() == Errno::kENOMEM || old.error() == Errno::kEBUSY;
    if (!may_pass || waits == kMaxGraceWaits) return fail(old.error());
    platform::wait_for_grace_period();
  }
}

Result<void> HashOfMaps::erase_from_user(const void* key) {
  Map* old = nullptr;
  {
    platform::LockGuard guard(lock_);
    old = map_in(table_->lookup(key));
    TRY(table_->erase(key));
  }
  if (old) old->unref();
  return {};
}

}  // namespace skep::bpf
