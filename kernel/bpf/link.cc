#include "bpf/link.h"

namespace skep::bpf {

Result<Ref<Link>> Link::attach_perf_event(Ref<Program> program, Ref<AttachHook> hook) {
  auto link = TRY(create_ref<Link>(std::move(program), std::move(hook)));
  if (auto r = link->hook_->attach(link->program_); !r) return fail(r.error());
  link->attached_ = true;
  return link;
}

void Link::last_reference_dropped() {
  leave_id_table();
  if (attached_) hook_->detach();
  destroy(this);
}

}  // namespace skep::bpf
