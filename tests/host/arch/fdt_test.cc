// The device tree reader, on a tree built here, whole and damaged.
#include "arch/riscv/fdt.h"

#include <string.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace skep;
using arch::Fdt;

namespace {

class Builder {
 public:
  void begin(const std::string& name) {
    word(1);
    text(name);
  }
  void end() { word(2); }
  void property(const std::string& name, const std::string& value) {
    word(3);
    word(static_cast<uint32_t>(value.size()));
    word(static_cast<uint32_t>(strings_.size()));
    strings_ += name + '\0';
    structure_ += value;
    pad();
  }
  void cells(const std::string& name, std::initializer_list<uint32_t> values) {
    std::string bytes;
    for (const uint32_t v : values) bytes += big_endian(v);
    property(name, bytes);
  }
  void nop() { word(4); }
  std::vector<uint8_t> finish() {
    word(9);
    const auto s = static_cast<uint32_t>(structure_.size()), n = static_cast<uint32_t>(strings_.size());
    std::string out;
    for (const uint32_t v : {0xd00dfeedU, 40 + s + n, 40U, 40 + s, 0U, 17U, 16U, 0U, n, s}) out += big_endian(v);
    out += structure_ + strings_;
    return {out.begin(), out.end()};
  }

 private:
  static std::string big_endian(uint32_t v) {
    return {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8), static_cast<char>(v)};
  }
  void word(uint32_t v) { structure_ += big_endian(v); }
  void text(const std::string& s) {
    structure_ += s + '\0';
    pad();
  }
  void pad() {
    while (structure_.size() % 4 != 0) structure_ += '\0';
  }
  std::string structure_, strings_;
};

std::vector<uint8_t> sample() {
  Builder b;
  b.nop();
  b.begin("");
  b.cells("#address-cells", {2});
  b.begin("memory@80000000");
  b.cells("reg", {0, 0x80000000, 1, 0});
  b.end();
  b.begin("soc");
  b.property("compatible", std::string("first\0second\0", 13));
  b.nop();
  b.begin("serial@10000000");
  b.cells("interrupts", {10});
  b.end();
  b.end();
  b.begin("socket");
  b.end();
  b.end();
  return b.finish();
}

// Visits all there is; the sanitizers judge.
uint32_t walk(const Fdt& fdt, Fdt::Node node, uint32_t depth = 0) {
  uint32_t n = 1;
  (void)fdt.string_property(node, "compatible");
  (void)fdt.is_compatible(node, "nothing");
  (void)fdt.u32_property(node, "reg");
  if (depth < 64) {
    fdt.for_each_child(node, [&](Fdt::Node child) {
      n += walk(fdt, child, depth + 1);
      return n < 1000;
    });
  }
  return n;
}

}  // namespace

TEST_CASE("fdt: nodes and properties") {
  const auto blob = sample();
  const auto fdt = Fdt::parse(blob);
  REQUIRE(fdt);
  CHECK(Fdt::total_bytes(std::span<const uint8_t, 8>(blob.data(), 8)) == blob.size());
  CHECK(walk(*fdt, fdt->root()) == 5);
  const auto memory = fdt->find_child(fdt->root(), "memory");
  REQUIRE(memory);
  const auto reg = fdt->find_property(*memory, "reg");
  REQUIRE(reg);
  CHECK(Fdt::number_at(*reg, 0, 2) == 0x80000000);
  CHECK(Fdt::number_at(*reg, 2, 2) == uint64_t{1} << 32);
  CHECK_FALSE(Fdt::number_at(*reg, 3, 2));
  const auto soc = fdt->find_child(fdt->root(), "soc");
  REQUIRE(soc);
  CHECK(soc->name == "soc");  // and not "socket", nor a property behind a child
  CHECK(fdt->is_compatible(*soc, "second"));
  CHECK_FALSE(fdt->is_compatible(*soc, "sec"));
  CHECK(fdt->u32_property(*fdt->find_child(*soc, "serial"), "interrupts") == 10);
  CHECK_FALSE(fdt->find_property(*soc, "interrupts"));
  CHECK_FALSE(fdt->find_child(fdt->root(), "serial"));
}

TEST_CASE("fdt: truncated blobs are refused") {
  const auto blob = sample();
  for (size_t n = 0; n < blob.size(); n++) {
    const std::vector<uint8_t> cut(blob.begin(), blob.begin() + static_cast<long>(n));
    CHECK_FALSE(Fdt::parse(cut));
  }
}

TEST_CASE("fdt: no flipped byte makes it read outside of the blob or walk without end") {
  const auto good = sample();
  for (size_t at = 0; at < good.size(); at++) {
    for (const int value : {0, 1, 2, 3, 4, 9, 0x7f, 0x80, 0xff}) {
      auto blob = good;
      blob[at] = static_cast<uint8_t>(value);
      const auto fdt = Fdt::parse(blob);
      if (fdt) CHECK(walk(*fdt, fdt->root()) <= 2000);
    }
  }
}
