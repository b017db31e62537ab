#include "bpf/maps/fd_array.h"

#include <string.h>

#include "bpf/maps/described.h"
#include "bpf/prog.h"

namespace skep::bpf {
namespace {

template <typename T>
Result<Ref<Map>> with_slots(Ref<T> map) {
  if (auto r = map->allocate(); !r) {
    destroy(map.release());  // nobody has seen it: no grace period to wait for
    return fail(r.error());
  }
  return Ref<Map>(std::move(map));
}

}  // namespace

Result<void> FdArrayMap::allocate() {
  if (attributes().max_entries > platform::allocation_limit_bytes() / sizeof(Slot)) return fail(Errno::kENOMEM);
  return slots_.resize(attributes().max_entries);
}

void FdArrayMap::put(uint32_t index, Object* object) {
  if (Object* old = slots_[index].object.exchange(object, std::memory_order_acq_rel)) old->unref();
}

void FdArrayMap::clear() {
  for (uint32_t i = 0; i < slots_.size(); i++) put(i, nullptr);
}

Result<void> FdArrayMap::copy_value(const void* key, std::span<uint8_t> out, uint64_t) {
  // Without preemption the object cannot go away under the reader.
  platform::preempt_disable();
  const Object* object = at(index_of(key));
  const uint32_t id = object ? object->id() : 0;
  platform::preempt_enable();
  if (!object) return fail(Errno::kENOENT);
  memcpy(out.data(), &id, sizeof(id));
  return {};
}

Result<void> FdArrayMap::update_from_user(const void* key, std::span<const uint8_t> value, uint64_t flags) {
  if (flags != BPF_ANY) return fail(Errno::kEINVAL);
  const uint32_t index = index_of(key);
  if (index >= attributes().max_entries) return fail(Errno::kE2BIG);
  int32_t fd;
  memcpy(&fd, value.data(), sizeof(fd));
  auto described = TRY(platform::object_from_descriptor(fd));
  TRY(accept(*described.object));
  put(index, described.object.release());
  return {};
}

Result<void> FdArrayMap::erase_from_user(const void* key) {
  const uint32_t index = index_of(key);
  if (index >= attributes().max_entries) return fail(Errno::kE2BIG);
  if (!at(index)) return fail(Errno::kENOENT);
  put(index, nullptr);
  return {};
}

// ---- Programs

Result<Ref<Map>> ProgArrayMap::create(const MapAttributes& attributes) {
  return with_slots(TRY(create_ref<ProgArrayMap>(attributes)));
}

const TailCallTarget* ProgArrayMap::tail_call_target(uint32_t index) const {
  const auto* program = static_cast<const Program*>(at(index));
  return program ? &program->tail_call_target() : nullptr;
}

// Linux: bpf_prog_map_compatible.
bool ProgArrayMap::fits_program(const Program& program) {
  const bool is_native = program.jit_code().entry != 0;
  platform::LockGuard guard(owner_lock_);
  if (!owned_) {
    owned_ = true;
    owner_is_native_ = is_native;
    owner_type_ = program.type();
    return true;
  }
  return owner_type_ == program.type() && owner_is_native_ == is_native;
}

Result<void> ProgArrayMap::accept(Object& object) {
  if (object.kind() != ObjectKind::kProgram) return fail(Errno::kEINVAL);
  const auto& program = static_cast<Program&>(object);
  // A kprobe's program would run it where it cannot sleep.
  if (program.sleepable() && program.type() == BPF_PROG_TYPE_KPROBE) return fail(Errno::kEINVAL);
  if (!fits_program(program)) return fail(Errno::kEINVAL);
  return {};
}

// ---- Maps

Result<Ref<Map>> describe_inner(const Map& inner) {
  if (inner.inner_template()) return fail(Errno::kEINVAL);
  if (inner.attributes().type == BPF_MAP_TYPE_PROG_ARRAY || inner.fields().spin_lock >= 0) {
    return fail(Errno::kENOTSUPP);
  }
  auto description = TRY(DescribedMap::create(inner.attributes()));
  if (inner.btf()) description->set_btf(inner.btf());
  return description;
}

bool is_like(const Map& example, const Map& map) {
  const MapAttributes& a = example.attributes();
  const MapAttributes& b = map.attributes();
  const bool sizes_matter = a.type == BPF_MAP_TYPE_ARRAY && (a.flags & BPF_F_INNER_MAP) == 0;
  return example.fields().timer == map.fields().timer && map.fields().spin_lock < 0 && a.type == b.type &&
         a.key_size == b.key_size && a.value_size == b.value_size && a.flags == b.flags &&
         (!sizes_matter || a.max_entries == b.max_entries);
}

Result<Ref<Map>> ArrayOfMaps::create(const MapAttributes& attributes, const Map& inner) {
  return with_slots(TRY(create_ref<ArrayOfMaps>(attributes, TRY(describe_inner(inner)))));
}

Result<void> ArrayOfMaps::accept(Object& object) {
  if (object.kind() != ObjectKind::kMap || !is_like(*template_, static_cast<Map&>(object))) return fail(Errno::kEINVAL);
  return {};
}

// ---- Perf events

Result<Ref<Map>> PerfEventArrayMap::create(const MapAttributes& attributes) {
  return with_slots(TRY(create_ref<PerfEventArrayMap>(attributes)));
}

}  // namespace skep::bpf
