// <bpf/bpf.h>: bpf(2), one function per command. Each passes only the part of the attributes that its command has.
#include <bpf/bpf.h>

#include <bit>
#include <type_traits>

#include "bpf_internal.h"
#include "errors.h"
#include "opts.h"
#include "sys.h"

using namespace skep::libbpf;

namespace {

#define ATTR_BYTES(last_field) END_OF_FIELD(union bpf_attr, last_field)

struct ZeroAttr {
  union bpf_attr attr;
  ZeroAttr() { memset(&attr, 0, sizeof(attr)); }
};

__u64 address(const void* p) { return reinterpret_cast<uintptr_t>(p); }

int call(int command, union bpf_attr& attr, unsigned bytes) {
  return static_cast<int>(set_errno(sys::bpf(command, &attr, bytes)));
}

void copy_name(char (&to)[BPF_OBJ_NAME_LEN], const char* from) {
  if (!from) return;
  const size_t n = strnlen(from, sizeof(to) - 1);
  memcpy(to, from, n);
  to[n] = '\0';
}

int element_call(int command, int fd, const void* key, const void* value, __u64 flags) {
  ZeroAttr a;
  a.attr.map_fd = static_cast<__u32>(fd);
  a.attr.key = address(key);
  a.attr.value = address(value);
  a.attr.flags = flags;
  return call(command, a.attr, ATTR_BYTES(flags));
}

int batch_call(int command, int fd, const void* in_batch, void* out_batch, const void* keys, const void* values,
               __u32* count, const struct bpf_map_batch_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_map_batch_opts, user_opts);
  if (!opts) return set_errno(-EINVAL);
  ZeroAttr a;
  a.attr.batch.map_fd = static_cast<__u32>(fd);
  a.attr.batch.in_batch = address(in_batch);
  a.attr.batch.out_batch = address(out_batch);
  a.attr.batch.keys = address(keys);
  a.attr.batch.values = address(values);
  a.attr.batch.count = *count;
  a.attr.batch.elem_flags = opts->elem_flags;
  a.attr.batch.flags = opts->flags;
  const int r = call(command, a.attr, ATTR_BYTES(batch.flags));
  *count = a.attr.batch.count;
  return r;
}

int next_id(int command, __u32 start_id, __u32* next) {
  ZeroAttr a;
  a.attr.start_id = start_id;
  const int r = call(command, a.attr, ATTR_BYTES(open_flags));
  if (r == 0) *next = a.attr.next_id;
  return r;
}

int fd_by_id(int command, __u32 id, const struct bpf_get_fd_by_id_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_get_fd_by_id_opts, user_opts);
  if (!opts) return set_errno(-EINVAL);
  ZeroAttr a;
  a.attr.start_id = id;
  a.attr.open_flags = opts->open_flags;
  return call(command, a.attr, ATTR_BYTES(open_flags));
}

// The kernel answers EAGAIN when a signal came during verification.
int load_program(union bpf_attr& attr, int attempts) {
  long fd;
  do {
    fd = sys::bpf(BPF_PROG_LOAD, &attr, ATTR_BYTES(fd_array));
  } while (fd == -EAGAIN && --attempts > 0);
  return static_cast<int>(set_errno(fd));
}

}  // namespace

int libbpf_set_memlock_rlim(size_t) { return 0; }

int skep::libbpf::create_map_of_type(__u32 type, const char* name, __u32 key_size, __u32 value_size, __u32 max_entries,
                                     const bpf_map_create_opts& opts) {
  ZeroAttr a;
  a.attr.map_type = type;
  copy_name(a.attr.map_name, name);
  a.attr.key_size = key_size;
  a.attr.value_size = value_size;
  a.attr.max_entries = max_entries;
  a.attr.btf_fd = opts.btf_fd;
  a.attr.btf_key_type_id = opts.btf_key_type_id;
  a.attr.btf_value_type_id = opts.btf_value_type_id;
  a.attr.btf_vmlinux_value_type_id = opts.btf_vmlinux_value_type_id;
  a.attr.inner_map_fd = opts.inner_map_fd;
  a.attr.map_flags = opts.map_flags;
  a.attr.map_extra = opts.map_extra;
  a.attr.numa_node = opts.numa_node;
  a.attr.map_ifindex = opts.map_ifindex;
  return call(BPF_MAP_CREATE, a.attr, ATTR_BYTES(map_extra));
}

