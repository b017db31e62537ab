// Checks a BTF blob in three steps: the frame (header, sections), each type by itself, what types say of one another.
#pragma once

#include "bpf/btf/btf.h"
#include "bpf/btf/format.h"

namespace skep::bpf {

class BtfParser {
 public:
  BtfParser(Btf& btf, TextSink& log) : btf_(btf), log_(log) {}
  // btf.blob_ is filled in. EINVAL, ENOTSUPP, E2BIG, ENOMEM as Linux's btf_parse(), with one line in the log.
  Result<void> run();

 private:
  // parser_types.cc
  Result<void> check_frame();
  Result<void> check_strings();
  Result<void> read_types();
  Result<void> check_type(uint32_t id, const BtfType& t);
  Result<void> check_members(uint32_t id, const BtfType& t);
  Result<void> check_enumerators(uint32_t id, const BtfType& t);
  Result<void> check_secinfos(uint32_t id, const BtfType& t);
  Result<void> check_int(uint32_t id, const BtfType& t);

  // parser_graph.cc
  Result<void> check_references(uint32_t id, const BtfType& t);
  Result<void> check_function(uint32_t id, const BtfType& t);
  Result<void> check_prototype(uint32_t id, const BtfType& t);
  Result<void> check_decl_tag(uint32_t id, const BtfType& t);
  Result<void> check_pointer_loops();
  Result<void> compute_sizes();
  Result<void> finish_size(uint32_t id);
  Result<void> check_member_places(uint32_t id, const BtfType& t);
  uint32_t child_count(const BtfType& t) const;
  uint32_t child(const BtfType& t, uint32_t i) const;

  Failure refuse(Errno error, std::string_view reason);
  Failure refuse_type(uint32_t id, std::string_view reason, Errno error = Errno::kEINVAL);
  bool name_offset_valid(uint32_t offset) const { return offset < btf_.string_bytes_; }
  bool is_identifier(uint32_t name_offset, bool dots_allowed) const;
  bool is_section_name(uint32_t name_offset) const;
  bool is_type_id(uint32_t id) const { return id <= btf_format::kMaxTypeId; }
  uint32_t word_at(uint32_t type_section_offset) const;

  Btf& btf_;
  TextSink& log_;
  uint32_t type_bytes_ = 0;
};

}  // namespace skep::bpf
