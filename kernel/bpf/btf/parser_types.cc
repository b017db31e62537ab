// The frame of a blob, and each type by itself.
#include <string.h>

#include "bpf/btf/parser.h"
#include "lib/checked.h"

namespace skep::bpf {

using namespace btf_format;

Result<Ref<Btf>> Btf::parse(std::span<const uint8_t> blob, TextSink& log) {
  if (blob.size() > kBtfMaxBytes) return fail(Errno::kE2BIG);
  auto btf = TRY(create_ref<Btf>());
  auto checked = [&]() -> Result<void> {
    TRY(btf->blob_.append(blob));
    return BtfParser(*btf, log).run();
  }();
  if (!checked) return fail(checked.error());  // the reference disposes of the object
  return btf;
}

Result<void> BtfParser::run() {
  TRY(check_frame());
  TRY(check_strings());
  TRY(read_types());
  for (uint32_t id = 1; id < btf_.type_count(); id++) TRY(check_references(id, btf_.types_[id]));
  TRY(check_pointer_loops());
  return compute_sizes();
}

Failure BtfParser::refuse(Errno error, std::string_view reason) {
  format_to(log_, "{}\n", reason);
  return fail(error);
}

Failure BtfParser::refuse_type(uint32_t id, std::string_view reason, Errno error) {
  format_to(log_, "[{}] {}\n", id, reason);
  return fail(error);
}

uint32_t BtfParser::word_at(uint32_t offset) const {
  uint32_t value;
  memcpy(&value, &btf_.blob_[btf_.type_offset_ + offset], sizeof(value));
  return value;
}

Result<void> BtfParser::check_frame() {
  const auto blob = btf_.blob_.span();
  Header header{};
  if (blob.size() < __builtin_offsetof(Header, type_offset)) return refuse(Errno::kEINVAL, "hdr_len not found");
  memcpy(&header, blob.data(), __builtin_offsetof(Header, type_offset));
  if (blob.size() < header.header_bytes) return refuse(Errno::kEINVAL, "btf_header not found");
  if (header.header_bytes > sizeof(Header)) {
    for (size_t i = sizeof(Header); i < header.header_bytes; i++) {
      if (blob[i] != 0) return refuse(Errno::kE2BIG, "Unsupported btf_header");
    }
  }
  // A shorter header is read as if zeros followed it.
  memcpy(&header, blob.data(), header.header_bytes < sizeof(Header) ? header.header_bytes : sizeof(Header));
  if (header.magic != kMagic) return refuse(Errno::kEINVAL, "Invalid magic");
  if (header.version != kVersion) return refuse(Errno::kENOTSUPP, "Unsupported version");
  if (header.flags != 0) return refuse(Errno::kENOTSUPP, "Unsupported flags");
  const auto rest = static_cast<uint32_t>(blob.size()) - header.header_bytes;
  if (rest == 0) return refuse(Errno::kEINVAL, "No data");

  // The two sections fill the rest, without gap or overlap, the strings last.
  const bool types_first = header.type_offset <= header.string_offset;
  const uint32_t offsets[] = {types_first ? header.type_offset : header.string_offset,
                              types_first ? header.string_offset : header.type_offset};
  const uint32_t lengths[] = {types_first ? header.type_bytes : header.string_bytes,
                              types_first ? header.string_bytes : header.type_bytes};
  uint32_t end = 0;
  for (int i = 0; i < 2; i++) {
    if (rest < offsets[i]) return refuse(Errno::kEINVAL, "Invalid section offset");
    if (end < offsets[i]) return refuse(Errno::kEINVAL, "Unsupported section found");
    if (end > offsets[i]) return refuse(Errno::kEINVAL, "Section overlap found");
    if (rest - end < lengths[i]) return refuse(Errno::kEINVAL, "Total section length too long");
    end += lengths[i];
  }
  if (end != rest) return refuse(Errno::kEINVAL, "Unsupported section found");
  if (header.string_offset + header.string_bytes != rest)
    return refuse(Errno::kEINVAL, "String section is not at the end");
  if (header.type_offset % 4 != 0) return refuse(Errno::kEINVAL, "Unaligned type_off");

  btf_.type_offset_ = header.header_bytes + header.type_offset;
  btf_.string_offset_ = header.header_bytes + header.string_offset;
  btf_.string_bytes_ = header.string_bytes;
  type_bytes_ = header.type_bytes;
  return {};
}

Result<void> BtfParser::check_strings() {
  const auto strings = std::span<const uint8_t>(btf_.blob_.span()).subspan(btf_.string_offset_, btf_.string_bytes_);
  if (strings.empty() || strings.size() - 1 > kMaxNameOffset || strings.front() != 0 || strings.back() != 0) {
    return refuse(Errno::kEINVAL, "Invalid string section");
  }
  if (type_bytes_ == 0) return refuse(Errno::kEINVAL, "No type found");
  return {};
}

namespace {
bool is_name_character(char c, bool first, bool dots_allowed) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_') return true;
  if (c == '.' && dots_allowed) return true;
  return !first && c >= '0' && c <= '9';
}
constexpr size_t kMaxIdentifier = 511;  // Linux: KSYM_NAME_LEN
}  // namespace

