// skep asm and skep dis: text to instructions and back.
#include <stdio.h>
#include <string.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include "bpf/helpers/helper.h"
#include "bpf/isa/assemble.h"
#include "bpf/isa/decode.h"
#include "tools/skep/command.h"
#include "tools/skep/engine.h"
#include "tools/skep/json.h"

namespace skep::tool {
namespace {

std::string_view helper_name(int32_t id) {
  const bpf::Helper* helper = bpf::find_helper(id);
  return helper != nullptr ? helper->name : std::string_view{};
}

bool read_argument(const std::vector<std::string>& arguments, const char* command, std::string& out) {
  if (arguments.size() != 1) {
    fprintf(stderr, "skep %s: one FILE (- for standard input)\n", command);
    return false;
  }
  if (arguments[0] == "-") return out.assign(std::istreambuf_iterator<char>(std::cin), {}), true;
  std::ifstream file(arguments[0], std::ios::binary);
  out.assign(std::istreambuf_iterator<char>(file), {});
  if (!file) fprintf(stderr, "skep: cannot read %s: %s\n", arguments[0].c_str(), strerror(errno));
  return static_cast<bool>(file);
}

// A file of cases ("case NAME", "mem HEX", assembly, "end R0"; "#" comments) to JSON lines, as `skep run --cases` reads
// them.
int assemble_cases(const std::string& path) {
  std::string contents;
  if (!read_argument({path}, "asm", contents)) return kFailed;
  std::string name, mem, text;
  size_t at = 0;
  while (at < contents.size()) {
    const size_t end = std::min(contents.find('\n', at), contents.size());
    const std::string line = contents.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("#") || line.empty()) continue;
    if (line.starts_with("case ")) {
      name = line.substr(5), mem.clear(), text.clear();
    } else if (line.starts_with("mem ")) {
      mem = line.substr(4);
    } else if (line.starts_with("end ")) {
      std::vector<bpf_insn> slots(text.size() + 1);
      const auto count = bpf::assemble(text, slots);
      if (!count) {
        fprintf(stderr, "skep: %s: line %u: expected %.*s\n", name.c_str(), count.error().line,
                static_cast<int>(count.error().reason.size()), count.error().reason.data());
        return kFailed;
      }
      const auto* bytes = reinterpret_cast<const uint8_t*>(slots.data());
      printf("{\"name\":%s,\"insns\":\"%s\",\"mem\":\"%s\",\"result\":\"%s\"}\n", json_string(name).c_str(),
             to_hex(std::vector<uint8_t>(bytes, bytes + *count * sizeof(bpf_insn))).c_str(), mem.c_str(),
             line.substr(4).c_str());
    } else {
      text += line + "\n";
    }
  }
  return kOk;
}

int run_assemble(const std::vector<std::string>& arguments) {
  if (arguments.size() == 2 && arguments[0] == "--cases") return assemble_cases(arguments[1]);
  std::string text;
  if (!read_argument(arguments, "asm", text)) return kUsage;
  std::vector<bpf_insn> slots(text.size() + 1);
  const auto count = bpf::assemble(text, slots);
  if (!count) {
    fprintf(stderr, "skep: line %u: expected %.*s\n", count.error().line, static_cast<int>(count.error().reason.size()),
            count.error().reason.data());
    return kFailed;
  }
  const auto* bytes = reinterpret_cast<const uint8_t*>(slots.data());
  printf("%s\n", to_hex(std::vector<uint8_t>(bytes, bytes + *count * sizeof(bpf_insn))).c_str());
  return kOk;
}

int run_disassemble(const std::vector<std::string>& arguments) {
  std::string hex, compact;
  if (!read_argument(arguments, "dis", hex)) return kUsage;
  for (const char c : hex) {
    if (strchr(" \n\t\r", c) == nullptr) compact += c;
  }
  const auto bytes = parse_hex(compact);
  if (!bytes || bytes->size() % sizeof(bpf_insn) != 0) {
    fprintf(stderr, "skep: not hex, or not whole instructions\n");
    return kFailed;
  }
  std::vector<bpf_insn> slots(bytes->size() / sizeof(bpf_insn));
  memcpy(slots.data(), bytes->data(), bytes->size());
  for (bpf::InsnIndex at = 0; at < slots.size(); at++) {
    char line[160];
    BufferSink sink(line);
    const auto insn = bpf::decode(slots, at);
    if (insn) {
      bpf::disassemble(sink, *insn, at, helper_name);
    } else {
      bpf::print_decode_error(sink, insn.error());
    }
    printf("%u: %s\n", at, line);
    if (insn && insn->op == bpf::Op::kLoadImm64) at++;
  }
  return kOk;
}

}  // namespace

const Command kAssembleCommand = {
    "asm", "instructions from text, as hex",
    "usage: skep asm FILE\n       skep asm --cases FILE\n\nAssembles FILE (- for standard input), written as Linux's "
    "verifier log and clang write BPF, and\n"
    "prints the instructions in hex. kernel/bpf/isa/assemble.h has the details. With --cases, FILE holds many\n"
    "programs (tests/data/isa_cases.txt), and JSON lines for `skep run --cases` are printed.\n",
    run_assemble};
const Command kDisassembleCommand = {
    "dis", "text from instructions in hex",
    "usage: skep dis FILE\n\nDisassembles the hex digits in FILE (- for standard input), one instruction per line.\n",
    run_disassemble};

}  // namespace skep::tool
