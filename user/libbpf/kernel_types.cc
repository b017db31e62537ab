#include "kernel_types.h"

#include <bpf/bpf.h>
#include <stdio.h>

#include "object.h"
#include "print.h"
#include "sys.h"

namespace skep::libbpf {

Result<Unique<btf>> read_kernel_btf(uint32_t id) {
  const int fd = bpf_btf_get_fd_by_id(id);
  if (fd < 0) return fail(errno_of(fd));
  // The first answer says how long the blob is.
  struct bpf_btf_info info = {};
  __u32 info_bytes = sizeof(info);
  int r = bpf_obj_get_info_by_fd(fd, &info, &info_bytes);
  Vec<uint8_t> blob;
  if (r == 0 && !blob.resize(info.btf_size)) r = -ENOMEM;
  if (r == 0) {
    info = {};
    info.btf = reinterpret_cast<uintptr_t>(blob.data());
    info.btf_size = static_cast<__u32>(blob.size());
    info_bytes = sizeof(info);
    r = bpf_obj_get_info_by_fd(fd, &info, &info_bytes);
  }
  sys::close(fd);
  if (r < 0) return fail(errno_of(r));
  return btf::parse(blob.span());
}

// /sys/kernel/btf/vmlinux shows the same one.
Result<Unique<btf>> read_vmlinux_btf() {
  for (__u32 id = 0; bpf_btf_get_next_id(id, &id) == 0;) {
    const int fd = bpf_btf_get_fd_by_id(id);
    if (fd < 0) continue;  // gone meanwhile
    char name[sizeof("vmlinux")] = "";
    struct bpf_btf_info info = {};
    info.name = reinterpret_cast<uintptr_t>(name);
    info.name_len = sizeof(name);
    __u32 info_bytes = sizeof(info);
    const int r = bpf_obj_get_info_by_fd(fd, &info, &info_bytes);
    sys::close(fd);
    if (r == 0 && info.kernel_btf != 0 && strcmp(name, "vmlinux") == 0) return read_kernel_btf(id);
  }
  return fail(Errno::kENOENT);
}

// Linux's names: a tracepoint is the typedef btf_trace_NAME, an iterator the function bpf_iter_NAME.
Result<uint32_t> find_attach_type_id(const btf& kernel_types, std::string_view name, enum bpf_attach_type attach_type) {
  const bool is_tracepoint = attach_type == BPF_TRACE_RAW_TP;
  const char* prefix = is_tracepoint                   ? "btf_trace_"
                       : attach_type == BPF_TRACE_ITER ? "bpf_iter_"
                       : attach_type == BPF_LSM_MAC    ? "bpf_lsm_"
                                                       : "";
  char full[256];
  const int length = snprintf(full, sizeof(full), "%s%.*s", prefix, static_cast<int>(name.size()), name.data());
  if (length < 0 || static_cast<size_t>(length) >= sizeof(full)) return fail(Errno::kENOENT);
  const uint32_t id = kernel_types.find(full, is_tracepoint ? BTF_KIND_TYPEDEF : BTF_KIND_FUNC);
  if (id == 0) return fail(Errno::kENOENT);
  return id;
}

Result<uint32_t> attach_type_id_of(const bpf_program& prog) {
  const std::string_view name = section_rest(*prog.def, prog.section_name);
  if (name.empty()) return 0u;
  bpf_object& object = *prog.object;
  if (!object.kernel_types) {
    if (auto types = read_vmlinux_btf()) object.kernel_types = std::move(*types);
  }
  if (!object.kernel_types) {
    LOG_WARN("prog '%s': section '%s' names something by its BTF id, and this kernel has no BTF\n", prog.name(),
             prog.section_name);
    return fail(Errno::kESRCH);
  }
  const auto id = find_attach_type_id(*object.kernel_types, name, prog.expected_attach_type);
  if (id) return *id;
  LOG_WARN("prog '%s': '%.*s' is not found in vmlinux BTF\n", prog.name(), static_cast<int>(name.size()), name.data());
  return fail(Errno::kESRCH);
}

}  // namespace skep::libbpf

using namespace skep;
using namespace skep::libbpf;

int libbpf_find_vmlinux_btf_id(const char* name, enum bpf_attach_type attach_type) {
  const auto types = read_vmlinux_btf();
  if (!types) return set_errno(-static_cast<int>(types.error()));
  const auto id = find_attach_type_id(**types, name, attach_type);
  return id ? static_cast<int>(*id) : set_errno(-ENOENT);
}
