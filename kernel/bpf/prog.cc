#include "bpf/prog.h"

#include <string.h>

#include "bpf/fixups.h"
#include "bpf/interp/interp.h"
#include "bpf/syscall/sha1.h"

namespace skep::bpf {

uint64_t Program::run(const void* context) const {
  const auto argument = reinterpret_cast<uint64_t>(context);
  if (jit_.entry != 0) return reinterpret_cast<uint64_t (*)(uint64_t, uint64_t)>(jit_.entry)(argument, 0);
  return interpret(image_, argument).value_or(0);
}

namespace {

// Over the code without what differs from load to load: map descriptors and offsets into values.
std::array<uint8_t, BPF_TAG_SIZE> digest_of(std::span<const bpf_insn> code) {
  Sha1 hash;
  bool after_map = false;
  for (bpf_insn insn : code) {
    if (after_map || names_map(insn)) insn.imm = 0;
    after_map = !after_map && names_map(insn);
    uint8_t bytes[sizeof(insn)];
    memcpy(bytes, &insn, sizeof(insn));
    hash.add(bytes);
  }
  std::array<uint8_t, BPF_TAG_SIZE> tag;
  memcpy(tag.data(), hash.finish().data(), sizeof(tag));
  return tag;
}

}  // namespace

std::array<uint8_t, BPF_TAG_SIZE> Program::tag() const {
  {
    platform::LockGuard guard(tag_lock_);
    if (tag_known_) return tag_;
  }
  const auto digest = digest_of(loaded_.empty() ? xlated_.span() : loaded_.span());  // not under a lock: it takes long
  platform::LockGuard guard(tag_lock_);
  tag_ = digest;
  tag_known_ = true;
  return digest;
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