bool BtfParser::is_identifier(uint32_t name_offset, bool dots_allowed) const {
  const std::string_view name = btf_.string_at(name_offset);
  if (name.empty() || name.size() > kMaxIdentifier) return false;
  for (size_t i = 0; i < name.size(); i++) {
    if (!is_name_character(name[i], i == 0, dots_allowed)) return false;
  }
  return true;
}

// An ELF section's name: any printable characters (".rodata.str1.1", "?tc", "maps/x y").
bool BtfParser::is_section_name(uint32_t name_offset) const {
  const std::string_view name = btf_.string_at(name_offset);
  if (name.empty() || name.size() > kMaxIdentifier) return false;
  for (const char c : name) {
    if (c < ' ' || c > '~') return false;
  }
  return true;
}

namespace {
// Bytes that follow the header of a type.
uint32_t trailing_bytes(BtfKind kind, uint32_t vlen) {
  switch (kind) {
    case BtfKind::kInt:
    case BtfKind::kVar:
    case BtfKind::kDeclTag:
      return 4;
    case BtfKind::kArray:
      return kArrayWords * 4;
    case BtfKind::kStruct:
    case BtfKind::kUnion:
      return vlen * kMemberWords * 4;
    case BtfKind::kEnum:
      return vlen * kEnumWords * 4;
    case BtfKind::kEnum64:
      return vlen * kEnum64Words * 4;
    case BtfKind::kFuncProto:
      return vlen * kParamWords * 4;
    case BtfKind::kDatasec:
      return vlen * kSecinfoWords * 4;
    case BtfKind::kVoid:
    case BtfKind::kPtr:
    case BtfKind::kFwd:
    case BtfKind::kTypedef:
    case BtfKind::kVolatile:
    case BtfKind::kConst:
    case BtfKind::kRestrict:
    case BtfKind::kFunc:
    case BtfKind::kFloat:
    case BtfKind::kTypeTag:
      return 0;
  }
  return 0;
}
}  // namespace

Result<void> BtfParser::read_types() {
  TRY(btf_.types_.push_back({}));  // id 0 is void
  uint32_t at = 0;
  while (at < type_bytes_) {
    const uint32_t id = btf_.type_count();
    const uint32_t left = type_bytes_ - at;
    if (left < kTypeHeaderBytes) {
      format_to(log_, "[{}] meta_left:{} meta_needed:{}\n", id, left, kTypeHeaderBytes);
      return fail(Errno::kEINVAL);
    }
    if (id > kMaxTypeId) return refuse(Errno::kE2BIG, "Too many types");
    const uint32_t info = word_at(at + 4);
    const uint32_t kind = info >> 24 & 0x1f;
    if (info & ~kInfoMask) {
      format_to(log_, "[{}] Invalid btf_info:{x}\n", id, info);
      return fail(Errno::kEINVAL);
    }
    if (kind == 0 || kind > kMaxKind) {
      format_to(log_, "[{}] Invalid kind:{}\n", id, kind);
      return fail(Errno::kEINVAL);
    }
    const BtfType t{.kind = static_cast<BtfKind>(kind),
                    .kind_flag = info >> 31 != 0,
                    .vlen = info & 0xffff,
                    .name_offset = word_at(at),
                    .size_or_type = word_at(at + 8),
                    .data_offset = at + kTypeHeaderBytes};
    if (!name_offset_valid(t.name_offset)) {
      format_to(log_, "[{}] Invalid name_offset:{}\n", id, t.name_offset);
      return fail(Errno::kEINVAL);
    }
    const uint32_t follows = trailing_bytes(t.kind, t.vlen);
    if (left - kTypeHeaderBytes < follows) {
      format_to(log_, "[{}] meta_left:{} meta_needed:{}\n", id, left - kTypeHeaderBytes, follows);
      return fail(Errno::kEINVAL);
    }
    TRY(check_type(id, t));
    TRY(btf_.types_.push_back(t));
    at += kTypeHeaderBytes + follows;
  }
  return {};
}

