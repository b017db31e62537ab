/* Opening, loading and attaching ELF objects with BPF programs. Names, types and meanings are libbpf's (1.x): functions
 * that return a pointer return NULL on failure, with errno set; functions that return an int return -errno (or one of
 * enum libbpf_errno, negative), with errno set as well. Usable from C and C++. Not thread-safe for one object. */
#ifndef __LIBBPF_LIBBPF_H
#define __LIBBPF_LIBBPF_H

#include <linux/bpf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "libbpf_common.h"
#include "libbpf_legacy.h"

#ifdef __cplusplus
extern "C" {
#endif

LIBBPF_API __u32 libbpf_major_version(void);
LIBBPF_API __u32 libbpf_minor_version(void);
LIBBPF_API const char *libbpf_version_string(void);

enum libbpf_errno {
  __LIBBPF_ERRNO__START = 4000,
  LIBBPF_ERRNO__LIBELF = __LIBBPF_ERRNO__START, /* not an ELF file, or a broken one */
  LIBBPF_ERRNO__FORMAT,                         /* ELF, but not a valid BPF object */
  LIBBPF_ERRNO__KVERSION,
  LIBBPF_ERRNO__ENDIAN,
  LIBBPF_ERRNO__INTERNAL,
  LIBBPF_ERRNO__RELOC,
  LIBBPF_ERRNO__LOAD,
  LIBBPF_ERRNO__VERIFY,
  LIBBPF_ERRNO__PROG2BIG,
  LIBBPF_ERRNO__KVER,
  LIBBPF_ERRNO__PROGTYPE,
  LIBBPF_ERRNO__WRNGPID,
  LIBBPF_ERRNO__INVSEQ,
  LIBBPF_ERRNO__NLPARSE,
  __LIBBPF_ERRNO__END,
};

/* The message of an errno or a libbpf_errno, of either sign. */
LIBBPF_API int libbpf_strerror(int err, char *buf, size_t size);

/* "kprobe" for BPF_PROG_TYPE_KPROBE; NULL for an unknown value. */
LIBBPF_API const char *libbpf_bpf_attach_type_str(enum bpf_attach_type t);
LIBBPF_API const char *libbpf_bpf_link_type_str(enum bpf_link_type t);
LIBBPF_API const char *libbpf_bpf_map_type_str(enum bpf_map_type t);
LIBBPF_API const char *libbpf_bpf_prog_type_str(enum bpf_prog_type t);

enum libbpf_print_level {
  LIBBPF_WARN,
  LIBBPF_INFO,
  LIBBPF_DEBUG,
};

typedef int (*libbpf_print_fn_t)(enum libbpf_print_level level, const char *, va_list ap);

/* Where messages go; NULL: nowhere. Returns the function in force before. At first WARN and INFO go to stderr. */
LIBBPF_API libbpf_print_fn_t libbpf_set_print(libbpf_print_fn_t fn);

struct bpf_object;

struct bpf_object_open_opts {
  size_t sz;
  const char *object_name; /* default: the file's name up to the first dot, or "<address>-<size>" */
  bool relaxed_maps;       /* accept attributes of map definitions that are not known */
  const char *pin_root_path;
  __u32 : 32;
  const char *kconfig;
  const char *btf_custom_path;
  /* A buffer of the caller's for the logs of BTF_LOAD and PROG_LOAD. With kernel_log_level 0 a log is asked for only
   * after a failure. */
  char *kernel_log_buf;
  size_t kernel_log_size;
  __u32 kernel_log_level;
  size_t : 0;
};
#define bpf_object_open_opts__last_field kernel_log_level

LIBBPF_API struct bpf_object *bpf_object__open(const char *path);
LIBBPF_API struct bpf_object *bpf_object__open_file(const char *path, const struct bpf_object_open_opts *opts);
/* The bytes are copied. */
LIBBPF_API struct bpf_object *bpf_object__open_mem(const void *obj_buf, size_t obj_buf_sz,
                                                   const struct bpf_object_open_opts *opts);
/* Creates the maps, loads the BTF and the programs. On failure nothing stays in the kernel. */
LIBBPF_API int bpf_object__load(struct bpf_object *obj);
/* Links outlive the object: destroy them first. NULL is allowed. */
LIBBPF_API void bpf_object__close(struct bpf_object *object);

LIBBPF_API const char *bpf_object__name(const struct bpf_object *obj);
LIBBPF_API unsigned int bpf_object__kversion(const struct bpf_object *obj);
LIBBPF_API int bpf_object__set_kversion(struct bpf_object *obj, __u32 kern_version);

struct btf;
LIBBPF_API struct btf *bpf_object__btf(const struct bpf_object *obj);
LIBBPF_API int bpf_object__btf_fd(const struct bpf_object *obj);

LIBBPF_API struct bpf_program *bpf_object__find_program_by_name(const struct bpf_object *obj, const char *name);

LIBBPF_API int libbpf_prog_type_by_name(const char *name, enum bpf_prog_type *prog_type,
                                        enum bpf_attach_type *expected_attach_type);
/* The id of what a tracing program of this attach type is for: the function `name`, or a tracepoint. -ENOENT. */
LIBBPF_API int libbpf_find_vmlinux_btf_id(const char *name, enum bpf_attach_type attach_type);
LIBBPF_API int libbpf_attach_type_by_name(const char *name, enum bpf_attach_type *attach_type);

struct bpf_program;

LIBBPF_API struct bpf_program *bpf_object__next_program(const struct bpf_object *obj, struct bpf_program *prog);
#define bpf_object__for_each_program(pos, obj) \
  for ((pos) = bpf_object__next_program((obj), NULL); (pos) != NULL; (pos) = bpf_object__next_program((obj), (pos)))
LIBBPF_API struct bpf_program *bpf_object__prev_program(const struct bpf_object *obj, struct bpf_program *prog);

LIBBPF_API void bpf_program__set_ifindex(struct bpf_program *prog, __u32 ifindex);
LIBBPF_API const char *bpf_program__name(const struct bpf_program *prog);
LIBBPF_API const char *bpf_program__section_name(const struct bpf_program *prog);
LIBBPF_API bool bpf_program__autoload(const struct bpf_program *prog);
LIBBPF_API int bpf_program__set_autoload(struct bpf_program *prog, bool autoload);
LIBBPF_API bool bpf_program__autoattach(const struct bpf_program *prog);
LIBBPF_API void bpf_program__set_autoattach(struct bpf_program *prog, bool autoattach);

struct bpf_insn;
/* The program's own instructions before load, the linked and relocated ones after. */
LIBBPF_API const struct bpf_insn *bpf_program__insns(const struct bpf_program *prog);
LIBBPF_API int bpf_program__set_insns(struct bpf_program *prog, struct bpf_insn *new_insns, size_t new_insn_cnt);
LIBBPF_API size_t bpf_program__insn_cnt(const struct bpf_program *prog);
LIBBPF_API int bpf_program__fd(const struct bpf_program *prog);
LIBBPF_API void bpf_program__unload(struct bpf_program *prog);

LIBBPF_API enum bpf_prog_type bpf_program__type(const struct bpf_program *prog);
LIBBPF_API int bpf_program__set_type(struct bpf_program *prog, enum bpf_prog_type type);
LIBBPF_API enum bpf_attach_type bpf_program__expected_attach_type(const struct bpf_program *prog);
LIBBPF_API int bpf_program__set_expected_attach_type(struct bpf_program *prog, enum bpf_attach_type type);
LIBBPF_API __u32 bpf_program__flags(const struct bpf_program *prog);
LIBBPF_API int bpf_program__set_flags(struct bpf_program *prog, __u32 flags);
LIBBPF_API __u32 bpf_program__log_level(const struct bpf_program *prog);
LIBBPF_API int bpf_program__set_log_level(struct bpf_program *prog, __u32 log_level);
LIBBPF_API const char *bpf_program__log_buf(const struct bpf_program *prog, size_t *log_size);
LIBBPF_API int bpf_program__set_log_buf(struct bpf_program *prog, char *log_buf, size_t log_size);

struct bpf_link;

LIBBPF_API int bpf_link__fd(const struct bpf_link *link);
LIBBPF_API const char *bpf_link__pin_path(const struct bpf_link *link);
LIBBPF_API int bpf_link__update_program(struct bpf_link *link, struct bpf_program *prog);
/* bpf_link__destroy() will then leave the attachment alone. */
LIBBPF_API void bpf_link__disconnect(struct bpf_link *link);
LIBBPF_API int bpf_link__detach(struct bpf_link *link);
LIBBPF_API int bpf_link__destroy(struct bpf_link *link);

/* Attaches to what the section's name says; -EOPNOTSUPP when it does not say enough. */
LIBBPF_API struct bpf_link *bpf_program__attach(const struct bpf_program *prog);

struct bpf_perf_event_opts {
  size_t sz;
  __u64 bpf_cookie;
};
#define bpf_perf_event_opts__last_field bpf_cookie

/* The link owns pfd from then on. */
LIBBPF_API struct bpf_link *bpf_program__attach_perf_event(const struct bpf_program *prog, int pfd);
LIBBPF_API struct bpf_link *bpf_program__attach_perf_event_opts(const struct bpf_program *prog, int pfd,
                                                                const struct bpf_perf_event_opts *opts);

struct bpf_kprobe_opts {
  size_t sz;
  __u64 bpf_cookie;
  size_t offset; /* bytes from the function's first instruction */
  bool retprobe;
  size_t : 0;
};
#define bpf_kprobe_opts__last_field retprobe

LIBBPF_API struct bpf_link *bpf_program__attach_kprobe(const struct bpf_program *prog, bool retprobe,
                                                       const char *func_name);
LIBBPF_API struct bpf_link *bpf_program__attach_kprobe_opts(const struct bpf_program *prog, const char *func_name,
                                                            const struct bpf_kprobe_opts *opts);

struct bpf_ksyscall_opts {
  size_t sz;
  __u64 bpf_cookie;
  bool retprobe;
  size_t : 0;
};
#define bpf_ksyscall_opts__last_field retprobe

/* syscall_name "fork" is the kernel's function sys_fork. */
LIBBPF_API struct bpf_link *bpf_program__attach_ksyscall(const struct bpf_program *prog, const char *syscall_name,
                                                         const struct bpf_ksyscall_opts *opts);

struct bpf_tracepoint_opts {
  size_t sz;
  __u64 bpf_cookie;
};
#define bpf_tracepoint_opts__last_field bpf_cookie

LIBBPF_API struct bpf_link *bpf_program__attach_tracepoint(const struct bpf_program *prog, const char *tp_category,
                                                           const char *tp_name);
LIBBPF_API struct bpf_link *bpf_program__attach_tracepoint_opts(const struct bpf_program *prog, const char *tp_category,
                                                                const char *tp_name,
                                                                const struct bpf_tracepoint_opts *opts);
LIBBPF_API struct bpf_link *bpf_program__attach_raw_tracepoint(const struct bpf_program *prog, const char *tp_name);

struct bpf_trace_opts {
  size_t sz;
  __u64 cookie;
};
#define bpf_trace_opts__last_field cookie

LIBBPF_API struct bpf_link *bpf_program__attach_trace(const struct bpf_program *prog);
LIBBPF_API struct bpf_link *bpf_program__attach_trace_opts(const struct bpf_program *prog,
                                                           const struct bpf_trace_opts *opts);

struct bpf_map;

/* A name that begins with a dot is that of a data section (".bss"); other internal maps are "<object>.bss". */
LIBBPF_API struct bpf_map *bpf_object__find_map_by_name(const struct bpf_object *obj, const char *name);
LIBBPF_API int bpf_object__find_map_fd_by_name(const struct bpf_object *obj, const char *name);
LIBBPF_API struct bpf_map *bpf_object__next_map(const struct bpf_object *obj, const struct bpf_map *map);
#define bpf_object__for_each_map(pos, obj) \
  for ((pos) = bpf_object__next_map((obj), NULL); (pos) != NULL; (pos) = bpf_object__next_map((obj), (pos)))
#define bpf_map__for_each bpf_object__for_each_map
LIBBPF_API struct bpf_map *bpf_object__prev_map(const struct bpf_object *obj, const struct bpf_map *map);

LIBBPF_API int bpf_map__set_autocreate(struct bpf_map *map, bool autocreate);
LIBBPF_API bool bpf_map__autocreate(const struct bpf_map *map);
LIBBPF_API int bpf_map__fd(const struct bpf_map *map);
/* Uses the map behind fd instead of creating one; fd stays the caller's. */
LIBBPF_API int bpf_map__reuse_fd(struct bpf_map *map, int fd);
LIBBPF_API const char *bpf_map__name(const struct bpf_map *map);
/* The set functions return -EBUSY once the map exists. */
LIBBPF_API enum bpf_map_type bpf_map__type(const struct bpf_map *map);
LIBBPF_API int bpf_map__set_type(struct bpf_map *map, enum bpf_map_type type);
LIBBPF_API __u32 bpf_map__max_entries(const struct bpf_map *map);
LIBBPF_API int bpf_map__set_max_entries(struct bpf_map *map, __u32 max_entries);
LIBBPF_API __u32 bpf_map__map_flags(const struct bpf_map *map);
LIBBPF_API int bpf_map__set_map_flags(struct bpf_map *map, __u32 flags);
LIBBPF_API __u32 bpf_map__numa_node(const struct bpf_map *map);
LIBBPF_API int bpf_map__set_numa_node(struct bpf_map *map, __u32 numa_node);
LIBBPF_API __u32 bpf_map__key_size(const struct bpf_map *map);
LIBBPF_API int bpf_map__set_key_size(struct bpf_map *map, __u32 size);
LIBBPF_API __u32 bpf_map__value_size(const struct bpf_map *map);
LIBBPF_API int bpf_map__set_value_size(struct bpf_map *map, __u32 size);
LIBBPF_API __u32 bpf_map__btf_key_type_id(const struct bpf_map *map);
LIBBPF_API __u32 bpf_map__btf_value_type_id(const struct bpf_map *map);
LIBBPF_API __u32 bpf_map__ifindex(const struct bpf_map *map);
LIBBPF_API int bpf_map__set_ifindex(struct bpf_map *map, __u32 ifindex);
LIBBPF_API __u64 bpf_map__map_extra(const struct bpf_map *map);
LIBBPF_API int bpf_map__set_map_extra(struct bpf_map *map, __u64 map_extra);
/* What a map of global data holds at first. set: the size must be the map's value size, before load. */
LIBBPF_API int bpf_map__set_initial_value(struct bpf_map *map, const void *data, size_t size);
LIBBPF_API const void *bpf_map__initial_value(struct bpf_map *map, size_t *psize);
/* True for the maps made of .rodata, .data and .bss. */
LIBBPF_API bool bpf_map__is_internal(const struct bpf_map *map);
LIBBPF_API const char *bpf_map__pin_path(const struct bpf_map *map);
LIBBPF_API bool bpf_map__is_pinned(const struct bpf_map *map);
LIBBPF_API int bpf_map__set_inner_map_fd(struct bpf_map *map, int fd);
LIBBPF_API struct bpf_map *bpf_map__inner_map(struct bpf_map *map);

/* As bpf_map_lookup_elem() and so on, with sizes that are checked against the map's. A value of a per-CPU map is
 * libbpf_num_possible_cpus() values, each rounded up to 8 bytes. */
LIBBPF_API int bpf_map__lookup_elem(const struct bpf_map *map, const void *key, size_t key_sz, void *value,
                                    size_t value_sz, __u64 flags);
LIBBPF_API int bpf_map__update_elem(const struct bpf_map *map, const void *key, size_t key_sz, const void *value,
                                    size_t value_sz, __u64 flags);
LIBBPF_API int bpf_map__delete_elem(const struct bpf_map *map, const void *key, size_t key_sz, __u64 flags);
LIBBPF_API int bpf_map__lookup_and_delete_elem(const struct bpf_map *map, const void *key, size_t key_sz, void *value,
                                               size_t value_sz, __u64 flags);
LIBBPF_API int bpf_map__get_next_key(const struct bpf_map *map, const void *cur_key, void *next_key, size_t key_sz);

/* 1: the kernel has it, 0: it has not, negative: could not tell. opts must be NULL. */
LIBBPF_API int libbpf_probe_bpf_prog_type(enum bpf_prog_type prog_type, const void *opts);
LIBBPF_API int libbpf_probe_bpf_map_type(enum bpf_map_type map_type, const void *opts);
LIBBPF_API int libbpf_probe_bpf_helper(enum bpf_prog_type prog_type, enum bpf_func_id helper_id, const void *opts);

LIBBPF_API int libbpf_num_possible_cpus(void);

/* What `bpftool gen skeleton` writes into a header. */
struct bpf_map_skeleton {
  const char *name;
  struct bpf_map **map;
  void **mmaped;
};

struct bpf_prog_skeleton {
  const char *name;
  struct bpf_program **prog;
  struct bpf_link **link;
};

struct bpf_object_skeleton {
  size_t sz;
  const char *name;
  const void *data;
  size_t data_sz;
  struct bpf_object **obj;
  int map_cnt;
  int map_skel_sz;
  struct bpf_map_skeleton *maps;
  int prog_cnt;
  int prog_skel_sz;
  struct bpf_prog_skeleton *progs;
};

LIBBPF_API int bpf_object__open_skeleton(struct bpf_object_skeleton *s, const struct bpf_object_open_opts *opts);
LIBBPF_API int bpf_object__load_skeleton(struct bpf_object_skeleton *s);
LIBBPF_API int bpf_object__attach_skeleton(struct bpf_object_skeleton *s);
LIBBPF_API void bpf_object__detach_skeleton(struct bpf_object_skeleton *s);
LIBBPF_API void bpf_object__destroy_skeleton(struct bpf_object_skeleton *s);

#ifdef __cplusplus
}
#endif

#endif
