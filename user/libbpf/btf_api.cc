// The functions of <bpf/btf.h>.
#include <bpf/bpf.h>

#include "btf.h"
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
  const int fd = bpf_btf_get_fd_by_id(id);
  if (fd < 0) return nullptr;
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
  if (r < 0) return null_with(errno_of(r));
  return btf__new(blob.data(), static_cast<__u32>(blob.size()));
}

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
