// The commands of bpf(2), one function each; dispatch.cc has the table. The caller is privileged, and unused bytes of
// the attributes are zero. Task context.
#pragma once

#include <stdint.h>

#include <string_view>

#include "bpf/btf/btf.h"
#include "bpf/link.h"
#include "bpf/maps/map.h"
#include "bpf/prog.h"
#include "bpf/syscall/user_memory.h"
#include "bpf/system.h"
#include "uapi/bpf.h"

namespace skep::bpf {

// One call: its attributes (a copy), and where the caller's own are, for the fields that the kernel fills in.
struct Call {
  const bpf_attr& attr;
  UserAddress user_attr;
  uint32_t size;  // of the caller's union bpf_attr

  template <typename T>
  Result<void> put(size_t offset, const T& value) const {
    return put_user(user_attr + offset, value);
  }
};

// map_commands.cc
Result<long> map_create(const Call& call);
Result<long> map_lookup_elem(const Call& call);
Result<long> map_update_elem(const Call& call);
Result<long> map_delete_elem(const Call& call);
Result<long> map_get_next_key(const Call& call);
Result<long> map_lookup_and_delete_elem(const Call& call);
Result<long> map_freeze(const Call& call);
Result<long> map_batch(const Call& call);

// prog_load.cc
Result<long> prog_load(const Call& call);
Result<long> prog_bind_map(const Call& call);

// test_run.cc
Result<long> prog_test_run(const Call& call);

// object_commands.cc
Result<long> btf_load(const Call& call);
Result<long> prog_get_next_id(const Call& call);
Result<long> map_get_next_id(const Call& call);
Result<long> btf_get_next_id(const Call& call);
Result<long> link_get_next_id(const Call& call);
Result<long> prog_get_fd_by_id(const Call& call);
Result<long> map_get_fd_by_id(const Call& call);
Result<long> btf_get_fd_by_id(const Call& call);
Result<long> link_get_fd_by_id(const Call& call);
Result<long> obj_pin(const Call& call);
Result<long> obj_get(const Call& call);

// info.cc
Result<long> obj_get_info_by_fd(const Call& call);

// link_commands.cc
Result<long> link_create(const Call& call);
Result<long> link_update(const Call& call);
Result<long> link_detach(const Call& call);
Result<long> prog_attach(const Call& call);
Result<long> prog_detach(const Call& call);
Result<long> prog_query(const Call& call);
Result<long> raw_tracepoint_open(const Call& call);
Result<long> task_fd_query(const Call& call);
Result<long> enable_stats(const Call& call);
Result<long> iter_create(const Call& call);

// The object behind a descriptor, of one kind: EBADF when nothing is open there, EINVAL for any other kind.
template <typename T>
struct Described {
  Ref<T> object;
  platform::DescriptorAccess access;
};
template <typename T>
Result<Described<T>> described_from_fd(uint32_t fd) {
  auto described = TRY(platform::object_from_descriptor(static_cast<int>(fd)));
  Described<T> result{object_cast<T>(std::move(described.object)), described.access};
  if (!result.object) return fail(Errno::kEINVAL);
  return result;
}
template <typename T>
Result<Ref<T>> object_from_fd(uint32_t fd) {
  return std::move(TRY(described_from_fd<T>(fd)).object);
}

inline constexpr std::string_view kMapDescriptorName = "bpf-map";
inline constexpr std::string_view kProgramDescriptorName = "bpf-prog";
inline constexpr std::string_view kBtfDescriptorName = "btf";
inline constexpr std::string_view kLinkDescriptorName = "bpf_link";

// The access that BPF_F_RDONLY and BPF_F_WRONLY ask for; EINVAL for both at once.
Result<platform::DescriptorAccess> access_from_flags(uint32_t flags);

// Copies an object's name: letters, digits, '_' and '.', NUL-terminated inside its 16 bytes; EINVAL.
Result<void> copy_object_name(char (&to)[BPF_OBJ_NAME_LEN], const char (&from)[BPF_OBJ_NAME_LEN]);

}  // namespace skep::bpf