int bpf_map_create(enum bpf_map_type map_type, const char* map_name, __u32 key_size, __u32 value_size,
                   __u32 max_entries, const struct bpf_map_create_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_map_create_opts, user_opts);
  if (!opts) return set_errno(-EINVAL);
  return create_map_of_type(std::bit_cast<__u32>(map_type), map_name, key_size, value_size, max_entries, *opts);
}

int bpf_prog_load(enum bpf_prog_type prog_type, const char* prog_name, const char* license,
                  const struct bpf_insn* insns, size_t insn_cnt, const struct bpf_prog_load_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_prog_load_opts, user_opts);
  if (!opts || opts->attempts < 0) return set_errno(-EINVAL);
  if (insn_cnt > UINT32_MAX) return set_errno(-E2BIG);
  if ((opts->log_buf == nullptr) != (opts->log_size == 0)) return set_errno(-EINVAL);
  if (opts->log_level != 0 && !opts->log_buf) return set_errno(-EINVAL);
  if (opts->attach_prog_fd != 0 && opts->attach_btf_obj_fd != 0) return set_errno(-EINVAL);
  const int attempts = opts->attempts != 0 ? opts->attempts : 5;

  ZeroAttr a;
  a.attr.prog_type = std::bit_cast<__u32>(prog_type);
  a.attr.expected_attach_type = opts->expected_attach_type;
  a.attr.prog_btf_fd = opts->prog_btf_fd;
  a.attr.prog_flags = opts->prog_flags;
  a.attr.prog_ifindex = opts->prog_ifindex;
  a.attr.kern_version = opts->kern_version;
  copy_name(a.attr.prog_name, prog_name);
  a.attr.license = address(license);
  a.attr.insns = address(insns);
  a.attr.insn_cnt = static_cast<__u32>(insn_cnt);
  a.attr.attach_btf_id = opts->attach_btf_id;
  a.attr.attach_prog_fd = opts->attach_prog_fd != 0 ? opts->attach_prog_fd : opts->attach_btf_obj_fd;
  a.attr.func_info = address(opts->func_info);
  a.attr.func_info_cnt = opts->func_info_cnt;
  a.attr.func_info_rec_size = opts->func_info_rec_size;
  a.attr.line_info = address(opts->line_info);
  a.attr.line_info_cnt = opts->line_info_cnt;
  a.attr.line_info_rec_size = opts->line_info_rec_size;
  a.attr.fd_array = address(opts->fd_array);
  a.attr.log_level = opts->log_level;
  if (opts->log_level != 0) {
    a.attr.log_buf = address(opts->log_buf);
    a.attr.log_size = opts->log_size;
  }
  int fd = load_program(a.attr, attempts);
  if (fd < 0 && opts->log_level == 0 && opts->log_buf) {
    a.attr.log_level = 1;
    a.attr.log_buf = address(opts->log_buf);
    a.attr.log_size = opts->log_size;
    fd = load_program(a.attr, attempts);
  }
  return fd;
}

int bpf_btf_load(const void* btf_data, size_t btf_size, const struct bpf_btf_load_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_btf_load_opts, user_opts);
  if (!opts) return set_errno(-EINVAL);
  if (btf_size > UINT32_MAX) return set_errno(-E2BIG);
  if ((opts->log_buf == nullptr) != (opts->log_size == 0)) return set_errno(-EINVAL);
  if (opts->log_level != 0 && !opts->log_buf) return set_errno(-EINVAL);
  ZeroAttr a;
  a.attr.btf = address(btf_data);
  a.attr.btf_size = static_cast<__u32>(btf_size);
  const auto ask_for_log = [&](__u32 level) {
    a.attr.btf_log_buf = address(opts->log_buf);
    a.attr.btf_log_size = opts->log_size;
    a.attr.btf_log_level = level;
  };
  if (opts->log_level != 0) ask_for_log(opts->log_level);
  int fd = call(BPF_BTF_LOAD, a.attr, ATTR_BYTES(btf_log_level));
  if (fd < 0 && opts->log_buf && opts->log_level == 0) {
    ask_for_log(1);
    fd = call(BPF_BTF_LOAD, a.attr, ATTR_BYTES(btf_log_level));
  }
  return fd;
}

