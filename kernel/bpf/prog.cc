#include "bpf/prog.h"

#include "bpf/fixups.h"
#include "bpf/interp/interp.h"

namespace skep::bpf {

uint64_t Program::run(const void* context) const {
  const auto argument = reinterpret_cast<uint64_t>(context);
  if (jit_.entry != 0) return reinterpret_cast<uint64_t (*)(uint64_t, uint64_t)>(jit_.entry)(argument, 0);
  return interpret(image_, argument).value_or(0);
}

Result<void> Program::bind_map(Ref<Map> map) {
  for (const Ref<Map>& held : image_.maps) {
    if (held.get() == map.get()) return {};
  }
  platform::LockGuard guard(bound_lock_);
  for (const Ref<Map>& held : bound_maps_) {
    if (held.get() == map.get()) return {};
  }
  return bound_maps_.push_back(std::move(map));
}

size_t Program::map_ids(std::span<uint32_t> out) {
  size_t n = 0;
  const auto add = [&](const Ref<Map>& map) {
    if (n < out.size()) out[n] = map->id();
    n++;
  };
  for (const Ref<Map>& map : image_.maps) add(map);
  platform::LockGuard guard(bound_lock_);
  for (const Ref<Map>& map : bound_maps_) add(map);
  return n;
}

Program::~Program() {
  if (jit_.memory.bytes != 0) platform::release_code(jit_.memory);
}

// A hart may be inside the program still, or about to enter it through a hook that is just being disarmed.
void Program::last_reference_dropped() {
  leave_id_table();
  disposal_.program = this;
  platform::call_after_grace_period(&disposal_, [](platform::GraceCallback* callback) {
    Program* program = static_cast<Disposal*>(callback)->program;
    if (!withdraw_fixups(program->fixups_)) return destroy(program);
    // A trap handler may be looking at the program's place in the list.
    platform::call_after_grace_period(callback,
                                      [](platform::GraceCallback* c) { destroy(static_cast<Disposal*>(c)->program); });
  });
}

}  // namespace skep::bpf
