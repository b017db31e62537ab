#include "btf.h"

#include <string.h>

#include "lib/checked.h"
#include "limits.h"
#include "print.h"
#include "sys.h"

using namespace skep;
using namespace skep::libbpf;

namespace {

const btf_type kVoid = {};

// Bytes that follow the btf_type itself; nothing for an unknown kind.
std::optional<uint32_t> trailing_bytes(const btf_type& t) {
  const uint32_t n = btf_vlen(&t);
  switch (btf_kind(&t)) {
    case BTF_KIND_PTR:
    case BTF_KIND_FWD:
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_FUNC:
    case BTF_KIND_FLOAT:
    case BTF_KIND_TYPE_TAG:
      return 0;
    case BTF_KIND_INT:
    case BTF_KIND_VAR:
    case BTF_KIND_DECL_TAG:
      return 4;
    case BTF_KIND_ARRAY:
      return sizeof(struct btf_array);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      return n * sizeof(btf_member);
    case BTF_KIND_ENUM:
      return n * sizeof(struct btf_enum);
    case BTF_KIND_ENUM64:
      return n * 12;  // struct btf_enum64
    case BTF_KIND_FUNC_PROTO:
      return n * sizeof(btf_param);
    case BTF_KIND_DATASEC:
      return n * sizeof(btf_var_secinfo);
    default:
      return std::nullopt;
  }
}

Failure refuse(const char* what) {
  LOG_WARN("BTF is damaged: %s\n", what);
  return fail(Errno::kEINVAL);
}

}  // namespace

btf::~btf() {
  if (fd_ >= 0) sys::close(fd_);
}

Result<Unique<btf>> btf::parse(std::span<const uint8_t> blob) {
  auto self = TRY(Unique<btf>::create());
  TRY(self->blob_.append(blob));
  TRY(self->scan());
  return self;
}

Result<void> btf::scan() {
  if (blob_.size() < sizeof(btf_header)) return refuse("shorter than its header");
  btf_header header;
  memcpy(&header, blob_.data(), sizeof(header));
  if (header.magic != BTF_MAGIC) return refuse("wrong magic number");
  if (header.version != BTF_VERSION || header.flags != 0) return refuse("unknown version or flags");
  if (header.hdr_len < sizeof(btf_header) || header.hdr_len > blob_.size() || header.hdr_len % 4 != 0) {
    return refuse("wrong header length");
  }
  const uint64_t room = blob_.size() - header.hdr_len;
  if (header.type_off % 4 != 0 || header.type_len % 4 != 0 || !range_fits(header.type_off, header.type_len, room)) {
    return refuse("its types lie outside");
  }
  if (header.str_len == 0 || !range_fits(header.str_off, header.str_len, room)) {
    return refuse("its strings lie outside");
  }
  strings_ = blob_.span().subspan(header.hdr_len + header.str_off, header.str_len);
  if (strings_.front() != 0 || strings_.back() != 0) return refuse("its strings are not terminated");

  types_begin_ = header.hdr_len + header.type_off;
  types_end_ = types_begin_ + header.type_len;
  TRY(offsets_.push_back(0));
  for (uint32_t at = types_begin_; at < types_end_;) {
    if (types_end_ - at < sizeof(btf_type)) return refuse("a type is cut off");
    const auto& t = *reinterpret_cast<const btf_type*>(blob_.data() + at);
    const auto more = trailing_bytes(t);
    if (!more) return refuse("a type of unknown kind");
    if (types_end_ - at - sizeof(btf_type) < *more) return refuse("a type is cut off");
    if (offsets_.size() > kMaxBtfTypes) return refuse("too many types");
    TRY(offsets_.push_back(at));
    at += sizeof(btf_type) + *more;
  }
  for (uint32_t id = 1; id < type_count(); id++) {
    if (!is_valid(*type(id))) return refuse("a type refers to a name or type that is not there");
  }
  return {};
}