int bpf_map_update_elem(int fd, const void* key, const void* value, __u64 flags) {
  return element_call(BPF_MAP_UPDATE_ELEM, fd, key, value, flags);
}
int bpf_map_lookup_elem(int fd, const void* key, void* value) {
  return element_call(BPF_MAP_LOOKUP_ELEM, fd, key, value, 0);
}
int bpf_map_lookup_elem_flags(int fd, const void* key, void* value, __u64 flags) {
  return element_call(BPF_MAP_LOOKUP_ELEM, fd, key, value, flags);
}
int bpf_map_lookup_and_delete_elem(int fd, const void* key, void* value) {
  return element_call(BPF_MAP_LOOKUP_AND_DELETE_ELEM, fd, key, value, 0);
}
int bpf_map_lookup_and_delete_elem_flags(int fd, const void* key, void* value, __u64 flags) {
  return element_call(BPF_MAP_LOOKUP_AND_DELETE_ELEM, fd, key, value, flags);
}
int bpf_map_delete_elem(int fd, const void* key) { return element_call(BPF_MAP_DELETE_ELEM, fd, key, nullptr, 0); }
int bpf_map_delete_elem_flags(int fd, const void* key, __u64 flags) {
  return element_call(BPF_MAP_DELETE_ELEM, fd, key, nullptr, flags);
}

int bpf_map_get_next_key(int fd, const void* key, void* next_key) {
  ZeroAttr a;
  a.attr.map_fd = static_cast<__u32>(fd);
  a.attr.key = address(key);
  a.attr.next_key = address(next_key);
  return call(BPF_MAP_GET_NEXT_KEY, a.attr, ATTR_BYTES(next_key));
}

int bpf_map_freeze(int fd) {
  ZeroAttr a;
  a.attr.map_fd = static_cast<__u32>(fd);
  return call(BPF_MAP_FREEZE, a.attr, ATTR_BYTES(map_fd));
}

int bpf_map_delete_batch(int fd, const void* keys, __u32* count, const struct bpf_map_batch_opts* opts) {
  return batch_call(BPF_MAP_DELETE_BATCH, fd, nullptr, nullptr, keys, nullptr, count, opts);
}
int bpf_map_lookup_batch(int fd, void* in_batch, void* out_batch, void* keys, void* values, __u32* count,
                         const struct bpf_map_batch_opts* opts) {
  return batch_call(BPF_MAP_LOOKUP_BATCH, fd, in_batch, out_batch, keys, values, count, opts);
}
int bpf_map_lookup_and_delete_batch(int fd, void* in_batch, void* out_batch, void* keys, void* values, __u32* count,
                                    const struct bpf_map_batch_opts* opts) {
  return batch_call(BPF_MAP_LOOKUP_AND_DELETE_BATCH, fd, in_batch, out_batch, keys, values, count, opts);
}
int bpf_map_update_batch(int fd, const void* keys, const void* values, __u32* count,
                         const struct bpf_map_batch_opts* opts) {
  return batch_call(BPF_MAP_UPDATE_BATCH, fd, nullptr, nullptr, keys, values, count, opts);
}

int bpf_obj_pin(int fd, const char* pathname) {
  ZeroAttr a;
  a.attr.pathname = address(pathname);
  a.attr.bpf_fd = static_cast<__u32>(fd);
  return call(BPF_OBJ_PIN, a.attr, ATTR_BYTES(file_flags));
}
int bpf_obj_get(const char* pathname) { return bpf_obj_get_opts(pathname, nullptr); }
int bpf_obj_get_opts(const char* pathname, const struct bpf_obj_get_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_obj_get_opts, user_opts);
  if (!opts) return set_errno(-EINVAL);
  ZeroAttr a;
  a.attr.pathname = address(pathname);
  a.attr.file_flags = opts->file_flags;
  return call(BPF_OBJ_GET, a.attr, ATTR_BYTES(file_flags));
}

