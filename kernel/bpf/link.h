// A link: a program attached to something, as an object of its own. It lives as long as a descriptor of it is open;
// then the program is detached.
#pragma once

#include "bpf/object.h"
#include "bpf/prog.h"
#include "lib/result.h"

namespace skep::bpf {

class Link final : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kLink;

  // Attaches the program to a perf event's hook; EINVAL, EEXIST and what arming reports. Task.
  static Result<Ref<Link>> attach_perf_event(Ref<Program> program, Ref<AttachHook> hook);

  uint32_t type() const { return BPF_LINK_TYPE_PERF_EVENT; }
  const Program& program() const { return *program_; }
  const AttachHook& hook() const { return *hook_; }

  void last_reference_dropped() override;

 private:
  template <typename T, typename... Args>
  friend Result<Ref<T>> create_ref(Args&&...);
  template <typename T>
  friend void destroy(T*);
  Link(Ref<Program> program, Ref<AttachHook> hook)
      : Object(kKind), program_(std::move(program)), hook_(std::move(hook)) {}
  ~Link() override = default;

  Ref<Program> program_;
  Ref<AttachHook> hook_;
  bool attached_ = false;
};

}  // namespace skep::bpf