bool btf::is_valid(const btf_type& t) const {
  const uint32_t n = btf_vlen(&t);
  const auto name_ok = [this](uint32_t offset) { return offset < strings_.size(); };
  const auto id_ok = [this](uint32_t id) { return id < type_count(); };
  if (!name_ok(t.name_off)) return false;
  switch (btf_kind(&t)) {
    case BTF_KIND_PTR:
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG:
    case BTF_KIND_FUNC:
    case BTF_KIND_VAR:
    case BTF_KIND_DECL_TAG:
      return id_ok(t.type);
    case BTF_KIND_ARRAY:
      return id_ok(btf_array(&t)->type) && id_ok(btf_array(&t)->index_type);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      for (uint32_t i = 0; i < n; i++) {
        if (!name_ok(btf_members(&t)[i].name_off) || !id_ok(btf_members(&t)[i].type)) return false;
      }
      return true;
    case BTF_KIND_ENUM:
      for (uint32_t i = 0; i < n; i++) {
        if (!name_ok(btf_enum(&t)[i].name_off)) return false;
      }
      return true;
    case BTF_KIND_FUNC_PROTO:
      for (uint32_t i = 0; i < n; i++) {
        if (!name_ok(btf_params(&t)[i].name_off) || !id_ok(btf_params(&t)[i].type)) return false;
      }
      return id_ok(t.type);
    case BTF_KIND_DATASEC:
      for (uint32_t i = 0; i < n; i++) {
        if (!id_ok(btf_var_secinfos(&t)[i].type)) return false;
      }
      return true;
    default:
      return true;
  }
}

const btf_type* btf::type(uint32_t id) const {
  if (id == 0) return &kVoid;
  if (id >= offsets_.size()) return nullptr;
  return reinterpret_cast<const btf_type*>(blob_.data() + offsets_[id]);
}

const char* btf::string_at(uint32_t offset) const {
  return offset < strings_.size() ? reinterpret_cast<const char*>(strings_.data() + offset) : nullptr;
}

const char* btf::name_of(const btf_type& t) const {
  const char* name = string_at(t.name_off);
  return name ? name : "";
}

const btf_type* btf::skip_modifiers(uint32_t id, uint32_t* resolved) const {
  for (int step = 0; step < kMaxTypeChain; step++) {
    const btf_type* t = type(id);
    if (!t) return nullptr;
    if (!btf_is_mod(t) && !btf_is_typedef(t)) {
      if (resolved) *resolved = id;
      return t;
    }
    id = t->type;
  }
  return nullptr;
}

Result<uint32_t> btf::size_of(uint32_t id) const {
  uint32_t count = 1;
  for (int step = 0; step < kMaxTypeChain; step++) {
    const btf_type* t = type(id);
    if (!t) return fail(Errno::kEINVAL);
    uint32_t bytes;
    switch (btf_kind(t)) {
      case BTF_KIND_INT:
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
      case BTF_KIND_DATASEC:
      case BTF_KIND_FLOAT:
        bytes = t->size;
        break;
      case BTF_KIND_PTR:
        bytes = 8;
        break;
      case BTF_KIND_TYPEDEF:
      case BTF_KIND_VOLATILE:
      case BTF_KIND_CONST:
      case BTF_KIND_RESTRICT:
      case BTF_KIND_VAR:
      case BTF_KIND_DECL_TAG:
      case BTF_KIND_TYPE_TAG:
        id = t->type;
        continue;
      case BTF_KIND_ARRAY: {
        const auto product = checked_mul(count, btf_array(t)->nelems);
        if (!product) return fail(Errno::kE2BIG);
        count = *product;
        id = btf_array(t)->type;
        continue;
      }
      default:
        return fail(Errno::kEINVAL);
    }
    const auto total = checked_mul(count, bytes);
    if (!total) return fail(Errno::kE2BIG);
    return *total;
  }
  return fail(Errno::kELOOP);
}

uint32_t btf::find(const char* name, uint32_t kind) const {
  for (uint32_t id = 1; id < type_count(); id++) {
    if (btf_kind(type(id)) == kind && strcmp(name_of(*type(id)), name) == 0) return id;
  }
  return 0;
}

Result<void> btf::load(char* log_buf, uint32_t log_size, uint32_t log_level) {
  if (fd_ >= 0) return fail(Errno::kEEXIST);
  union bpf_attr attr;
  memset(&attr, 0, sizeof(attr));
  attr.btf = reinterpret_cast<uintptr_t>(blob_.data());
  attr.btf_size = static_cast<uint32_t>(blob_.size());
  if (log_level != 0) {
    attr.btf_log_buf = reinterpret_cast<uintptr_t>(log_buf);
    attr.btf_log_size = log_size;
    attr.btf_log_level = log_level;
  }
  const unsigned attr_bytes = offsetof(union bpf_attr, btf_log_level) + sizeof(attr.btf_log_level);
  const long fd = sys::bpf(BPF_BTF_LOAD, &attr, attr_bytes);
  if (fd < 0) return fail(errno_of(fd));
  fd_ = static_cast<int>(fd);
  return {};
}
