// skep tables: what the core's tables hold, as Markdown for docs/isa-conformance.md and docs/abi.md.
#include <stdio.h>

#include <array>

#include "bpf/helpers/helper.h"
#include "bpf/isa/table.h"
#include "bpf/maps/registry.h"
#include "tools/skep/command.h"
#include "uapi/bpf.h"

namespace skep::tool {
namespace {

using bpf::Cpu;
using bpf::Group;

constexpr size_t kGroups = static_cast<size_t>(Group::kLinux) + 1, kCpus = static_cast<size_t>(Cpu::kLinux) + 1;
constexpr std::array<const char*, kGroups> kGroupNames = {"base32",
                                                          "base64",
                                                          "divmul32",
                                                          "divmul64",
                                                          "atomic32",
                                                          "atomic64",
                                                          "packet",
                                                          "callx (no group of RFC 9669)",
                                                          "newer Linux (no group of RFC 9669)"};
constexpr std::array<const char*, kCpus> kCpuNames = {"v1", "v2", "v3", "v4", "Linux"};

struct ProgramType {
  uint32_t number;
  const char* name;
};
constexpr ProgramType kProgramTypes[] = {{BPF_PROG_TYPE_SOCKET_FILTER, "socket_filter"},
                                         {BPF_PROG_TYPE_KPROBE, "kprobe"},
                                         {BPF_PROG_TYPE_TRACEPOINT, "tracepoint"},
                                         {BPF_PROG_TYPE_PERF_EVENT, "perf_event"},
                                         {BPF_PROG_TYPE_RAW_TRACEPOINT, "raw_tracepoint"},
                                         {BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, "raw_tracepoint_writable"},
                                         {BPF_PROG_TYPE_TRACING, "tracing"},
                                         {BPF_PROG_TYPE_SYSCALL, "syscall"}};
constexpr uint32_t kHighestNumber = 64;  // of map types, looked through

void print_isa() {
  std::array<std::array<int, kCpus>, kGroups> counts{};
  for (const bpf::InsnRow& row : bpf::insn_rows()) {
    counts[static_cast<size_t>(row.group)][static_cast<size_t>(row.cpu)]++;
  }
  printf("| conformance group | forms");
  for (const char* cpu : kCpuNames) printf(" | %s", cpu);
  printf(" |\n| --- | ---");
  for (size_t n = 0; n < kCpus; n++) printf(" | ---");
  printf(" |\n");
  for (size_t g = 0; g < kGroups; g++) {
    int sum = 0;
    for (const int n : counts[g]) sum += n;
    printf("| %s | %d", kGroupNames[g], sum);
    for (const int n : counts[g]) n != 0 ? (void)printf(" | %d", n) : (void)printf(" |");
    printf(" |\n");
  }
}

void print_helpers(const char* title, bool built) {
  printf("\n%s:\n\n", title);
  int32_t last = -1;
  size_t column = 0;
  for (const bpf::Helper& h : bpf::all_helpers()) {
    if ((h.function != nullptr) != built || h.id == last) continue;
    last = h.id;
    if (column != 0 && column + h.name.size() > 110) printf("\n"), column = 0;
    printf("%s`%.*s`", column != 0 ? " " : "", static_cast<int>(h.name.size()), h.name.data());
    column += h.name.size() + 3;
  }
  printf("\n");
}

void print_abi() {
  printf("| map type | number | flags taken |\n| --- | --- | --- |\n");
  for (uint32_t type = 0; type < kHighestNumber; type++) {
    const bpf::MapType* t = bpf::find_map_type(type);
    if (t != nullptr)
      printf("| %.*s | %u | %#x |\n", static_cast<int>(t->name.size()), t->name.data(), type, t->allowed_flags);
  }
  printf("\n| program type | number |\n| --- | --- |\n");
  for (const ProgramType& p : kProgramTypes) {
    if (bpf::program_set_of(p.number) != 0) printf("| %s | %u |\n", p.name, p.number);
  }
  print_helpers("Helpers that run", true);
  print_helpers(
      "Helpers that the verifier knows, for programs that it judges; a load that calls one is refused by name", false);
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 1 && words[0] == "isa") return print_isa(), kOk;
  if (words.size() == 1 && words[0] == "abi") return print_abi(), kOk;
  fprintf(stderr, "skep tables: isa or abi\n");
  return kUsage;
}

}  // namespace

const Command kTablesCommand = {"tables", "instructions, map types, helpers that there are",
                                "usage: skep tables isa|abi\n\nPrints the tables of docs/isa-conformance.md or "
                                "docs/abi.md as Markdown, from those of the core.\n",
                                run};

}  // namespace skep::tool
