// Attaching programs.
#include "bpf/syscall/commands.h"

namespace skep::bpf {
namespace {

// Linux: attach_type_to_prog_type(), for the types that exist here.
uint32_t program_type_for(uint32_t attach_type) {
  switch (attach_type) {
    case BPF_TRACE_ITER:
    case BPF_TRACE_RAW_TP:
    case BPF_TRACE_FENTRY:
    case BPF_TRACE_FEXIT:
    case BPF_MODIFY_RETURN:
      return BPF_PROG_TYPE_TRACING;
    default:
      return BPF_PROG_TYPE_UNSPEC;
  }
}

bool attaches_to_perf_event(uint32_t prog_type) {
  return prog_type == BPF_PROG_TYPE_KPROBE || prog_type == BPF_PROG_TYPE_TRACEPOINT ||
         prog_type == BPF_PROG_TYPE_PERF_EVENT;
}

// Tracing programs are loaded and judged; nothing runs them yet, so attaching them says what no right call says.
bool awaits_trampolines(const Program& program) {
  return program.type() == BPF_PROG_TYPE_TRACING && program.attach_btf_id() != 0;
}

}  // namespace

Result<long> link_create(const Call& call) {
  const auto& in = call.attr.link_create;
  auto program = TRY(object_from_fd<Program>(in.prog_fd));
  if (awaits_trampolines(*program) && in.attach_type == program->expected_attach_type()) {
    return fail(Errno::kEOPNOTSUPP);
  }
  if (!attaches_to_perf_event(program->type()) || in.attach_type != BPF_PERF_EVENT) return fail(Errno::kEINVAL);
  if (program->expected_attach_type() == BPF_TRACE_KPROBE_MULTI) return fail(Errno::kEINVAL);
  if (in.flags != 0) return fail(Errno::kEINVAL);
  auto hook = TRY(platform::hook_from_descriptor(static_cast<int>(in.target_fd)));
  auto link = TRY(Link::attach_perf_event(std::move(program), std::move(hook)));
  TRY(bpf_system().links.add(*link));
  return TRY(platform::install_descriptor(std::move(link), kLinkDescriptorName));
}

// Perf event links cannot change their program.
Result<long> link_update(const Call& call) {
  const auto& in = call.attr.link_update;
  constexpr uint32_t kReplace = 4;  // BPF_F_REPLACE
  if (in.flags & ~kReplace) return fail(Errno::kEINVAL);
  auto link = TRY(object_from_fd<Link>(in.link_fd));
  auto program = TRY(object_from_fd<Program>(in.new_prog_fd));
  return fail(Errno::kEINVAL);
}

// Nor be detached other than by closing them.
Result<long> link_detach(const Call& call) {
  auto link = TRY(object_from_fd<Link>(call.attr.link_detach.link_fd));
  return fail(Errno::kEOPNOTSUPP);
}

// PROG_ATTACH and PROG_DETACH are for cgroups, sockets and network devices, of which there are none.
Result<long> prog_attach(const Call& call) {
  constexpr uint32_t kKnownFlags = 7;  // BPF_F_ALLOW_OVERRIDE | BPF_F_ALLOW_MULTI | BPF_F_REPLACE
  if (call.attr.attach_flags & ~kKnownFlags) return fail(Errno::kEINVAL);
  if (program_type_for(call.attr.attach_type) == BPF_PROG_TYPE_UNSPEC) return fail(Errno::kEINVAL);
  auto program = TRY(object_from_fd<Program>(call.attr.attach_bpf_fd));
  return fail(Errno::kEINVAL);
}
Result<long> prog_detach(const Call&) { return fail(Errno::kEINVAL); }
Result<long> prog_query(const Call&) { return fail(Errno::kEINVAL); }

// There are no raw tracepoints yet, so no name is one.
Result<long> raw_tracepoint_open(const Call& call) {
  const auto& in = call.attr.raw_tracepoint;
  auto program = TRY(object_from_fd<Program>(in.prog_fd));
  if (awaits_trampolines(*program)) return fail(in.name != 0 ? Errno::kEINVAL : Errno::kEOPNOTSUPP);
  if (program->type() != BPF_PROG_TYPE_RAW_TRACEPOINT && program->type() != BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE) {
    return fail(Errno::kEINVAL);
  }
  char name[128];
  TRY(read_user_string(name, in.name));
  return fail(Errno::kENOENT);
}

// Descriptors that this command can describe come with the later kinds of events.
Result<long> task_fd_query(const Call& call) {
  if (call.attr.task_fd_query.flags != 0) return fail(Errno::kEINVAL);
  return fail(Errno::kENOTSUPP);
}

// No statistics are kept, so no kind of them is known.
Result<long> enable_stats(const Call&) { return fail(Errno::kEINVAL); }

Result<long> iter_create(const Call& call) {
  if (call.attr.iter_create.flags != 0) return fail(Errno::kEINVAL);
  auto link = TRY(object_from_fd<Link>(call.attr.iter_create.link_fd));
  return fail(Errno::kEINVAL);  // not the link of an iterator
}

}  // namespace skep::bpf
