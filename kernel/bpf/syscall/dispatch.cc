// bpf(2): attributes in, one table of commands.
#include <string.h>

#include <algorithm>

#include "bpf/syscall/commands.h"

namespace skep::bpf {
namespace {

struct Command {
  uint32_t number;
  uint16_t used_bytes;  // of union bpf_attr; all bytes behind must be zero
  Result<long> (*handler)(const Call&);
};

#define END_OF(field) (__builtin_offsetof(bpf_attr, field) + sizeof(bpf_attr::field))
// For fields of named structs inside the union.
#define END_OF_IN(part, field) \
  (__builtin_offsetof(bpf_attr, part.field) + sizeof(static_cast<bpf_attr*>(nullptr)->part.field))

constexpr Command kCommands[] = {
    {BPF_MAP_CREATE, END_OF(map_extra), map_create},
    {BPF_MAP_LOOKUP_ELEM, END_OF(flags), map_lookup_elem},
    {BPF_MAP_UPDATE_ELEM, END_OF(flags), map_update_elem},
    {BPF_MAP_DELETE_ELEM, END_OF(key), map_delete_elem},
    {BPF_MAP_GET_NEXT_KEY, END_OF(next_key), map_get_next_key},
    {BPF_PROG_LOAD, END_OF(log_true_size), prog_load},
    {BPF_OBJ_PIN, END_OF(file_flags), obj_pin},
    {BPF_OBJ_GET, END_OF(file_flags), obj_get},
    {BPF_PROG_ATTACH, END_OF(replace_bpf_fd), prog_attach},
    {BPF_PROG_DETACH, END_OF(attach_type), prog_detach},
    {BPF_PROG_TEST_RUN, END_OF_IN(test, batch_size), prog_test_run},
    {BPF_PROG_GET_NEXT_ID, END_OF(next_id), prog_get_next_id},
    {BPF_MAP_GET_NEXT_ID, END_OF(next_id), map_get_next_id},
    {BPF_PROG_GET_FD_BY_ID, END_OF(prog_id), prog_get_fd_by_id},
    {BPF_MAP_GET_FD_BY_ID, END_OF(open_flags), map_get_fd_by_id},
    {BPF_OBJ_GET_INFO_BY_FD, END_OF_IN(info, info), obj_get_info_by_fd},
    {BPF_PROG_QUERY, END_OF_IN(query, prog_attach_flags), prog_query},
    {BPF_RAW_TRACEPOINT_OPEN, END_OF_IN(raw_tracepoint, prog_fd), raw_tracepoint_open},
    {BPF_BTF_LOAD, END_OF(btf_log_true_size), btf_load},
    {BPF_BTF_GET_FD_BY_ID, END_OF(btf_id), btf_get_fd_by_id},
    {BPF_TASK_FD_QUERY, END_OF_IN(task_fd_query, probe_addr), task_fd_query},
    {BPF_MAP_LOOKUP_AND_DELETE_ELEM, END_OF(flags), map_lookup_and_delete_elem},
    {BPF_MAP_FREEZE, END_OF(map_fd), map_freeze},
    {BPF_BTF_GET_NEXT_ID, END_OF(next_id), btf_get_next_id},
    {BPF_MAP_LOOKUP_BATCH, END_OF_IN(batch, flags), map_batch},
    {BPF_MAP_LOOKUP_AND_DELETE_BATCH, END_OF_IN(batch, flags), map_batch},
    {BPF_MAP_UPDATE_BATCH, END_OF_IN(batch, flags), map_batch},
    {BPF_MAP_DELETE_BATCH, END_OF_IN(batch, flags), map_batch},
    {BPF_LINK_CREATE, END_OF_IN(link_create, kprobe_multi.cookies), link_create},
    {BPF_LINK_UPDATE, END_OF_IN(link_update, old_prog_fd), link_update},
    {BPF_LINK_GET_FD_BY_ID, END_OF(link_id), link_get_fd_by_id},
    {BPF_LINK_GET_NEXT_ID, END_OF(next_id), link_get_next_id},
    {BPF_ENABLE_STATS, END_OF_IN(enable_stats, type), enable_stats},
    {BPF_ITER_CREATE, END_OF_IN(iter_create, flags), iter_create},
    {BPF_LINK_DETACH, END_OF_IN(link_detach, link_fd), link_detach},
    {BPF_PROG_BIND_MAP, END_OF_IN(prog_bind_map, flags), prog_bind_map},
};
#undef END_OF
#undef END_OF_IN

constexpr bool table_is_indexed_by_number() {
  for (uint32_t i = 0; i < std::size(kCommands); i++) {
    if (kCommands[i].number != i) return false;
  }
  return true;
}
static_assert(table_is_indexed_by_number());

}  // namespace

Result<long> bpf_syscall(uint32_t command, UserAddress user_attr, uint32_t size) {
  if (!platform::current_is_privileged()) return fail(Errno::kEPERM);
  bpf_attr attr;
  TRY(check_user_tail_zero(user_attr, sizeof(attr), size));
  memset(&attr, 0, sizeof(attr));
  TRY(platform::copy_from_user(&attr, user_attr, std::min<size_t>(size, sizeof(attr))));
  if (command >= std::size(kCommands)) return fail(Errno::kEINVAL);
  const Command& row = kCommands[command];
  const auto* bytes = reinterpret_cast<const uint8_t*>(&attr);
  for (size_t i = row.used_bytes; i < sizeof(attr); i++) {
    if (bytes[i] != 0) return fail(Errno::kEINVAL);
  }
  return row.handler(Call{attr, user_attr, size});
}

}  // namespace skep::bpf