Result<void> BtfParser::check_type(uint32_t id, const BtfType& t) {
  const auto no_vlen = [&]() -> Result<void> {
    if (t.vlen != 0) return refuse_type(id, "vlen != 0");
    return {};
  };
  const auto no_flag = [&]() -> Result<void> {
    if (t.kind_flag) return refuse_type(id, "Invalid btf_info kind_flag");
    return {};
  };
  const auto no_name = [&]() -> Result<void> {
    if (t.name_offset != 0) return refuse_type(id, "Invalid name");
    return {};
  };
  const auto needs_name = [&](bool dots) -> Result<void> {
    if (!is_identifier(t.name_offset, dots)) return refuse_type(id, "Invalid name");
    return {};
  };
  const auto may_have_name = [&]() -> Result<void> {
    if (t.name_offset != 0 && !is_identifier(t.name_offset, false)) return refuse_type(id, "Invalid name");
    return {};
  };
  const auto plain_type_id = [&]() -> Result<void> {
    if (!is_type_id(t.size_or_type)) return refuse_type(id, "Invalid type_id");
    return {};
  };
  const auto enum_size = [&]() -> Result<void> {
    const uint32_t s = t.size_or_type;
    if (s > 8 || s == 0 || (s & (s - 1)) != 0) return refuse_type(id, "Unexpected size");
    return {};
  };

  switch (t.kind) {
    case BtfKind::kVoid:
      return refuse_type(id, "Invalid kind:0");
    case BtfKind::kInt:
      TRY(no_vlen());
      TRY(no_flag());
      return check_int(id, t);
    case BtfKind::kPtr:
    case BtfKind::kVolatile:
    case BtfKind::kConst:
    case BtfKind::kRestrict:
      TRY(no_vlen());
      TRY(no_flag());
      TRY(plain_type_id());
      return no_name();
    case BtfKind::kTypedef:
      TRY(no_vlen());
      TRY(no_flag());
      TRY(plain_type_id());
      return needs_name(false);
    case BtfKind::kTypeTag:
      TRY(no_vlen());
      TRY(no_flag());
      TRY(plain_type_id());
      if (btf_.string_at(t.name_offset).empty()) return refuse_type(id, "Invalid name");
      return {};
    case BtfKind::kArray: {
      TRY(no_name());
      TRY(no_vlen());
      TRY(no_flag());
      if (t.size_or_type != 0) return refuse_type(id, "size != 0");
      const BtfArray array = btf_.array(t);
      if (array.type == 0 || !is_type_id(array.type)) return refuse_type(id, "Invalid elem");
      if (array.index_type == 0 || !is_type_id(array.index_type)) return refuse_type(id, "Invalid index");
      return {};
    }
    case BtfKind::kStruct:
    case BtfKind::kUnion:
      TRY(may_have_name());
      return check_members(id, t);
    case BtfKind::kEnum:
    case BtfKind::kEnum64:
      TRY(enum_size());
      TRY(may_have_name());
      return check_enumerators(id, t);
    case BtfKind::kFwd:
      TRY(no_vlen());
      if (t.size_or_type != 0) return refuse_type(id, "type != 0");
      return needs_name(false);
    case BtfKind::kFunc:
      TRY(needs_name(false));
      if (t.vlen > kFuncGlobal) return refuse_type(id, "Invalid func linkage");
      TRY(no_flag());
      return plain_type_id();
    case BtfKind::kFuncProto:
      TRY(no_name());
      TRY(no_flag());
      return plain_type_id();
    case BtfKind::kVar:
      TRY(no_vlen());
      TRY(no_flag());
      TRY(needs_name(true));
      if (t.size_or_type == 0 || !is_type_id(t.size_or_type)) return refuse_type(id, "Invalid type_id");
      if (btf_.linkage(t) != kVarStatic && btf_.linkage(t) != kVarGlobal)
        return refuse_type(id, "Linkage not supported");
      return {};
    case BtfKind::kDatasec:
      if (t.size_or_type == 0) return refuse_type(id, "size == 0");
      TRY(no_flag());
      if (!is_section_name(t.name_offset)) return refuse_type(id, "Invalid name");
      return check_secinfos(id, t);
    case BtfKind::kFloat: {
      TRY(no_vlen());
      TRY(no_flag());
      const uint32_t s = t.size_or_type;
      if (s != 2 && s != 4 && s != 8 && s != 12 && s != 16) return refuse_type(id, "Invalid type_size");
      return {};
    }
    case BtfKind::kDeclTag:
      if (btf_.string_at(t.name_offset).empty()) return refuse_type(id, "Invalid value");
      TRY(no_vlen());
      TRY(no_flag());
      if (btf_.component_index(t) < -1) return refuse_type(id, "Invalid component_idx");
      return plain_type_id();
  }
  return {};
}

