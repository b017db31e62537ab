#include <catch2/catch.hpp>
#include <random>

#include "tests/host/btf/btf_builder.h"
#include "tests/host/platform/leak_check.h"

using namespace skep;
using namespace skep::test;

namespace {

// 0, or the error number; the log's line goes to *why.
int parse(const std::vector<uint8_t>& blob, std::string* why = nullptr) {
  CollectedLog log;
  auto btf = Btf::parse(blob, log);
  if (why) *why = log.text;
  CHECK(log.text.empty() == btf.has_value());  // every refusal says why, and nothing else does
  return btf ? 0 : static_cast<int>(btf.error());
}
int parse(const BtfBuilder& b, std::string* why = nullptr) { return parse(b.bytes(), why); }

// The smallest blob around one type that refers to type 1, an int.
template <typename Make>
int with(Make make, std::string* why = nullptr) {
  BtfBuilder b;
  b.integer();
  make(b);
  return parse(b, why);
}

Ref<Btf> load(const BtfBuilder& b) {
  CollectedLog log;
  auto btf = Btf::parse(b.bytes(), log);
  INFO(log.text);
  REQUIRE(btf.has_value());
  return *btf;
}

std::string printed(const Btf& btf, uint32_t id) {
  CollectedLog out;
  btf.print_type(out, id);
  return out.text;
}

}  // namespace

TEST_CASE("btf: one of everything is read back", "[btf]") {
  host::LeakCheck leaks;
  auto btf = load(everything());
  const auto id = [&](BtfKind kind, std::string_view name) {
    const uint32_t found = btf->find_by_name(kind, name);
    REQUIRE(found != 0);
    return found;
  };
  const uint32_t node = id(BtfKind::kStruct, "node");
  const auto& node_type = *btf->find_type(node);
  CHECK(node_type.vlen == 4);
  CHECK(btf->member(node_type, 1).name == "name");
  CHECK(btf->member(node_type, 1).bit_offset == 64);
  CHECK(*btf->size_of(node) == 32);
  CHECK(*btf->size_of(btf->member(node_type, 1).type) == 16);
  CHECK(printed(*btf, btf->member(node_type, 0).type) == "struct node *");
  CHECK(printed(*btf, btf->member(node_type, 1).type) == "unsigned char[16]");
  CHECK(printed(*btf, 0) == "void");
  const auto& bits = *btf->find_type(id(BtfKind::kStruct, "bits"));
  CHECK(btf->member(bits, 1).bitfield_size == 29);
  CHECK(btf->member(bits, 1).bit_offset == 3);
  CHECK(btf->member(bits, 2).bitfield_size == 0);
  const auto& color = *btf->find_type(id(BtfKind::kEnum, "color"));
  CHECK(btf->enumerator(color, 1).value == -1);
  CHECK(btf->enumerator(color, 1).name == "BLUE");
  CHECK(btf->enumerator(*btf->find_type(id(BtfKind::kEnum64, "big")), 0).value == (int64_t{2} << 32 | 1));
  const auto& integer = *btf->find_type(id(BtfKind::kInt, "int"));
  CHECK((btf->integer(integer).is_signed && btf->integer(integer).bits == 32));
  const auto& function = *btf->find_type(id(BtfKind::kFunc, "probe"));
  const auto& proto = *btf->find_type(function.size_or_type);
  CHECK(btf->param(proto, 1).name == "n");
  CHECK(printed(*btf, function.size_or_type) == "int (struct node *, unsigned long long)");
  const auto& section = *btf->find_type(id(BtfKind::kDatasec, ".bss"));
  CHECK(btf->secinfo(section, 0).size == 8);
  CHECK(btf->linkage(*btf->find_type(btf->secinfo(section, 0).type)) == 1);
  CHECK_FALSE(btf->size_of(id(BtfKind::kFwd, "later")).has_value());
  CHECK_FALSE(btf->size_of(UINT32_MAX).has_value());
  CHECK(btf->find_type(btf->type_count()) == nullptr);
  CHECK(btf->skip_modifiers(id(BtfKind::kTypedef, "u8")) == id(BtfKind::kInt, "unsigned char"));
  CHECK(btf->string_at(UINT32_MAX).empty());
  CHECK(btf->find_by_name(BtfKind::kStruct, "nobody") == 0);
}

