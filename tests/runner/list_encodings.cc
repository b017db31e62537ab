// Prints every instruction that insn/encode.h knows, with edge operands, one line each: "HEX<TAB>assembly". With "-c"
// the shortest form (compress() first), without the 4-byte one. tests/runner/check-encodings compares them with
// llvm-mc.
#include <stdio.h>
#include <string.h>

#include <set>
#include <vector>

#include "arch/riscv/insn/decode.h"
#include "arch/riscv/insn/disassemble.h"
#include "arch/riscv/insn/encode.h"
#include "bpf/jit/constant.h"

using namespace skep::riscv;

namespace {

constexpr Reg kRegs[] = {Reg::kZero, Reg::kRa, Reg::kSp, Reg::kS0, Reg::kA0, Reg::kA5, Reg::kA6, Reg::kT6};
const char* name(Reg r) { return name_of(r).data(); }

// Every bit alone, every limit of a 5- to 21-bit field, and their neighbours.
std::vector<int32_t> immediates(Format format) {
  std::set<int32_t> candidates;
  for (int bit = 0; bit <= 21; bit++) {
    for (const int32_t v : {1 << bit, -(1 << bit)}) {
      for (int32_t d = -4; d <= 4; d++) candidates.insert(v + d);
      candidates.insert(v - 8), candidates.insert(v + 8), candidates.insert(v - 16);
    }
  }
  for (int32_t v = 0; v < 1100; v += 12) candidates.insert(v);
  std::vector<int32_t> out;
  for (const int32_t v : candidates) {
    if (immediate_fits(format, v)) out.push_back(v);
  }
  return out;
}

bool shortest = false;
bool as_dumped = false;
unsigned long lines = 0;

constexpr uint64_t kTextAt = 0x40000000;  // tests/runner/check-encodings: TEXT_AT

// Bytes, and what the disassembler makes of them.
void print_text(std::span<const uint8_t> code) {
  const Fetched f = fetch(code);
  printf(f.bytes == 2 ? "%04x\t" : "%08x\t", f.bits);
  char text[64] = "?";
  skep::BufferSink sink(text);
  if (f.insn) disassemble(sink, *f.insn, kTextAt);
  printf("%s\n", text);
}

void print_text(uint32_t word) {
  const uint8_t code[] = {static_cast<uint8_t>(word), static_cast<uint8_t>(word >> 8), static_cast<uint8_t>(word >> 16),
                          static_cast<uint8_t>(word >> 24)};
  print_text(code);
}

void print(const Instruction& i) {
  const MnemonicInfo& m = info(i.op);
  if (as_dumped) {
    const auto c = shortest ? compress(i) : std::nullopt;
    lines++;
    return print_text(c ? *c : encode(i));
  }
  if (const auto c = shortest ? compress(i) : std::nullopt) {
    printf("%04x\t", *c);
  } else {
    printf("%08x\t", encode(i));
  }
  printf("%.*s ", static_cast<int>(m.name.size()), m.name.data());
  switch (m.format) {
    case Format::kR:
      printf("%s, %s, %s\n", name(i.rd), name(i.rs1), name(i.rs2));
      break;
    case Format::kUnary:
      printf("%s, %s\n", name(i.rd), name(i.rs1));
      break;
    case Format::kI:
    case Format::kShift6:
    case Format::kShift5:
      printf("%s, %s, %d\n", name(i.rd), name(i.rs1), i.imm);
      break;
    case Format::kLoad:
      printf("%s, %d(%s)\n", name(i.rd), i.imm, name(i.rs1));
      break;
    case Format::kStore:
      printf("%s, %d(%s)\n", name(i.rs2), i.imm, name(i.rs1));
      break;
    case Format::kBranch:
      printf("%s, %s, %d\n", name(i.rs1), name(i.rs2), i.imm);
      break;
    case Format::kU:
      printf("%s, %u\n", name(i.rd), static_cast<uint32_t>(i.imm) & 0xfffff);
      break;
    case Format::kJ:
      printf("%s, %d\n", name(i.rd), i.imm);
      break;
    case Format::kAmo:
      printf("%s, %s, (%s)\n", name(i.rd), name(i.rs2), name(i.rs1));
      break;
    case Format::kLoadReserved:
      printf("%s, (%s)\n", name(i.rd), name(i.rs1));
      break;
    case Format::kCsr:
      printf("%s, %d, %s\n", name(i.rd), i.imm, name(i.rs1));
      break;
    case Format::kPlain:
      printf("\n");
      break;
  }
  lines++;
}

void print_all(Mnemonic op) {
  const Format format = info(op).format;
  const auto imms = immediates(format);
  Instruction i{.op = op};
  const auto over = [](Reg& field, bool used, auto&& body) {
    if (!used) return body();
    for (const Reg r : kRegs) field = r, body();
  };
  const bool has_rd = format != Format::kStore && format != Format::kBranch && format != Format::kPlain;
  const bool has_rs1 = format != Format::kU && format != Format::kJ && format != Format::kPlain;
  const bool has_rs2 =
      format == Format::kR || format == Format::kAmo || format == Format::kStore || format == Format::kBranch;
  over(i.rd, has_rd, [&] {
    over(i.rs1, has_rs1, [&] {
      over(i.rs2, has_rs2, [&] {
        if (imms.size() == 1) return print(i);
        // All immediates on a few register pairs, a few immediates on all pairs.
        const bool all =
            (i.rd == i.rs1 || i.rs1 == Reg::kSp || !has_rs1 || !has_rd) && i.rd != Reg::kT6 && i.rs2 != Reg::kT6;
        for (size_t n = 0; n < imms.size(); n += all ? 1 : 41) i.imm = imms[n], print(i);
        i.imm = 0;
        if (immediate_fits(format, 0)) print(i);
      });
    });
  });
}

// For the decoder: "LENGTH KIND" of every 2-byte pattern, as llvm-mc's disassembler is asked about it.
void print_decoded_halves() {
  for (uint32_t w = 0; w < 0x10000; w++) {
    if (insn_length(static_cast<uint16_t>(w)) != 2) continue;
    const Decoded d = decode(w);
    printf("%04x\t%d\t%d\t%d\t%d\t%d\n", w, static_cast<int>(d.kind), d.rd, d.rs1, d.rs2, d.imm);
  }
}

// The same for 4-byte patterns: all values of the opcode, funct3 and funct7 fields with a few registers, and random
// words.
void print_decoded_words() {
  uint64_t seed = 0x9e3779b97f4a7c15;
  const auto show = [](uint32_t w) {
    if (insn_length(static_cast<uint16_t>(w)) != 4) return;
    const Decoded d = decode(w);
    printf("%08x\t%d\t%d\t%d\t%d\t%d\n", w, static_cast<int>(d.kind), d.rd, d.rs1, d.rs2, d.imm);
  };
  for (uint32_t opcode = 3; opcode < 128; opcode += 4) {
    for (uint32_t functs = 0; functs < 1024; functs++) {
      for (const uint32_t registers : {0u, 0x00a50500u, 0x00108000u, 0x01f78f80u}) {
        show(opcode | (functs & 7) << 12 | functs >> 3 << 25 | registers);
      }
    }
  }
  for (int n = 0; n < 60000; n++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    show(static_cast<uint32_t>(seed >> 32) | 3);
  }
}

// Of all 2-byte patterns, those that the disassembler knows.
void print_halves_as_text() {
  for (uint32_t w = 0; w < 0x10000; w++) {
    if (insn_length(static_cast<uint16_t>(w)) == 2 && decode_half(static_cast<uint16_t>(w))) print_text(w);
  }
}

// "VALUE COUNT COUNT": instructions that the JIT's constant builder takes, without and with Zba and Zbb.
void print_constants() {
  uint64_t seed = 7;
  for (int n = 0; n < 4000; n++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    const uint64_t wide = seed >> 17 ^ seed << 31;
    const uint64_t v = n < 64     ? uint64_t{1} << n
                       : n < 128  ? ~(uint64_t{1} << (n - 64))
                       : n < 192  ? (uint64_t{1} << (n - 128)) - 1
                       : n < 1000 ? wide >> n % 64
                       : n < 2000 ? static_cast<uint64_t>(static_cast<int64_t>(wide) >> n % 64)
                       : n < 3000
                           ? wide >> n % 50 << n % 37
                           : static_cast<uint64_t>(static_cast<int64_t>(wide << n % 48) >> 40) + 0xffffffff80000000;
    printf("%#llx\t%u\t%u\n", static_cast<unsigned long long>(v), skep::bpf::jit::constant_sequence(v, {}).count,
           skep::bpf::jit::constant_sequence(v, {.zba = true, .zbb = true}).count);
  }
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "-c") == 0) shortest = true;
    if (strcmp(argv[i], "--text") == 0) as_dumped = true;
    if (strcmp(argv[i], "--text16") == 0) return print_halves_as_text(), 0;
    if (strcmp(argv[i], "--constants") == 0) return print_constants(), 0;
    if (strcmp(argv[i], "--decode16") == 0) return print_decoded_halves(), 0;
    if (strcmp(argv[i], "--decode32") == 0) return print_decoded_words(), 0;
  }
  for (size_t m = 0; m < kMnemonicCount; m++) print_all(static_cast<Mnemonic>(m));
  return lines > 10000 ? 0 : 1;
}
