// struct btf: a checked copy of a BTF blob. Linux: Documentation/bpf/btf.rst. The members are used inside the library;
// users have the functions of <bpf/btf.h>.
#pragma once

#include <bpf/btf.h>

#include "errors.h"
#include "memory.h"

struct btf {
 public:
  btf() = default;
  ~btf();
  btf(const btf&) = delete;
  btf& operator=(const btf&) = delete;

  // Checks the whole blob: header, every type's length, every id and name it refers to. EINVAL (reason printed),
  // ENOMEM.
  static skep::Result<skep::libbpf::Unique<btf>> parse(std::span<const uint8_t> blob);

  uint32_t type_count() const { return static_cast<uint32_t>(offsets_.size()); }  // with void, id 0
  // nullptr for an id out of range. A mutable type: its size, its variables' offsets, its linkage may be set.
  const btf_type* type(uint32_t id) const;
  btf_type* mutable_type(uint32_t id) { return const_cast<btf_type*>(type(id)); }
  const char* string_at(uint32_t offset) const;  // nullptr out of range
  const char* name_of(const btf_type& t) const;  // "" for no name
  std::span<const uint8_t> bytes() const { return blob_.span(); }

  // Through typedefs and modifiers to the type itself; nullptr for an endless chain or a bad id.
  const btf_type* skip_modifiers(uint32_t id, uint32_t* resolved = nullptr) const;
  // Bytes. EINVAL for what has no size, E2BIG when it does not fit, ELOOP for an endless chain.
  skep::Result<uint32_t> size_of(uint32_t id) const;
  // 0 when there is none.
  uint32_t find(const char* name, uint32_t kind) const;

  int fd() const { return fd_; }
  void set_fd(int fd) { fd_ = fd; }
  // Gives the blob to the kernel. EEXIST when it was. The log options are those of BTF_LOAD.
  skep::Result<void> load(char* log_buf, uint32_t log_size, uint32_t log_level);

 private:
  skep::Result<void> scan();
  bool is_valid(const btf_type& t) const;

  skep::libbpf::Vec<uint8_t> blob_;
  skep::libbpf::Vec<uint32_t> offsets_;  // of each type's btf_type in blob_; [0] unused
  std::span<const uint8_t> strings_;     // inside blob_, ends with NUL
  uint32_t types_begin_ = 0;
  uint32_t types_end_ = 0;
  int fd_ = -1;
};