TEST_CASE("btf: the frame", "[btf]") {
  const auto good = everything().bytes();
  std::string why;
  const auto header_with = [&](auto change) {
    auto blob = good;
    bpf::btf_format::Header h;
    memcpy(&h, blob.data(), sizeof(h));
    change(h);
    memcpy(blob.data(), &h, sizeof(h));
    return parse(blob, &why);
  };
  CHECK(parse(good) == 0);
  CHECK(parse(std::vector<uint8_t>{}, &why) == EINVAL);
  CHECK(why == "hdr_len not found\n");
  CHECK(parse({good.begin(), good.begin() + 23}, &why) == EINVAL);
  CHECK(why == "btf_header not found\n");
  CHECK(parse({good.begin(), good.begin() + 24}, &why) == EINVAL);
  CHECK(why == "No data\n");
  CHECK(header_with([](auto& h) { h.magic = 0x9feb; }) == EINVAL);
  CHECK(header_with([](auto& h) { h.version = 2; }) == 524);
  CHECK(header_with([](auto& h) { h.flags = 1; }) == 524);
  CHECK(header_with([](auto& h) { h.header_bytes = 28; }) == E2BIG);
  CHECK(header_with([](auto& h) { h.header_bytes = UINT32_MAX; }) == EINVAL);
  CHECK(header_with([](auto& h) { h.type_bytes--; }) == EINVAL);
  CHECK(why == "Unsupported section found\n");
  CHECK(header_with([](auto& h) { h.type_bytes++; }) == EINVAL);
  CHECK(why == "Section overlap found\n");
  CHECK(header_with([](auto& h) { h.type_bytes = UINT32_MAX; }) == EINVAL);
  CHECK(header_with([](auto& h) { h.string_offset = UINT32_MAX; }) == EINVAL);
  CHECK(why == "Invalid section offset\n");
  CHECK(header_with([](auto& h) { h.string_bytes += 1; }) == EINVAL);
  CHECK(why == "Total section length too long\n");
  CHECK(header_with([](auto& h) { h.string_bytes -= 1; }) == EINVAL);
  auto unterminated = good;
  unterminated.back() = 'x';
  CHECK(parse(unterminated, &why) == EINVAL);
  CHECK(why == "Invalid string section\n");
  CHECK(parse(BtfBuilder{}, &why) == EINVAL);
  CHECK(why == "No type found\n");
  CollectedLog log;
  const std::vector<uint8_t> huge(bpf::kBtfMaxBytes + 1);
  CHECK(Btf::parse(huge, log).error() == Errno::kE2BIG);
}

