/* Reading BTF. Names, types and meanings are libbpf's (1.x): pointers are NULL on failure, with errno set; integers are
 * -errno, with errno set as well. Type ids count from 1; 0 is void. */
#ifndef __LIBBPF_BTF_H
#define __LIBBPF_BTF_H

#include <linux/btf.h>
#include <linux/types.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "libbpf_common.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BTF_ELF_SEC ".BTF"
#define BTF_EXT_ELF_SEC ".BTF.ext"
#define MAPS_ELF_SEC ".maps"

struct btf;

enum btf_endianness {
  BTF_LITTLE_ENDIAN = 0,
  BTF_BIG_ENDIAN = 1,
};

LIBBPF_API void btf__free(struct btf *btf);
/* Takes a copy of `data`. */
LIBBPF_API struct btf *btf__new(const void *data, __u32 size);
LIBBPF_API struct btf *btf__load_from_kernel_by_id(__u32 id);
/* The kernel's own types. ENOENT (-ESRCH from those who need it) on a kernel without. */
LIBBPF_API struct btf *btf__load_vmlinux_btf(void);
LIBBPF_API struct btf *libbpf_find_kernel_btf(void);
LIBBPF_API int btf__load_into_kernel(struct btf *btf);

LIBBPF_API __s32 btf__find_by_name(const struct btf *btf, const char *type_name);
LIBBPF_API __s32 btf__find_by_name_kind(const struct btf *btf, const char *type_name, __u32 kind);
LIBBPF_API __u32 btf__type_cnt(const struct btf *btf);
LIBBPF_API const struct btf_type *btf__type_by_id(const struct btf *btf, __u32 id);
LIBBPF_API size_t btf__pointer_size(const struct btf *btf);
LIBBPF_API enum btf_endianness btf__endianness(const struct btf *btf);
LIBBPF_API __s64 btf__resolve_size(const struct btf *btf, __u32 type_id);
LIBBPF_API int btf__resolve_type(const struct btf *btf, __u32 type_id);
LIBBPF_API int btf__fd(const struct btf *btf);
LIBBPF_API void btf__set_fd(struct btf *btf, int fd);
LIBBPF_API const void *btf__raw_data(const struct btf *btf, __u32 *size);
LIBBPF_API const char *btf__name_by_offset(const struct btf *btf, __u32 offset);
LIBBPF_API const char *btf__str_by_offset(const struct btf *btf, __u32 offset);

/* What follows a btf_type, by its kind. The caller has looked at the kind and keeps below btf_vlen(). */
static inline __u16 btf_kind(const struct btf_type *t) { return BTF_INFO_KIND(t->info); }
static inline __u16 btf_vlen(const struct btf_type *t) { return BTF_INFO_VLEN(t->info); }
static inline bool btf_kflag(const struct btf_type *t) { return BTF_INFO_KFLAG(t->info); }
static inline bool btf_is_void(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_UNKN; }
static inline bool btf_is_int(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_INT; }
static inline bool btf_is_ptr(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_PTR; }
static inline bool btf_is_array(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_ARRAY; }
static inline bool btf_is_struct(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_STRUCT; }
static inline bool btf_is_union(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_UNION; }
static inline bool btf_is_composite(const struct btf_type *t) { return btf_is_struct(t) || btf_is_union(t); }
static inline bool btf_is_enum(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_ENUM; }
static inline bool btf_is_enum64(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_ENUM64; }
static inline bool btf_is_any_enum(const struct btf_type *t) { return btf_is_enum(t) || btf_is_enum64(t); }
static inline bool btf_is_fwd(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_FWD; }
static inline bool btf_is_typedef(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_TYPEDEF; }
static inline bool btf_is_volatile(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_VOLATILE; }
static inline bool btf_is_const(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_CONST; }
static inline bool btf_is_restrict(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_RESTRICT; }
static inline bool btf_is_type_tag(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_TYPE_TAG; }
static inline bool btf_is_mod(const struct btf_type *t) {
  return btf_is_volatile(t) || btf_is_const(t) || btf_is_restrict(t) || btf_is_type_tag(t);
}
static inline bool btf_is_func(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_FUNC; }
static inline bool btf_is_func_proto(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_FUNC_PROTO; }
static inline bool btf_is_var(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_VAR; }
static inline bool btf_is_datasec(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_DATASEC; }
static inline bool btf_is_float(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_FLOAT; }
static inline bool btf_is_decl_tag(const struct btf_type *t) { return btf_kind(t) == BTF_KIND_DECL_TAG; }

static inline __u8 btf_int_encoding(const struct btf_type *t) { return BTF_INT_ENCODING(*(const __u32 *)(t + 1)); }
static inline __u8 btf_int_offset(const struct btf_type *t) { return BTF_INT_OFFSET(*(const __u32 *)(t + 1)); }
static inline __u8 btf_int_bits(const struct btf_type *t) { return BTF_INT_BITS(*(const __u32 *)(t + 1)); }
static inline struct btf_array *btf_array(const struct btf_type *t) { return (struct btf_array *)(t + 1); }
static inline struct btf_enum *btf_enum(const struct btf_type *t) { return (struct btf_enum *)(t + 1); }
static inline struct btf_member *btf_members(const struct btf_type *t) { return (struct btf_member *)(t + 1); }
static inline __u32 btf_member_bit_offset(const struct btf_type *t, __u32 member_idx) {
  __u32 offset = btf_members(t)[member_idx].offset;
  return btf_kflag(t) ? BTF_MEMBER_BIT_OFFSET(offset) : offset;
}
static inline __u32 btf_member_bitfield_size(const struct btf_type *t, __u32 member_idx) {
  return btf_kflag(t) ? BTF_MEMBER_BITFIELD_SIZE(btf_members(t)[member_idx].offset) : 0;
}
static inline struct btf_param *btf_params(const struct btf_type *t) { return (struct btf_param *)(t + 1); }
static inline struct btf_var *btf_var(const struct btf_type *t) { return (struct btf_var *)(t + 1); }
static inline struct btf_var_secinfo *btf_var_secinfos(const struct btf_type *t) {
  return (struct btf_var_secinfo *)(t + 1);
}

#ifdef __cplusplus
}
#endif

#endif
