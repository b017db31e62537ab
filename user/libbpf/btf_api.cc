// The functions of <bpf/btf.h>.
#include <bpf/bpf.h>

#include "btf.h"
#include "kernel_types.h"
#include "limits.h"
#include "sys.h"

using namespace skep;
using namespace skep::libbpf;

void btf__free(struct btf* btf) {
  if (!btf) return;
  btf->~btf();
  Malloc::release(btf);
}

struct btf* btf__new(const void* data, __u32 size) {
  auto parsed = btf::parse({static_cast<const uint8_t*>(data), size});
  if (!parsed) return null_with(parsed.error());
  return parsed->release();
}

struct btf* btf__load_from_kernel_by_id(__u32 id) {
  auto types = read_kernel_btf(id);
  if (!types) return null_with(types.error());
  return types->release();
}

struct btf* btf__load_vmlinux_btf() {
  auto types = read_vmlinux_btf();
  if (!types) return null_with(types.error());
  return types->release();
}
struct btf* libbpf_find_kernel_btf() { return btf__load_vmlinux_btf(); }

int btf__load_into_kernel(struct btf* btf) {
  if (!btf) return set_errno(-EINVAL);
  return to_int(btf->load(nullptr, 0, 0));
}

__s32 btf__find_by_name(const struct btf* btf, const char* type_name) {
  if (strcmp(type_name, "void") == 0) return 0;
  for (__u32 id = 1; id < btf->type_count(); id++) {
    if (strcmp(btf->name_of(*btf->type(id)), type_name) == 0) return static_cast<__s32>(id);
  }
  return set_errno(-ENOENT);
}

__s32 btf__find_by_name_kind(const struct btf* btf, const char* type_name, __u32 kind) {
  if (kind == BTF_KIND_UNKN || strcmp(type_name, "void") == 0) return 0;
  const uint32_t id = btf->find(type_name, kind);
  return id != 0 ? static_cast<__s32>(id) : set_errno(-ENOENT);
}

__u32 btf__type_cnt(const struct btf* btf) { return btf->type_count(); }

const struct btf_type* btf__type_by_id(const struct btf* btf, __u32 id) {
  const btf_type* t = btf->type(id);
  return t ? t : null_with(Errno::kEINVAL);
}

size_t btf__pointer_size(const struct btf*) { return 8; }
enum btf_endianness btf__endianness(const struct btf*) { return BTF_LITTLE_ENDIAN; }

__s64 btf__resolve_size(const struct btf* btf, __u32 type_id) {
  const auto size = btf->size_of(type_id);
  return size ? static_cast<__s64>(*size) : set_errno(-static_cast<__s64>(size.error()));
}

int btf__resolve_type(const struct btf* btf, __u32 type_id) {
  for (int step = 0; step < kMaxTypeChain; step++) {
    const btf_type* t = btf->type(type_id);
    if (!t || btf_is_void(t)) return set_errno(-EINVAL);
    if (!btf_is_mod(t) && !btf_is_typedef(t) && !btf_is_var(t)) return static_cast<int>(type_id);
    type_id = t->type;
  }
  return set_errno(-EINVAL);
}

int btf__fd(const struct btf* btf) { return btf->fd(); }
void btf__set_fd(struct btf* btf, int fd) { btf->set_fd(fd); }

const void* btf__raw_data(const struct btf* btf, __u32* size) {
  *size = static_cast<__u32>(btf->bytes().size());
  return btf->bytes().data();
}
const void* btf__get_raw_data(const struct btf* btf, __u32* size) { return btf__raw_data(btf, size); }

const char* btf__str_by_offset(const struct btf* btf, __u32 offset) {
  const char* s = btf->string_at(offset);
  return s ? s : null_with(Errno::kEINVAL);
}
const char* btf__name_by_offset(const struct btf* btf, __u32 offset) { return btf__str_by_offset(btf, offset); }