TEST_CASE("btf: each kind by itself, refused beside its accepted neighbour", "[btf]") {
  const auto type = [](BtfKind kind, std::string_view name, uint32_t size, std::initializer_list<uint32_t> data = {},
                       uint32_t vlen = 0, bool flag = false) {
    return with([&](BtfBuilder& b) { b.type(kind, name, size, data, vlen, flag); });
  };
  // int
  CHECK(type(BtfKind::kInt, "i", 4, {32}) == 0);
  CHECK(type(BtfKind::kInt, "i", 4, {33}) == EINVAL);
  CHECK(type(BtfKind::kInt, "i", 16, {128}) == 0);
  CHECK(type(BtfKind::kInt, "i", 32, {129}) == EINVAL);
  CHECK(type(BtfKind::kInt, "i", 4, {1U << 28 | 32}) == EINVAL);
  CHECK(type(BtfKind::kInt, "i", 4, {3U << 24 | 32}) == 524);
  CHECK(type(BtfKind::kInt, "i", 4, {32}, 1) == EINVAL);
  CHECK(type(BtfKind::kInt, "i", 4, {32}, 0, true) == EINVAL);
  // pointers and modifiers
  CHECK(type(BtfKind::kPtr, "", 1) == 0);
  CHECK(type(BtfKind::kPtr, "p", 1) == EINVAL);
  CHECK(type(BtfKind::kPtr, "", 99) == EINVAL);
  CHECK(type(BtfKind::kPtr, "", 0x100000) == EINVAL);
  CHECK(type(BtfKind::kConst, "", 1) == 0);
  CHECK(type(BtfKind::kConst, "c", 1) == EINVAL);
  CHECK(type(BtfKind::kTypedef, "t", 1) == 0);
  CHECK(type(BtfKind::kTypedef, "", 1) == EINVAL);
  CHECK(type(BtfKind::kTypedef, "1t", 1) == EINVAL);
  CHECK(type(BtfKind::kTypeTag, "user", 1) == 0);
  CHECK(type(BtfKind::kTypeTag, "", 1) == EINVAL);
  // array
  CHECK(type(BtfKind::kArray, "", 0, {1, 1, 5}) == 0);
  CHECK(type(BtfKind::kArray, "", 4, {1, 1, 5}) == EINVAL);
  CHECK(type(BtfKind::kArray, "", 0, {0, 1, 5}) == EINVAL);
  CHECK(type(BtfKind::kArray, "", 0, {1, 0, 5}) == EINVAL);
  CHECK(type(BtfKind::kArray, "", 0, {1, 1, 0x40000000}) == EINVAL);  // 4 GiB
  CHECK(type(BtfKind::kArray, "", 0, {1, 1, 0x3fffffff}) == 0);
  // struct, union
  const auto structure = [](std::initializer_list<BtfBuilder::Member> m, bool is_union = false, bool flag = false) {
    return with([&](BtfBuilder& b) { b.structure("s", 8, m, is_union, flag); });
  };
  CHECK(structure({}) == 0);
  CHECK(structure({{"a", 1, 0}, {"b", 1, 32}}) == 0);
  CHECK(structure({{"a", 1, 32}, {"b", 1, 0}}) == EINVAL);
  CHECK(structure({{"a", 1, 33}}) == EINVAL);  // past the end, and not at a byte
  CHECK(structure({{"a", 1, 40}}) == EINVAL);  // past the end
  CHECK(structure({{"a", 1, 16}}) == 0);
  CHECK(structure({{"a", 1, 1}}) == EINVAL);
  CHECK(structure({{"a", 0, 0}}) == EINVAL);
  CHECK(structure({{"a", 2, 0}}) == EINVAL);  // itself
  CHECK(structure({{"a-b", 1, 0}}) == EINVAL);
  CHECK(structure({{"a", 1, 0}, {"b", 1, 0}}, true) == 0);
  CHECK(structure({{"a", 1, 0}, {"b", 1, 32}}, true) == EINVAL);
  CHECK(structure({{"a", 1, 33U << 24}}, false, true) == EINVAL);  // a field wider than its type
  CHECK(structure({{"a", 1, 32U << 24 | 33}}, false, true) == EINVAL);
  CHECK(structure({{"a", 1, 31U << 24 | 33}}, false, true) == 0);
  // enum
  CHECK(type(BtfKind::kEnum, "e", 4, {1, 0}, 1) == 0);
  CHECK(type(BtfKind::kEnum, "e", 3, {1, 0}, 1) == EINVAL);
  CHECK(type(BtfKind::kEnum, "e", 16, {1, 0}, 1) == EINVAL);
  CHECK(type(BtfKind::kEnum, "e", 4, {0, 0}, 1) == EINVAL);  // an enumerator without a name
  CHECK(type(BtfKind::kEnum, "e", 4, {9999, 0}, 1) == EINVAL);
  CHECK(type(BtfKind::kEnum64, "e", 8, {1, 0, 0}, 1) == 0);
  CHECK(type(BtfKind::kEnum64, "e", 8, {0, 0, 0}, 1) == EINVAL);
  // fwd
  CHECK(type(BtfKind::kFwd, "f", 0) == 0);
  CHECK(type(BtfKind::kFwd, "f", 0, {}, 0, true) == 0);
  CHECK(type(BtfKind::kFwd, "f", 1) == EINVAL);
  CHECK(type(BtfKind::kFwd, "", 0) == EINVAL);
  // float
  CHECK(type(BtfKind::kFloat, "f", 8) == 0);
  CHECK(type(BtfKind::kFloat, "f", 5) == EINVAL);
  // var, datasec
  CHECK(type(BtfKind::kVar, "v", 1, {0}) == 0);
  CHECK(type(BtfKind::kVar, "v.1", 1, {0}) == 0);
  CHECK(type(BtfKind::kVar, "v", 1, {2}) == EINVAL);
  CHECK(type(BtfKind::kVar, "v", 0, {0}) == EINVAL);
  CHECK(type(BtfKind::kVar, "", 1, {0}) == EINVAL);
  const auto section = [](uint32_t bytes, uint32_t offset, uint32_t size, std::string_view name = ".data") {
    return with([&](BtfBuilder& b) {
      const auto v = b.type(BtfKind::kVar, "v", 1, {1});
      b.type(BtfKind::kDatasec, name, bytes, {v, offset, size}, 1);
    });
  };
  CHECK(section(8, 4, 4) == 0);
  CHECK(section(8, 4, 4, "?maps/a b") == 0);
  CHECK(section(8, 4, 4, "") == EINVAL);
  CHECK(section(0, 0, 4) == EINVAL);
  CHECK(section(8, 5, 4) == EINVAL);
  CHECK(section(8, 8, 4) == EINVAL);
  CHECK(section(8, 0, 0) == EINVAL);
  CHECK(section(8, 0, 3) == EINVAL);                                   // smaller than the variable
  CHECK(type(BtfKind::kDatasec, ".data", 8, {1, 0, 4}, 1) == EINVAL);  // no variable
  // functions
  CHECK(with([](BtfBuilder& b) { b.function("f", b.prototype(1, {{"x", 1}})); }) == 0);
  CHECK(with([](BtfBuilder& b) { b.function("f", b.prototype(1, {{"", 1}})); }) == EINVAL);
  CHECK(with([](BtfBuilder& b) { b.function("", b.prototype(1, {})); }) == EINVAL);
  CHECK(with([](BtfBuilder& b) { b.function("f", b.prototype(1, {}), 2); }) == EINVAL);
  CHECK(with([](BtfBuilder& b) { b.function("f", 1); }) == EINVAL);
  CHECK(with([](BtfBuilder& b) { b.prototype(0, {{"x", 1}, {"", 0}}); }) == 0);  // variadic
  CHECK(with([](BtfBuilder& b) { b.prototype(0, {{"", 0}, {"x", 1}}); }) == EINVAL);
  CHECK(with([](BtfBuilder& b) { b.prototype(77, {}); }) == EINVAL);
  CHECK(with([](BtfBuilder& b) { b.prototype(0, {{"x", 77}}); }) == EINVAL);
  CHECK(with([](BtfBuilder& b) { b.pointer(b.function("f", b.prototype(1, {}))); }) == EINVAL);
  // decl_tag
  const auto tag = [](uint32_t component) {
    return with([&](BtfBuilder& b) {
      const auto s = b.structure("s", 4, {{"a", 1, 0}});
      b.type(BtfKind::kDeclTag, "t", s, {component});
    });
  };
  CHECK(tag(0) == 0);
  CHECK(tag(UINT32_MAX) == 0);
  CHECK(tag(1) == EINVAL);
  CHECK(tag(UINT32_MAX - 1) == EINVAL);
  CHECK(type(BtfKind::kDeclTag, "t", 1, {UINT32_MAX}) == EINVAL);  // not for an int
  CHECK(type(BtfKind::kDeclTag, "", 1, {UINT32_MAX}) == EINVAL);
  // no kind at all
  CHECK(type(static_cast<BtfKind>(20), "x", 1) == EINVAL);
  CHECK(type(static_cast<BtfKind>(0), "x", 1) == EINVAL);
  std::string why;
  CHECK(with([](BtfBuilder& b) { b.words().push_back(0); }, &why) == EINVAL);
  CHECK(why == "[2] meta_left:4 meta_needed:12\n");
  CHECK(with([](BtfBuilder& b) { b.words()[0] = 0xffff; }, &why) == EINVAL);
  CHECK(why == "[1] Invalid name_offset:65535\n");
  CHECK(with([](BtfBuilder& b) { b.words()[1] |= 0x00ff0000; }, &why) == EINVAL);
}

