// References: what a helper handed out (a ring buffer's record) and the program must give back exactly once on each
// path. A pointer names its reference in Reg::reference; what is held is listed in the state's first frame.
#include "bpf/verifier/analysis.h"

namespace skep::bpf::verifier {

// The innermost callback that the path is in, as a frame's number; 0 outside of callbacks.
uint32_t Analysis::callback_frame() const {
  for (uint32_t f = path_.state.top(); f > 0; f--) {
    if (path_.state.frame(f).kind == FrameKind::kCallback) return f;
  }
  return 0;
}

bool Analysis::acquire(uint32_t& id) {
  Frame* first = nullptr;
  if (!own_frame(0, first)) return false;
  id = new_id();
  return ok(pool_.add_held(*first, {id, path_.at, callback_frame()}));
}

bool Analysis::is_held(uint32_t id) const {
  for (const Held& h : path_.state.frame(0).held) {
    if (h.id == id && !h.is_lock()) return true;
  }
  return false;
}

bool Analysis::drop_held(uint32_t id) {
  Frame* first = nullptr;
  if (!own_frame(0, first)) return false;
  ScratchVec<Held>& held = first->held;
  size_t kept = 0;
  for (const Held& h : held) {
    if (h.id != id || h.is_lock()) held[kept++] = h;
  }
  while (held.size() > kept) held.pop_back();
  return true;
}

// Linux: release_reference. Every pointer into what is given back becomes a mere number.
bool Analysis::release(uint32_t id) {
  for (const Held& h : path_.state.frame(0).held) {
    if (h.id == id && h.frame != callback_frame()) return refuse(Rule::kReleaseInCallback, {h.id, h.at});
  }
  if (!drop_held(id)) return false;
  return forget_pointers([&](const Reg& r) { return r.reference() == id; });
}

// Linux: check_reference_leak.
bool Analysis::nothing_held(Rule rule) {
  const ScratchVec<Held>& held = path_.state.frame(0).held;
  if (held.empty()) return true;
  if (const Held* lock = lock_held()) return refuse(Rule::kLockMissingUnlock, {lock->at});
  return refuse(rule, {held[0].id, held[0].at});
}

const Held* Analysis::lock_held() const {
  for (const Held& h : path_.state.frame(0).held) {
    if (h.is_lock()) return &h;
  }
  return nullptr;
}

// Linux: process_spin_lock. A value goes by its pointer's id. Pointers without one are of a map's only element, or of
// one that is not known any more.
bool Analysis::take_lock(const Reg& value) {
  const MapAttributes& m = map(value.object).attributes();
  const bool only_element = m.type == BPF_MAP_TYPE_ARRAY && m.max_entries == 1;
  if (value.id == 0 && !only_element) return refuse(Rule::kLockUnknown, {}, 1);
  Frame* first = nullptr;
  return own_frame(0, first) && ok(pool_.add_held(*first, {value.id, path_.at, 0, value.object}));
}

bool Analysis::drop_lock(const Reg& value) {
  const Held* held = lock_held();
  if (!held) return refuse(Rule::kUnlockWithoutLock);
  if (held->lock_of != value.object || held->id != value.id) return refuse(Rule::kUnlockOther, {held->at}, 1);
  Frame* first = nullptr;
  if (!own_frame(0, first)) return false;
  size_t kept = 0;
  for (const Held& h : first->held) {
    if (!h.is_lock()) first->held[kept++] = h;
  }
  while (first->held.size() > kept) first->held.pop_back();
  return true;
}

bool Analysis::callback_holds_nothing() {
  for (const Held& h : path_.state.frame(0).held) {
    if (h.frame == path_.state.top()) return refuse(Rule::kReferenceLeak, {h.id, h.at});
  }
  return true;
}

}  // namespace skep::bpf::verifier
