/* bpf(2), one function per command. Names, types and meanings are libbpf's (1.x): a function returns a file descriptor
 * or 0, or -errno with errno set as well. Structures of options begin with their size; see LIBBPF_OPTS. */
#ifndef __LIBBPF_BPF_H
#define __LIBBPF_BPF_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libbpf_common.h"
#include "libbpf_legacy.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Skep has no limit on locked memory: always 0. */
int libbpf_set_memlock_rlim(size_t memlock_bytes);

struct bpf_map_create_opts {
  size_t sz;
  __u32 btf_fd;
  __u32 btf_key_type_id;
  __u32 btf_value_type_id;
  __u32 btf_vmlinux_value_type_id;
  __u32 inner_map_fd;
  __u32 map_flags;
  __u64 map_extra;
  __u32 numa_node;
  __u32 map_ifindex;
};
#define bpf_map_create_opts__last_field map_ifindex

/* map_name may be NULL; longer ones are cut to BPF_OBJ_NAME_LEN - 1. */
LIBBPF_API int bpf_map_create(enum bpf_map_type map_type, const char *map_name, __u32 key_size, __u32 value_size,
                              __u32 max_entries, const struct bpf_map_create_opts *opts);

struct bpf_prog_load_opts {
  size_t sz;
  int attempts; /* how often to try while the kernel answers EAGAIN; 0: 5 */
  enum bpf_attach_type expected_attach_type;
  __u32 prog_btf_fd;
  __u32 prog_flags;
  __u32 prog_ifindex;
  __u32 kern_version;
  __u32 attach_btf_id;
  __u32 attach_prog_fd;
  __u32 attach_btf_obj_fd;
  const int *fd_array;
  /* As in .BTF.ext, with insn_off in instructions. */
  const void *func_info;
  __u32 func_info_cnt;
  __u32 func_info_rec_size;
  const void *line_info;
  __u32 line_info_cnt;
  __u32 line_info_rec_size;
  /* log_level 0 with a log_buf: the log is asked for only after a load without one has failed. */
  __u32 log_level;
  __u32 log_size;
  char *log_buf;
};
#define bpf_prog_load_opts__last_field log_buf

LIBBPF_API int bpf_prog_load(enum bpf_prog_type prog_type, const char *prog_name, const char *license,
                             const struct bpf_insn *insns, size_t insn_cnt, const struct bpf_prog_load_opts *opts);

#define MAPS_RELAX_COMPAT 0x01
#define BPF_LOG_BUF_SIZE (UINT32_MAX >> 8)

struct bpf_btf_load_opts {
  size_t sz;
  char *log_buf;
  __u32 log_level;
  __u32 log_size;
};
#define bpf_btf_load_opts__last_field log_size

LIBBPF_API int bpf_btf_load(const void *btf_data, size_t btf_size, const struct bpf_btf_load_opts *opts);

LIBBPF_API int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags);
LIBBPF_API int bpf_map_lookup_elem(int fd, const void *key, void *value);
LIBBPF_API int bpf_map_lookup_elem_flags(int fd, const void *key, void *value, __u64 flags);
LIBBPF_API int bpf_map_lookup_and_delete_elem(int fd, const void *key, void *value);
LIBBPF_API int bpf_map_lookup_and_delete_elem_flags(int fd, const void *key, void *value, __u64 flags);
LIBBPF_API int bpf_map_delete_elem(int fd, const void *key);
LIBBPF_API int bpf_map_delete_elem_flags(int fd, const void *key, __u64 flags);
/* key NULL: the first key. -ENOENT after the last. */
LIBBPF_API int bpf_map_get_next_key(int fd, const void *key, void *next_key);
LIBBPF_API int bpf_map_freeze(int fd);

struct bpf_map_batch_opts {
  size_t sz;
  __u64 elem_flags;
  __u64 flags;
};
#define bpf_map_batch_opts__last_field flags

/* *count: how many there is room for, or to work on; after the call, how many there were. */
LIBBPF_API int bpf_map_delete_batch(int fd, const void *keys, __u32 *count, const struct bpf_map_batch_opts *opts);
LIBBPF_API int bpf_map_lookup_batch(int fd, void *in_batch, void *out_batch, void *keys, void *values, __u32 *count,
                                    const struct bpf_map_batch_opts *opts);
LIBBPF_API int bpf_map_lookup_and_delete_batch(int fd, void *in_batch, void *out_batch, void *keys, void *values,
                                               __u32 *count, const struct bpf_map_batch_opts *opts);
LIBBPF_API int bpf_map_update_batch(int fd, const void *keys, const void *values, __u32 *count,
                                    const struct bpf_map_batch_opts *opts);

struct bpf_obj_get_opts {
  size_t sz;
  __u32 file_flags;
  size_t : 0;
};
#define bpf_obj_get_opts__last_field file_flags

LIBBPF_API int bpf_obj_pin(int fd, const char *pathname);
LIBBPF_API int bpf_obj_get(const char *pathname);
LIBBPF_API int bpf_obj_get_opts(const char *pathname, const struct bpf_obj_get_opts *opts);

struct bpf_prog_attach_opts {
  size_t sz;
  unsigned int flags;
  int replace_prog_fd;
};
#define bpf_prog_attach_opts__last_field replace_prog_fd

LIBBPF_API int bpf_prog_attach(int prog_fd, int attachable_fd, enum bpf_attach_type type, unsigned int flags);
LIBBPF_API int bpf_prog_attach_opts(int prog_fd, int attachable_fd, enum bpf_attach_type type,
                                    const struct bpf_prog_attach_opts *opts);
LIBBPF_API int bpf_prog_detach(int attachable_fd, enum bpf_attach_type type);
LIBBPF_API int bpf_prog_detach2(int prog_fd, int attachable_fd, enum bpf_attach_type type);

