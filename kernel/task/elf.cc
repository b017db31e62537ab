#include "task/elf.h"

#include <string.h>

#include <algorithm>

#include "arch/riscv/layout.h"
#include "lib/checked.h"

namespace skep {

namespace {

struct ElfHeader {
  uint8_t ident[16];
  uint16_t type, machine;
  uint32_t version;
  uint64_t entry, phoff, shoff;
  uint32_t flags;
  uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
static_assert(sizeof(ElfHeader) == 64);

struct ProgramHeader {
  uint32_t type, flags;
  uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
static_assert(sizeof(ProgramHeader) == 56);

constexpr uint16_t kTypeExec = 2, kTypeDyn = 3, kMachineRiscv = 243;
constexpr uint32_t kPtLoad = 1, kPtInterp = 3;
constexpr uint32_t kPfX = 1, kPfW = 2, kPfR = 4;

bool is_our_kind(const ElfHeader& h) {
  constexpr uint8_t kIdent[] = {0x7f, 'E', 'L', 'F', 2 /* 64-bit */, 1 /* little endian */, 1 /* version */};
  return memcmp(h.ident, kIdent, sizeof(kIdent)) == 0 && h.machine == kMachineRiscv &&
         h.phentsize == sizeof(ProgramHeader) && (h.type == kTypeExec || h.type == kTypeDyn);
}

uint32_t prot_of(uint32_t flags) { return (flags & kPfR ? 1 : 0) | (flags & kPfW ? 2 : 0) | (flags & kPfX ? 4 : 0); }

Result<ElfSegment> read_segment(const ProgramHeader& p, size_t file_bytes) {
  if (p.filesz > p.memsz || !range_fits(p.offset, p.filesz, file_bytes)) return fail(Errno::kENOEXEC);
  if (!range_fits(p.vaddr, p.memsz, SKEP_USER_END / 2)) return fail(Errno::kENOEXEC);
  if ((p.vaddr - p.offset) % SKEP_PAGE_BYTES != 0) return fail(Errno::kENOEXEC);
  return ElfSegment{p.vaddr, p.memsz, p.offset, p.filesz, prot_of(p.flags)};
}

}  // namespace

uint64_t ElfPlan::end() const {
  uint64_t end = 0;
  for (uint32_t i = 0; i < segment_count; i++) end = std::max(end, segments[i].address + segments[i].memory_bytes);
  return end;
}

Result<ElfPlan> parse_elf(std::span<const uint8_t> file) {
  ElfHeader h;
  if (file.size() < sizeof(h)) return fail(Errno::kENOEXEC);
  memcpy(&h, file.data(), sizeof(h));
  if (!is_our_kind(h) || !range_fits(h.phoff, size_t{h.phnum} * sizeof(ProgramHeader), file.size())) {
    return fail(Errno::kENOEXEC);
  }
  ElfPlan plan;
  plan.entry = h.entry;
  plan.relocatable = h.type == kTypeDyn;
  plan.header_count = h.phnum;
  plan.header_bytes = h.phentsize;
  for (uint32_t i = 0; i < h.phnum; i++) {
    ProgramHeader p;
    memcpy(&p, file.data() + h.phoff + size_t{i} * sizeof(p), sizeof(p));
    if (p.type == kPtInterp) return fail(Errno::kENOEXEC);  // dynamic linking is not offered
    if (p.type != kPtLoad || p.memsz == 0) continue;
    if (plan.segment_count == kMaxElfSegments) return fail(Errno::kENOEXEC);
    const ElfSegment s = TRY(read_segment(p, file.size()));
    // Segments come in rising order (System V ABI, "Program Header").
    if (plan.segment_count > 0 && s.address < plan.end()) return fail(Errno::kENOEXEC);
    if (h.phoff >= s.file_offset && h.phoff < s.file_offset + s.file_bytes) {
      plan.headers_address = s.address + (h.phoff - s.file_offset);
    }
    plan.segments[plan.segment_count++] = s;
  }
  if (plan.segment_count == 0) return fail(Errno::kENOEXEC);
  return plan;
}

}  // namespace skep