int bpf_prog_attach(int prog_fd, int attachable_fd, enum bpf_attach_type type, unsigned int flags) {
  LIBBPF_OPTS(bpf_prog_attach_opts, opts, .flags = flags);
  return bpf_prog_attach_opts(prog_fd, attachable_fd, type, &opts);
}
int bpf_prog_attach_opts(int prog_fd, int attachable_fd, enum bpf_attach_type type,
                         const struct bpf_prog_attach_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_prog_attach_opts, user_opts);
  if (!opts) return set_errno(-EINVAL);
  ZeroAttr a;
  a.attr.target_fd = static_cast<__u32>(attachable_fd);
  a.attr.attach_bpf_fd = static_cast<__u32>(prog_fd);
  a.attr.attach_type = type;
  a.attr.attach_flags = opts->flags;
  a.attr.replace_bpf_fd = static_cast<__u32>(opts->replace_prog_fd);
  return call(BPF_PROG_ATTACH, a.attr, ATTR_BYTES(replace_bpf_fd));
}
int bpf_prog_detach(int attachable_fd, enum bpf_attach_type type) { return bpf_prog_detach2(0, attachable_fd, type); }
int bpf_prog_detach2(int prog_fd, int attachable_fd, enum bpf_attach_type type) {
  ZeroAttr a;
  a.attr.target_fd = static_cast<__u32>(attachable_fd);
  a.attr.attach_bpf_fd = static_cast<__u32>(prog_fd);
  a.attr.attach_type = type;
  return call(BPF_PROG_DETACH, a.attr, ATTR_BYTES(replace_bpf_fd));
}

int bpf_link_create(int prog_fd, int target_fd, enum bpf_attach_type attach_type,
                    const struct bpf_link_create_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_link_create_opts, user_opts);
  if (!opts) return set_errno(-EINVAL);
  if (opts->iter_info_len != 0 && opts->target_btf_id != 0) return set_errno(-EINVAL);
  ZeroAttr a;
  auto& create = a.attr.link_create;
  create.prog_fd = static_cast<__u32>(prog_fd);
  create.target_fd = static_cast<__u32>(target_fd);
  create.attach_type = attach_type;
  create.flags = opts->flags;
  switch (attach_type) {
    case BPF_TRACE_ITER:
      create.iter_info = address(opts->iter_info);
      create.iter_info_len = opts->iter_info_len;
      break;
    case BPF_PERF_EVENT:
      create.perf_event.bpf_cookie = opts->perf_event.bpf_cookie;
      break;
    case BPF_TRACE_KPROBE_MULTI:
      create.kprobe_multi.flags = opts->kprobe_multi.flags;
      create.kprobe_multi.cnt = opts->kprobe_multi.cnt;
      create.kprobe_multi.syms = address(opts->kprobe_multi.syms);
      create.kprobe_multi.addrs = address(opts->kprobe_multi.addrs);
      create.kprobe_multi.cookies = address(opts->kprobe_multi.cookies);
      break;
    case BPF_TRACE_RAW_TP:
    case BPF_TRACE_FENTRY:
    case BPF_TRACE_FEXIT:
    case BPF_MODIFY_RETURN:
    case BPF_LSM_MAC:
      create.tracing.target_btf_id = opts->target_btf_id;
      create.tracing.cookie = opts->tracing.cookie;
      break;
    default:
      create.target_btf_id = opts->target_btf_id;
      break;
  }
  return call(BPF_LINK_CREATE, a.attr, ATTR_BYTES(link_create));
}

int bpf_link_detach(int link_fd) {
  ZeroAttr a;
  a.attr.link_detach.link_fd = static_cast<__u32>(link_fd);
  return call(BPF_LINK_DETACH, a.attr, ATTR_BYTES(link_detach));
}

int bpf_link_update(int link_fd, int new_prog_fd, const struct bpf_link_update_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_link_update_opts, user_opts);
  if (!opts) return set_errno(-EINVAL);
  ZeroAttr a;
  a.attr.link_update.link_fd = static_cast<__u32>(link_fd);
  a.attr.link_update.new_prog_fd = static_cast<__u32>(new_prog_fd);
  a.attr.link_update.flags = opts->flags;
  a.attr.link_update.old_prog_fd = opts->old_prog_fd;
  return call(BPF_LINK_UPDATE, a.attr, ATTR_BYTES(link_update.old_prog_fd));
}