Result<void> BtfParser::check_int(uint32_t id, const BtfType& t) {
  const uint32_t data = btf_.word(t, 0);
  if (data & ~kIntDataMask) {
    format_to(log_, "[{}] Invalid int_data:{x}\n", id, data);
    return fail(Errno::kEINVAL);
  }
  const uint32_t bits = int_bits(data) + int_offset(data);
  if (bits > kMaxIntBits) return refuse_type(id, "nr_bits exceeds 128");
  if ((bits + 7) / 8 > t.size_or_type) return refuse_type(id, "nr_bits exceeds type_size");
  const uint32_t encoding = int_encoding(data);
  if (encoding != 0 && encoding != kIntSigned && encoding != kIntChar && encoding != kIntBool) {
    return refuse_type(id, "Unsupported encoding", Errno::kENOTSUPP);
  }
  return {};
}

Result<void> BtfParser::check_members(uint32_t id, const BtfType& t) {
  uint32_t last_offset = 0;
  for (uint32_t i = 0; i < t.vlen; i++) {
    const uint32_t name = btf_.word(t, i * kMemberWords);
    const BtfMember m = btf_.member(t, i);
    if (!name_offset_valid(name)) return refuse_type(id, "Invalid member name_offset");
    if (name != 0 && !is_identifier(name, false)) return refuse_type(id, "Invalid member name");
    if (m.type == 0 || !is_type_id(m.type)) return refuse_type(id, "Invalid member type_id");
    if ((t.kind == BtfKind::kUnion && m.bit_offset != 0) || m.bit_offset < last_offset) {
      return refuse_type(id, "Invalid member bits_offset");
    }
    if ((static_cast<uint64_t>(m.bit_offset) + 7) / 8 > t.size_or_type) {
      return refuse_type(id, "Member bits_offset exceeds its struct size");
    }
    last_offset = m.bit_offset;
  }
  return {};
}

Result<void> BtfParser::check_enumerators(uint32_t id, const BtfType& t) {
  const uint32_t words = t.kind == BtfKind::kEnum64 ? kEnum64Words : kEnumWords;
  for (uint32_t i = 0; i < t.vlen; i++) {
    const uint32_t name = btf_.word(t, i * words);
    if (!name_offset_valid(name)) return refuse_type(id, "Invalid enum name_offset");
    if (!is_identifier(name, false)) return refuse_type(id, "Invalid name");
  }
  return {};
}

Result<void> BtfParser::check_secinfos(uint32_t id, const BtfType& t) {
  uint64_t end = 0;
  for (uint32_t i = 0; i < t.vlen; i++) {
    const BtfVarSecinfo v = btf_.secinfo(t, i);
    if (v.type == 0 || !is_type_id(v.type)) return refuse_type(id, "Invalid type_id");
    if (v.offset < end || v.offset >= t.size_or_type) return refuse_type(id, "Invalid offset");
    if (v.size == 0 || v.size > t.size_or_type) return refuse_type(id, "Invalid size");
    end = static_cast<uint64_t>(v.offset) + v.size;
    if (end > t.size_or_type) return refuse_type(id, "Invalid offset+size");
  }
  return {};
}

}  // namespace skep::bpf
