// bpfdump: loaded BPF programs, and what the kernel made of them: source lines, BPF instructions, native code.
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <map>
#include <string>

#include "../common/tool.h"
#include "tools/listing/loaded_program.h"

using skep::listing::Columns;
using skep::listing::LoadedProgram;

namespace {

constexpr const char* kSymbols = "/proc/kallsyms";

class FileSink final : public skep::TextSink {
 public:
  void write(std::string_view text) override { fwrite(text.data(), 1, text.size(), stdout); }
};

class GuestNames final : public skep::listing::Names {
 public:
  explicit GuestNames(const LoadedProgram& program) : program_(program) {
    FILE* f = fopen(kSymbols, "r");
    if (f == nullptr) return;
    unsigned long address;
    char name[256];
    // Unprivileged readers see zeros for addresses; names are shown as they are there, mangled.
    while (fscanf(f, "%lx %*c %255s", &address, name) == 2) {
      if (address != 0) symbols_.emplace(address, name);
    }
    fclose(f);
  }
  std::string_view map(uint32_t id) const override {
    for (const auto& [known, name] : program_.maps) {
      if (known == id) return name;
    }
    return {};
  }
  std::string_view address(uint64_t address) const override {
    const auto found = symbols_.find(address);
    return found != symbols_.end() ? std::string_view(found->second) : std::string_view{};
  }

 private:
  const LoadedProgram& program_;
  std::map<uint64_t, std::string> symbols_;
};

// Calls visit(program) for every loaded program until it returns false; how many there were, or -1 with errno.
template <typename Visit>
int for_each_program(Visit visit) {
  int count = 0;
  for (__u32 id = 0; bpf_prog_get_next_id(id, &id) == 0; count++) {
    const int fd = bpf_prog_get_fd_by_id(id);
    if (fd < 0 && errno == ENOENT) continue;  // it went meanwhile
    if (fd < 0) return -1;
    LoadedProgram program;
    const int error = program.read(fd);
    close(fd);
    if (error != 0) return errno = error, -1;
    if (!visit(program)) return count + 1;
  }
  return errno == ENOENT ? count : -1;
}

int list_programs() {
  printf("%6s %6s %-18s %-16s %5s %6s  %s\n", "ID", "TYPE", "NAME", "TAG", "INSNS", "NATIVE", "MAPS");
  const int count = for_each_program([](const LoadedProgram& p) {
    printf("%6u %6u %-18s ", p.id, p.type, p.name.c_str());
    for (const uint8_t byte : p.tag) printf("%02x", byte);
    printf(" %5zu %6zu  ", p.insns.size() / sizeof(struct bpf_insn), p.code.size());
    for (const auto& [id, name] : p.maps) printf("%s(%u) ", name.c_str(), id);
    printf("\n");
    return true;
  });
  return count >= 0 ? 0 : tool_fail("cannot list the programs");
}

// `wanted`: an id or a name. Names need not be unique: all that have it are shown.
int dump(const std::string& wanted, Columns columns) {
  char* end = nullptr;
  const unsigned long number = strtoul(wanted.c_str(), &end, 10);
  const bool by_id = *end == '\0' && !wanted.empty();
  int shown = 0;
  const int count = for_each_program([&](const LoadedProgram& p) {
    if (by_id ? p.id != number : p.name != wanted) return true;
    printf("program %u, %s: %zu BPF instructions, %zu bytes of native code\n", p.id, p.name.c_str(),
           p.insns.size() / sizeof(struct bpf_insn), p.code.size());
    if (columns == Columns::kNative && p.code.empty()) {
      printf("The interpreter runs it: /proc/sys/net/core/bpf_jit_enable was 0 when it was loaded.\n");
    }
    FileSink out;
    const GuestNames names(p);
    skep::listing::print(out, p.listing(names), columns);
    return ++shown, !by_id;
  });
  if (count < 0) return tool_fail(wanted.c_str());
  if (shown == 0) return fprintf(stderr, "bpfdump: there is no program %s\n", wanted.c_str()), 1;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  tool_help(argc, argv, "[--xlated|--jited] [ID|NAME]",
            "Without arguments, lists the loaded BPF programs. Else prints one: its C lines (with BTF), its BPF\n"
            "instructions as the verifier left them, and beside them the native code. A line's instructions and its\n"
            "code stand side by side from the line's beginning.\n"
            "  --xlated   BPF instructions only\n"
            "  --jited    native code only\n"
            "Exit status: 0 shown, 1 no such program or no privilege, 2 wrong usage.");
  Columns columns = Columns::kBoth;
  const char* wanted = nullptr;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--xlated") == 0) {
      columns = Columns::kBpf;
    } else if (strcmp(argv[i], "--jited") == 0) {
      columns = Columns::kNative;
    } else if (argv[i][0] == '-' || wanted != nullptr) {
      tool_usage();
    } else {
      wanted = argv[i];
    }
  }
  if (wanted == nullptr && columns != Columns::kBoth) tool_usage();
  const int status = wanted == nullptr ? list_programs() : dump(wanted, columns);
  tool_exit(status);
}