int bpf_iter_create(int link_fd) {
  ZeroAttr a;
  a.attr.iter_create.link_fd = static_cast<__u32>(link_fd);
  return call(BPF_ITER_CREATE, a.attr, ATTR_BYTES(iter_create));
}

int bpf_prog_get_next_id(__u32 start_id, __u32* next) { return next_id(BPF_PROG_GET_NEXT_ID, start_id, next); }
int bpf_map_get_next_id(__u32 start_id, __u32* next) { return next_id(BPF_MAP_GET_NEXT_ID, start_id, next); }
int bpf_btf_get_next_id(__u32 start_id, __u32* next) { return next_id(BPF_BTF_GET_NEXT_ID, start_id, next); }
int bpf_link_get_next_id(__u32 start_id, __u32* next) { return next_id(BPF_LINK_GET_NEXT_ID, start_id, next); }

int bpf_prog_get_fd_by_id(__u32 id) { return fd_by_id(BPF_PROG_GET_FD_BY_ID, id, nullptr); }
int bpf_prog_get_fd_by_id_opts(__u32 id, const struct bpf_get_fd_by_id_opts* opts) {
  return fd_by_id(BPF_PROG_GET_FD_BY_ID, id, opts);
}
int bpf_map_get_fd_by_id(__u32 id) { return fd_by_id(BPF_MAP_GET_FD_BY_ID, id, nullptr); }
int bpf_map_get_fd_by_id_opts(__u32 id, const struct bpf_get_fd_by_id_opts* opts) {
  return fd_by_id(BPF_MAP_GET_FD_BY_ID, id, opts);
}
int bpf_btf_get_fd_by_id(__u32 id) { return fd_by_id(BPF_BTF_GET_FD_BY_ID, id, nullptr); }
int bpf_btf_get_fd_by_id_opts(__u32 id, const struct bpf_get_fd_by_id_opts* opts) {
  return fd_by_id(BPF_BTF_GET_FD_BY_ID, id, opts);
}
int bpf_link_get_fd_by_id(__u32 id) { return fd_by_id(BPF_LINK_GET_FD_BY_ID, id, nullptr); }
int bpf_link_get_fd_by_id_opts(__u32 id, const struct bpf_get_fd_by_id_opts* opts) {
  return fd_by_id(BPF_LINK_GET_FD_BY_ID, id, opts);
}

int bpf_obj_get_info_by_fd(int bpf_fd, void* info, __u32* info_len) {
  ZeroAttr a;
  a.attr.info.bpf_fd = static_cast<__u32>(bpf_fd);
  a.attr.info.info_len = *info_len;
  a.attr.info.info = address(info);
  const int r = call(BPF_OBJ_GET_INFO_BY_FD, a.attr, ATTR_BYTES(info));
  if (r == 0) *info_len = a.attr.info.info_len;
  return r;
}
int bpf_prog_get_info_by_fd(int prog_fd, struct bpf_prog_info* info, __u32* info_len) {
  return bpf_obj_get_info_by_fd(prog_fd, info, info_len);
}
int bpf_map_get_info_by_fd(int map_fd, struct bpf_map_info* info, __u32* info_len) {
  return bpf_obj_get_info_by_fd(map_fd, info, info_len);
}
int bpf_btf_get_info_by_fd(int btf_fd, struct bpf_btf_info* info, __u32* info_len) {
  return bpf_obj_get_info_by_fd(btf_fd, info, info_len);
}
int bpf_link_get_info_by_fd(int link_fd, struct bpf_link_info* info, __u32* info_len) {
  return bpf_obj_get_info_by_fd(link_fd, info, info_len);
}