union bpf_iter_link_info;
struct bpf_link_create_opts {
  size_t sz;
  __u32 flags;
  union bpf_iter_link_info *iter_info;
  __u32 iter_info_len;
  __u32 target_btf_id;
  union {
    struct {
      __u64 bpf_cookie;
    } perf_event;
    struct {
      __u32 flags;
      __u32 cnt;
      const char **syms;
      const unsigned long *addrs;
      const __u64 *cookies;
    } kprobe_multi;
    struct {
      __u64 cookie;
    } tracing;
  };
  size_t : 0;
};
#define bpf_link_create_opts__last_field kprobe_multi.cookies

LIBBPF_API int bpf_link_create(int prog_fd, int target_fd, enum bpf_attach_type attach_type,
                               const struct bpf_link_create_opts *opts);
LIBBPF_API int bpf_link_detach(int link_fd);

struct bpf_link_update_opts {
  size_t sz;
  __u32 flags;
  __u32 old_prog_fd;
};
#define bpf_link_update_opts__last_field old_prog_fd

LIBBPF_API int bpf_link_update(int link_fd, int new_prog_fd, const struct bpf_link_update_opts *opts);

LIBBPF_API int bpf_iter_create(int link_fd);

/* The smallest id above start_id; -ENOENT when there is none. */
LIBBPF_API int bpf_prog_get_next_id(__u32 start_id, __u32 *next_id);
LIBBPF_API int bpf_map_get_next_id(__u32 start_id, __u32 *next_id);
LIBBPF_API int bpf_btf_get_next_id(__u32 start_id, __u32 *next_id);
LIBBPF_API int bpf_link_get_next_id(__u32 start_id, __u32 *next_id);

struct bpf_get_fd_by_id_opts {
  size_t sz;
  __u32 open_flags;
  size_t : 0;
};
#define bpf_get_fd_by_id_opts__last_field open_flags

LIBBPF_API int bpf_prog_get_fd_by_id(__u32 id);
LIBBPF_API int bpf_prog_get_fd_by_id_opts(__u32 id, const struct bpf_get_fd_by_id_opts *opts);
LIBBPF_API int bpf_map_get_fd_by_id(__u32 id);
LIBBPF_API int bpf_map_get_fd_by_id_opts(__u32 id, const struct bpf_get_fd_by_id_opts *opts);
LIBBPF_API int bpf_btf_get_fd_by_id(__u32 id);
LIBBPF_API int bpf_btf_get_fd_by_id_opts(__u32 id, const struct bpf_get_fd_by_id_opts *opts);
LIBBPF_API int bpf_link_get_fd_by_id(__u32 id);
LIBBPF_API int bpf_link_get_fd_by_id_opts(__u32 id, const struct bpf_get_fd_by_id_opts *opts);
LIBBPF_API int bpf_obj_get_info_by_fd(int bpf_fd, void *info, __u32 *info_len);
/* The same for one kind of object, as in libbpf 1.2. */
LIBBPF_API int bpf_prog_get_info_by_fd(int prog_fd, struct bpf_prog_info *info, __u32 *info_len);
LIBBPF_API int bpf_map_get_info_by_fd(int map_fd, struct bpf_map_info *info, __u32 *info_len);
LIBBPF_API int bpf_btf_get_info_by_fd(int btf_fd, struct bpf_btf_info *info, __u32 *info_len);
LIBBPF_API int bpf_link_get_info_by_fd(int link_fd, struct bpf_link_info *info, __u32 *info_len);

struct bpf_prog_query_opts {
  size_t sz;
  __u32 query_flags;
  __u32 attach_flags; /* output */
  __u32 *prog_ids;
  __u32 prog_cnt; /* in: room; out: how many */
  __u32 *prog_attach_flags;
};
#define bpf_prog_query_opts__last_field prog_attach_flags

LIBBPF_API int bpf_prog_query_opts(int target_fd, enum bpf_attach_type type, struct bpf_prog_query_opts *opts);
LIBBPF_API int bpf_prog_query(int target_fd, enum bpf_attach_type type, __u32 query_flags, __u32 *attach_flags,
                              __u32 *prog_ids, __u32 *prog_cnt);

LIBBPF_API int bpf_raw_tracepoint_open(const char *name, int prog_fd);
LIBBPF_API int bpf_task_fd_query(int pid, int fd, __u32 flags, char *buf, __u32 *buf_len, __u32 *prog_id,
                                 __u32 *fd_type, __u64 *probe_offset, __u64 *probe_addr);

#ifdef __cplusplus
LIBBPF_API int bpf_enable_stats(int type);
#else
enum bpf_stats_type;
LIBBPF_API int bpf_enable_stats(enum bpf_stats_type type);
#endif

struct bpf_prog_bind_opts {
  size_t sz;
  __u32 flags;
};
#define bpf_prog_bind_opts__last_field flags

LIBBPF_API int bpf_prog_bind_map(int prog_fd, int map_fd, const struct bpf_prog_bind_opts *opts);

struct bpf_test_run_opts {
  size_t sz;
  const void *data_in;
  void *data_out;
  __u32 data_size_in;
  __u32 data_size_out; /* in: room; out: bytes */
  const void *ctx_in;
  void *ctx_out;
  __u32 ctx_size_in;
  __u32 ctx_size_out; /* in: room; out: bytes */
  __u32 retval;       /* output */
  int repeat;
  __u32 duration; /* output: ns per run, averaged */
  __u32 flags;
  __u32 cpu;
  __u32 batch_size;
};
#define bpf_test_run_opts__last_field batch_size

LIBBPF_API int bpf_prog_test_run_opts(int prog_fd, struct bpf_test_run_opts *opts);

#ifdef __cplusplus
}
#endif

#endif
