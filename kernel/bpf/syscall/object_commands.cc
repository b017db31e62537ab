// BTF_LOAD, ids and descriptors.
#include "bpf/syscall/commands.h"
#include "bpf/syscall/user_log.h"

namespace skep::bpf {

Result<long> btf_load(const Call& call) {
  const bpf_attr& in = call.attr;
  if (in.btf_size > kBtfMaxBytes) return fail(Errno::kE2BIG);
  TRY(UserLog::check(in.btf_log_level, in.btf_log_buf, in.btf_log_size));
  const auto blob = TRY(read_user_bytes(in.btf, in.btf_size));
  UserLog log(in.btf_log_level, in.btf_log_buf, in.btf_log_size);
  auto btf = Btf::parse(blob.span(), log);
  if (log.enabled()) {
    if (auto finished = log.finish(); !finished) btf = fail(finished.error());
    constexpr size_t kTrueSize = __builtin_offsetof(bpf_attr, btf_log_true_size);
    if (call.size >= kTrueSize + sizeof(in.btf_log_true_size)) {
      if (!call.put(kTrueSize, log.true_size())) btf = fail(Errno::kEFAULT);
    }
  }
  auto loaded = TRY(std::move(btf));
  TRY(bpf_system().btfs.add(*loaded));
  return TRY(platform::install_descriptor(std::move(loaded), kBtfDescriptorName));
}

namespace {

Result<long> get_next_id(const Call& call, IdTable& table) {
  if (call.attr.start_id >= INT32_MAX) return fail(Errno::kEINVAL);
  const uint32_t next = table.next_id(call.attr.start_id);
  if (next == 0) return fail(Errno::kENOENT);
  TRY(call.put(__builtin_offsetof(bpf_attr, next_id), next));
  return 0;
}

Result<long> get_fd_by_id(IdTable& table, uint32_t id, std::string_view name,
                          platform::DescriptorAccess access = platform::kMayReadWrite) {
  auto object = table.find(id);
  if (!object) return fail(Errno::kENOENT);
  return TRY(platform::install_descriptor(std::move(object), name, access));
}

}  // namespace

Result<long> prog_get_next_id(const Call& call) { return get_next_id(call, bpf_system().programs); }
Result<long> map_get_next_id(const Call& call) { return get_next_id(call, bpf_system().maps); }
Result<long> btf_get_next_id(const Call& call) { return get_next_id(call, bpf_system().btfs); }
Result<long> link_get_next_id(const Call& call) { return get_next_id(call, bpf_system().links); }

Result<long> prog_get_fd_by_id(const Call& call) {
  return get_fd_by_id(bpf_system().programs, call.attr.prog_id, kProgramDescriptorName);
}
Result<long> map_get_fd_by_id(const Call& call) {
  if (call.attr.open_flags & ~(BPF_F_RDONLY | BPF_F_WRONLY)) return fail(Errno::kEINVAL);
  const auto access = TRY(access_from_flags(call.attr.open_flags));
  return get_fd_by_id(bpf_system().maps, call.attr.map_id, kMapDescriptorName, access);
}
Result<long> btf_get_fd_by_id(const Call& call) {
  return get_fd_by_id(bpf_system().btfs, call.attr.btf_id, kBtfDescriptorName);
}
Result<long> link_get_fd_by_id(const Call& call) {
  return get_fd_by_id(bpf_system().links, call.attr.link_id, kLinkDescriptorName);
}

namespace {
Result<void> check_path(UserAddress pathname) {
  char first[2];
  TRY(read_user_string(first, pathname));
  if (first[0] == '\0') return fail(Errno::kENOENT);
  return {};
}
}  // namespace

// There is no BPF file system: no path is a place to pin to, and none leads to a pinned object. The errors are those of
// Linux for a path outside of one.
Result<long> obj_pin(const Call& call) {
  if (call.attr.file_flags != 0) return fail(Errno::kEINVAL);
  auto object = TRY(platform::object_from_descriptor(static_cast<int>(call.attr.bpf_fd)));
  TRY(check_path(call.attr.pathname));
  return fail(Errno::kEPERM);
}

Result<long> obj_get(const Call& call) {
  if (call.attr.bpf_fd != 0 || call.attr.file_flags & ~(BPF_F_RDONLY | BPF_F_WRONLY)) return fail(Errno::kEINVAL);
  TRY(access_from_flags(call.attr.file_flags));
  TRY(check_path(call.attr.pathname));
  return fail(Errno::kENOENT);
}

}  // namespace skep::bpf