int bpf_prog_query_opts(int target_fd, enum bpf_attach_type type, struct bpf_prog_query_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_prog_query_opts, user_opts);
  if (!opts) return set_errno(-EINVAL);
  ZeroAttr a;
  a.attr.query.target_fd = static_cast<__u32>(target_fd);
  a.attr.query.attach_type = type;
  a.attr.query.query_flags = opts->query_flags;
  a.attr.query.prog_cnt = opts->prog_cnt;
  a.attr.query.prog_ids = address(opts->prog_ids);
  a.attr.query.prog_attach_flags = address(opts->prog_attach_flags);
  const int r = call(BPF_PROG_QUERY, a.attr, ATTR_BYTES(query));
  SET_OPT(user_opts, attach_flags, a.attr.query.attach_flags);
  SET_OPT(user_opts, prog_cnt, a.attr.query.prog_cnt);
  return r;
}
int bpf_prog_query(int target_fd, enum bpf_attach_type type, __u32 query_flags, __u32* attach_flags, __u32* prog_ids,
                   __u32* prog_cnt) {
  LIBBPF_OPTS(bpf_prog_query_opts, opts, .query_flags = query_flags, .prog_ids = prog_ids, .prog_cnt = *prog_cnt);
  const int r = bpf_prog_query_opts(target_fd, type, &opts);
  if (attach_flags) *attach_flags = opts.attach_flags;
  *prog_cnt = opts.prog_cnt;
  return r;
}

int bpf_raw_tracepoint_open(const char* name, int prog_fd) {
  ZeroAttr a;
  a.attr.raw_tracepoint.name = address(name);
  a.attr.raw_tracepoint.prog_fd = static_cast<__u32>(prog_fd);
  return call(BPF_RAW_TRACEPOINT_OPEN, a.attr, ATTR_BYTES(raw_tracepoint.prog_fd));
}

int bpf_task_fd_query(int pid, int fd, __u32 flags, char* buf, __u32* buf_len, __u32* prog_id, __u32* fd_type,
                      __u64* probe_offset, __u64* probe_addr) {
  ZeroAttr a;
  auto& query = a.attr.task_fd_query;
  query.pid = static_cast<__u32>(pid);
  query.fd = static_cast<__u32>(fd);
  query.flags = flags;
  query.buf = address(buf);
  query.buf_len = *buf_len;
  const int r = call(BPF_TASK_FD_QUERY, a.attr, ATTR_BYTES(task_fd_query));
  *buf_len = query.buf_len;
  *prog_id = query.prog_id;
  *fd_type = query.fd_type;
  *probe_offset = query.probe_offset;
  *probe_addr = query.probe_addr;
  return r;
}

int bpf_enable_stats(int type) {
  ZeroAttr a;
  a.attr.enable_stats.type = static_cast<__u32>(type);
  return call(BPF_ENABLE_STATS, a.attr, ATTR_BYTES(enable_stats));
}

int bpf_prog_bind_map(int prog_fd, int map_fd, const struct bpf_prog_bind_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_prog_bind_opts, user_opts);
  if (!opts) return set_errno(-EINVAL);
  ZeroAttr a;
  a.attr.prog_bind_map.prog_fd = static_cast<__u32>(prog_fd);
  a.attr.prog_bind_map.map_fd = static_cast<__u32>(map_fd);
  a.attr.prog_bind_map.flags = opts->flags;
  return call(BPF_PROG_BIND_MAP, a.attr, ATTR_BYTES(prog_bind_map));
}

int bpf_prog_test_run_opts(int prog_fd, struct bpf_test_run_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_test_run_opts, user_opts);
  if (!opts) return set_errno(-EINVAL);
  ZeroAttr a;
  auto& test = a.attr.test;
  test.prog_fd = static_cast<__u32>(prog_fd);
  test.data_in = address(opts->data_in);
  test.data_out = address(opts->data_out);
  test.data_size_in = opts->data_size_in;
  test.data_size_out = opts->data_size_out;
  test.ctx_in = address(opts->ctx_in);
  test.ctx_out = address(opts->ctx_out);
  test.ctx_size_in = opts->ctx_size_in;
  test.ctx_size_out = opts->ctx_size_out;
  test.repeat = static_cast<__u32>(opts->repeat);
  test.flags = opts->flags;
  test.cpu = opts->cpu;
  test.batch_size = opts->batch_size;
  const int r = call(BPF_PROG_TEST_RUN, a.attr, ATTR_BYTES(test));
  SET_OPT(user_opts, data_size_out, test.data_size_out);
  SET_OPT(user_opts, ctx_size_out, test.ctx_size_out);
  SET_OPT(user_opts, retval, test.retval);
  SET_OPT(user_opts, duration, test.duration);
  return r;
}
