// The bytes of a BTF blob. Linux: Documentation/bpf/btf.rst, "BTF Type and String Encoding".
#pragma once

#include <stdint.h>

#include "bpf/btf/btf.h"

namespace skep::bpf::btf_format {

inline constexpr uint16_t kMagic = 0xeb9f;
inline constexpr uint8_t kVersion = 1;

struct Header {
  uint16_t magic;
  uint8_t version;
  uint8_t flags;
  uint32_t header_bytes;
  uint32_t type_offset;  // of the sections, counted from the header's end
  uint32_t type_bytes;
  uint32_t string_offset;
  uint32_t string_bytes;
};
static_assert(sizeof(Header) == 24);

// Each type begins with three words: name, info, size or type.
inline constexpr uint32_t kTypeHeaderBytes = 12;
inline constexpr uint32_t kInfoMask = 0x9f00ffff;  // kind_flag, kind, vlen; all other bits are zero
inline constexpr uint32_t kMaxKind = static_cast<uint32_t>(BtfKind::kEnum64);
inline constexpr uint32_t kMaxTypeId = 0x000fffff;
inline constexpr uint32_t kMaxNameOffset = 0x00ffffff;

// Words of one entry of what follows a header.
inline constexpr uint32_t kMemberWords = 3;
inline constexpr uint32_t kParamWords = 2;
inline constexpr uint32_t kEnumWords = 2;
inline constexpr uint32_t kEnum64Words = 3;
inline constexpr uint32_t kSecinfoWords = 3;
inline constexpr uint32_t kArrayWords = 3;

inline constexpr uint32_t kMemberOffsetMask = 0x00ffffff;  // with kind_flag
inline constexpr uint32_t kMemberSizeShift = 24;

inline constexpr uint32_t kIntDataMask = 0x0fffffff;
inline constexpr uint32_t kIntSigned = 1;
inline constexpr uint32_t kIntChar = 2;
inline constexpr uint32_t kIntBool = 4;
inline constexpr uint32_t kMaxIntBits = 128;
constexpr uint32_t int_encoding(uint32_t data) { return data >> 24 & 0x0f; }
constexpr uint32_t int_offset(uint32_t data) { return data >> 16 & 0xff; }
constexpr uint32_t int_bits(uint32_t data) { return data & 0xff; }

inline constexpr uint32_t kVarStatic = 0;
inline constexpr uint32_t kVarGlobal = 1;
inline constexpr uint32_t kFuncGlobal = 1;

constexpr bool is_modifier(BtfKind k) {
  return k == BtfKind::kTypedef || k == BtfKind::kVolatile || k == BtfKind::kConst || k == BtfKind::kRestrict ||
         k == BtfKind::kTypeTag;
}
constexpr bool is_struct(BtfKind k) { return k == BtfKind::kStruct || k == BtfKind::kUnion; }
// Types that nothing but a datasec (var) or nothing at all may refer to.
constexpr bool is_source_only(BtfKind k) {
  return k == BtfKind::kVar || k == BtfKind::kDatasec || k == BtfKind::kDeclTag;
}

}  // namespace skep::bpf::btf_format
