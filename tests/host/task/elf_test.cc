// The ELF parser: what it takes, and that no damaged header makes it read outside of the file or plan outside of user
// space.
#include "task/elf.h"

#include <string.h>

#include <catch2/catch.hpp>
#include <vector>

#include "arch/riscv/layout.h"

using namespace skep;

namespace {

struct Header {
  uint8_t ident[16] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
  uint16_t type = 2, machine = 243;
  uint32_t version = 1;
  uint64_t entry = 0x10000, phoff = 64, shoff = 0;
  uint32_t flags = 0;
  uint16_t ehsize = 64, phentsize = 56, phnum = 2, shentsize = 0, shnum = 0, shstrndx = 0;
};
struct Segment {
  uint32_t type = 1, flags = 5;
  uint64_t offset = 0, vaddr = 0x10000, paddr = 0, filesz = 0x200, memsz = 0x200, align = 4096;
};

struct Program {
  Header header;
  Segment text;
  Segment data{.flags = 6, .offset = 0x200, .vaddr = 0x11200, .filesz = 0x100, .memsz = 0x3000};

  std::vector<uint8_t> bytes(size_t size = 0x300) const {
    std::vector<uint8_t> out(0x300);
    memcpy(out.data(), &header, sizeof(header));
    memcpy(out.data() + 64, &text, sizeof(text));
    memcpy(out.data() + 64 + 56, &data, sizeof(data));
    out.resize(size);
    return out;
  }
  bool refused() const {
    const auto plan = parse_elf(bytes());
    return !plan && plan.error() == Errno::kENOEXEC;
  }
};

}  // namespace

TEST_CASE("elf: a static program") {
  const auto file = Program().bytes();
  const auto plan = parse_elf(file);
  REQUIRE(plan);
  CHECK(plan->segment_count == 2);
  CHECK(plan->entry == 0x10000);
  CHECK(plan->headers_address == 0x10040);
  CHECK(plan->segments[0].prot == 5);
  CHECK(plan->segments[1].prot == 3);
  CHECK(plan->end() == 0x14200);
  CHECK_FALSE(plan->relocatable);
}

TEST_CASE("elf: each rule beside the program that keeps it") {
  Program p;
  CHECK_FALSE(p.refused());
  SECTION("magic") { p.header.ident[0] = 0; }
  SECTION("32-bit") { p.header.ident[4] = 1; }
  SECTION("big endian") { p.header.ident[5] = 2; }
  SECTION("another machine") { p.header.machine = 62; }
  SECTION("an object file") { p.header.type = 1; }
  SECTION("headers of another size") { p.header.phentsize = 32; }
  SECTION("headers past the end") { p.header.phoff = 0x300; }
  SECTION("headers at an offset that overflows") { p.header.phoff = ~uint64_t{0} - 8; }
  SECTION("no segment") { p.header.phnum = 0; }
  SECTION("an interpreter") { p.text.type = 3; }
  SECTION("more in the file than in memory") { p.data.memsz = 0xff; }
  SECTION("bytes past the end of the file") { p.data.filesz = 0x101; }
  SECTION("bytes at an offset that overflows") { p.data.offset = ~uint64_t{0} - 0xff; }
  SECTION("a kernel address") { p.data.vaddr = 0xffffffc000000200; }
  SECTION("memory that overflows") { p.data.memsz = ~uint64_t{0}; }
  SECTION("address and offset differ within the page") { p.data.vaddr = 0x11201; }
  SECTION("segments out of order") { p.data.vaddr = 0x200; }
  CHECK(p.refused());
}

TEST_CASE("elf: every truncation is refused or planned inside the file") {
  for (size_t size = 0; size < 0x300; size++) {
    const auto file = Program().bytes(size);
    CHECK_FALSE(parse_elf(file));
  }
}

TEST_CASE("elf: no flipped byte makes a plan that leaves the file or user space") {
  const auto good = Program().bytes();
  for (size_t at = 0; at < 64 + 2 * 56; at++) {
    for (int value = 0; value < 256; value++) {
      auto file = good;
      file[at] = static_cast<uint8_t>(value);
      const auto plan = parse_elf(file);
      if (!plan) continue;
      for (uint32_t i = 0; i < plan->segment_count; i++) {
        const ElfSegment& s = plan->segments[i];
        REQUIRE(s.file_offset + s.file_bytes <= file.size());
        REQUIRE(s.file_bytes <= s.memory_bytes);
        REQUIRE(s.address + s.memory_bytes <= SKEP_USER_END / 2);
      }
    }
  }
}