TEST_CASE("btf: loops", "[btf]") {
  std::string why;
  BtfBuilder direct;  // typedef a -> const -> a
  direct.alias("a", 2);
  direct.type(BtfKind::kConst, "", 1);
  CHECK(parse(direct, &why) == EINVAL);
  CHECK(why.find("Loop detected") != std::string::npos);
  BtfBuilder pointers;  // a pointer to itself
  pointers.pointer(1);
  CHECK(parse(pointers) == EINVAL);
  BtfBuilder structs;  // a contains an array of b contains a
  structs.integer();
  structs.structure("a", 8, {{"b", 4, 0}});
  structs.structure("b", 8, {{"a", 2, 0}});
  structs.array(3, 1, 1);
  CHECK(parse(structs) == EINVAL);
  BtfBuilder list;  // struct a { struct a *next; } is none
  list.structure("a", 8, {{"next", 2, 0}});
  list.pointer(1);
  CHECK(parse(list) == 0);
  BtfBuilder callback;  // struct a { void (*f)(struct a *); } neither
  callback.structure("a", 8, {{"f", 2, 0}});
  callback.pointer(3);
  callback.prototype(0, {{"self", 4}});
  callback.pointer(1);
  CHECK(parse(callback) == 0);
  BtfBuilder deep;  // a long chain is no loop, and no recursion of ours
  deep.integer();
  for (uint32_t i = 1; i < 20'000; i++) deep.array(i, 1, 1);
  CHECK(parse(deep) == 0);
  BtfBuilder void_chain;
  void_chain.type(BtfKind::kConst, "", 0);
  void_chain.structure("s", 8, {{"x", 1, 0}});  // a member of type void
  CHECK(parse(void_chain) == EINVAL);
}

TEST_CASE("btf: the nth allocation fails", "[btf]") {
  const auto blob = everything().bytes();
  for (uint64_t n = 1;; n++) {
    host::LeakCheck leaks;
    host::FailNthAllocation failing(n);
    CollectedLog log;
    auto btf = Btf::parse(blob, log);
    if (!failing.has_failed()) {
      CHECK(btf.has_value());
      break;
    }
    CHECK(btf.error() == Errno::kENOMEM);
  }
}

// Whatever is accepted must be safe to walk.
TEST_CASE("btf: damaged blobs", "[btf][fuzz]") {
  host::LeakCheck leaks;
  const auto good = everything().bytes();
  std::mt19937 random(7);
  int accepted = 0;
  for (int round = 0; round < 30'000; round++) {
    auto blob = good;
    if (round % 4 == 0) blob.resize(random() % (good.size() + 1));
    for (uint32_t i = random() % 4; i-- > 0 && !blob.empty();) {
      const size_t at = random() % blob.size();
      switch (random() % 3) {
        case 0:
          blob[at] = static_cast<uint8_t>(random());
          break;
        case 1:
          blob[at] ^= static_cast<uint8_t>(1 << random() % 8);
          break;
        default:
          blob[at] = random() % 2 ? 0 : 0xff;
      }
    }
    CollectedLog log;
    auto btf = Btf::parse(blob, log);
    if (!btf) continue;
    accepted++;
    for (uint32_t id = 0; id < (*btf)->type_count(); id++) {
      const auto& t = *(*btf)->find_type(id);
      CollectedLog out;
      (*btf)->print_type(out, id);
      (void)(*btf)->size_of(id);
      (void)(*btf)->skip_modifiers(id);
      for (uint32_t i = 0; i < t.vlen; i++) {
        if (bpf::btf_format::is_struct(t.kind)) (void)(*btf)->member(t, i).name.size();
        if (t.kind == BtfKind::kFuncProto) (void)(*btf)->param(t, i).name.size();
        if (t.kind == BtfKind::kEnum || t.kind == BtfKind::kEnum64) (void)(*btf)->enumerator(t, i).name.size();
      }
    }
  }
  CHECK(accepted > 1000);
}
