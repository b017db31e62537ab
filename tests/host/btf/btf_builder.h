// Makes BTF blobs by hand, right or wrong.
#pragma once

#include <string.h>

#include <string>
#include <string_view>
#include <vector>

#include "bpf/btf/btf.h"
#include "bpf/btf/format.h"

namespace skep::test {

using bpf::Btf;
using bpf::BtfKind;

struct CollectedLog final : TextSink {
  std::string text;
  void write(std::string_view t) override { text += t; }
};

class BtfBuilder {
 public:
  BtfBuilder() { strings_.push_back('\0'); }

  uint32_t string(std::string_view s) {
    if (s.empty()) return 0;
    const auto at = static_cast<uint32_t>(strings_.size());
    strings_.insert(strings_.end(), s.begin(), s.end());
    strings_.push_back('\0');
    return at;
  }
  // Any type: its id.
  uint32_t type(BtfKind kind, std::string_view name, uint32_t size_or_type, std::initializer_list<uint32_t> data = {},
                uint32_t vlen = 0, bool flag = false) {
    const uint32_t info = (flag ? 1U << 31 : 0) | static_cast<uint32_t>(kind) << 24 | vlen;
    words_.insert(words_.end(), {string(name), info, size_or_type});
    words_.insert(words_.end(), data);
    return ++count_;
  }
  uint32_t integer(std::string_view name = "int", uint32_t bytes = 4, uint32_t encoding = 1) {
    return type(BtfKind::kInt, name, bytes, {encoding << 24 | bytes * 8});
  }
  uint32_t pointer(uint32_t to) { return type(BtfKind::kPtr, "", to); }
  uint32_t array(uint32_t of, uint32_t index, uint32_t n) { return type(BtfKind::kArray, "", 0, {of, index, n}); }
  uint32_t alias(std::string_view name, uint32_t to) { return type(BtfKind::kTypedef, name, to); }
  struct Member {
    std::string_view name;
    uint32_t type, bits;
  };
  uint32_t structure(std::string_view name, uint32_t bytes, std::initializer_list<Member> members,
                     bool is_union = false, bool flag = false) {
    std::vector<uint32_t> data;
    for (const Member& m : members) data.insert(data.end(), {string(m.name), m.type, m.bits});
    const auto id = type(is_union ? BtfKind::kUnion : BtfKind::kStruct, name, bytes, {},
                         static_cast<uint32_t>(members.size()), flag);
    words_.insert(words_.end(), data.begin(), data.end());
    return id;
  }
  struct Param {
    std::string_view name;
    uint32_t type;
  };
  uint32_t prototype(uint32_t returns, std::initializer_list<Param> params) {
    std::vector<uint32_t> data;
    for (const Param& p : params) data.insert(data.end(), {string(p.name), p.type});
    const auto id = type(BtfKind::kFuncProto, "", returns, {}, static_cast<uint32_t>(params.size()));
    words_.insert(words_.end(), data.begin(), data.end());
    return id;
  }
  uint32_t function(std::string_view name, uint32_t proto, uint32_t linkage = 1) {
    return type(BtfKind::kFunc, name, proto, {}, linkage);
  }
  uint32_t next_id() const { return count_ + 1; }
  std::vector<uint32_t>& words() { return words_; }

  std::vector<uint8_t> bytes() const {
    bpf::btf_format::Header header{.magic = bpf::btf_format::kMagic,
                                   .version = 1,
                                   .flags = 0,
                                   .header_bytes = sizeof(header),
                                   .type_offset = 0,
                                   .type_bytes = static_cast<uint32_t>(words_.size() * 4),
                                   .string_offset = static_cast<uint32_t>(words_.size() * 4),
                                   .string_bytes = static_cast<uint32_t>(strings_.size())};
    std::vector<uint8_t> out(sizeof(header) + header.type_bytes + strings_.size());
    memcpy(out.data(), &header, sizeof(header));
    if (!words_.empty()) memcpy(&out[sizeof(header)], words_.data(), header.type_bytes);
    memcpy(&out[sizeof(header) + header.type_bytes], strings_.data(), strings_.size());
    return out;
  }

 private:
  std::vector<uint32_t> words_;
  std::vector<char> strings_;
  uint32_t count_ = 0;
};

// One of everything, as clang writes it.
inline BtfBuilder everything() {
  BtfBuilder b;
  const auto i32 = b.integer();
  const auto u8 = b.integer("unsigned char", 1, 0);
  const auto u64 = b.integer("unsigned long long", 8, 0);
  const auto flag = b.integer("_Bool", 1, 4);
  const auto bytes = b.array(u8, i32, 16);
  const auto node = b.next_id() + 1;  // a struct that points to itself
  const auto link = b.pointer(node);
  b.structure("node", 32, {{"next", link, 0}, {"name", bytes, 64}, {"on", flag, 192}, {"n", i32, 224}});
  b.structure("bits", 8, {{"a", i32, 3U << 24 | 0}, {"b", i32, 29U << 24 | 3}, {"c", i32, 0U << 24 | 32}}, false, true);
  b.structure("", 8, {{"x", u64, 0}, {"y", i32, 0}}, true);
  b.type(BtfKind::kEnum, "color", 4, {b.string("RED"), 0, b.string("BLUE"), 0xffffffff}, 2, true);
  b.type(BtfKind::kEnum64, "big", 8, {b.string("HUGE"), 1, 2}, 1);
  b.type(BtfKind::kFwd, "later", 0);
  b.alias("u8", u8);
  const auto constant = b.type(BtfKind::kConst, "", u64);
  b.type(BtfKind::kVolatile, "", constant);
  b.type(BtfKind::kRestrict, "", link);
  b.type(BtfKind::kTypeTag, "user", i32);
  b.type(BtfKind::kFloat, "double", 8);
  const auto proto = b.prototype(i32, {{"ctx", link}, {"n", u64}});
  const auto f = b.function("probe", proto);
  const auto variable = b.type(BtfKind::kVar, "counter", u64, {1});
  b.type(BtfKind::kDatasec, ".bss", 8, {variable, 0, 8}, 1);
  b.type(BtfKind::kDeclTag, "tag", f, {1});
  b.type(BtfKind::kDeclTag, "tag", node, {static_cast<uint32_t>(-1)});
  b.pointer(0);
  return b;
}

}  // namespace skep::test
