// skep jit: what the JIT makes of a program.
#include <stdio.h>

#include "tests/host/platform/host_platform.h"
#include "tools/skep/command.h"
#include "tools/skep/jit_door.h"
#include "tools/skep/object_door.h"

namespace skep::tool {
namespace {

constexpr size_t kMemoryBytes = size_t{2} << 30;  // what an object's maps may take

struct March {
  bool zba = false, zbb = false;
};

// "rv64gc_zba_zbb", and "rv64_zba" as `skep run --target` calls it. False for anything else.
bool parse_march(std::string_view text, March& out) {
  out = {};
  for (const std::string_view base : {"rv64gc", "rv64imac", "rv64"}) {
    if (!text.starts_with(base)) continue;
    text.remove_prefix(base.size());
    while (text.starts_with("_zb") && text.size() >= 4) {
      bool& extension = text[3] == 'a' ? out.zba : out.zbb;
      if ((text[3] != 'a' && text[3] != 'b') || extension) return false;
      extension = true;
      text.remove_prefix(4);
    }
    return text.empty();
  }
  return false;
}

int run(const std::vector<std::string>& words) {
  std::string object, program;
  March march{.zba = true, .zbb = true};
  int64_t passes_off = 0;
  for (size_t n = 0; n < words.size(); n++) {
    const std::string& word = words[n];
    const bool has_value = n + 1 < words.size();
    if (word == "--prog" && has_value) {
      program = words[++n];
    } else if (word == "--off" && has_value) {
      passes_off = passes_named(words[++n]);
      if (passes_off < 0) {
        fprintf(stderr, "skep jit: there is no such pass in '%s'\n", words[n].c_str());
        return kUsage;
      }
    } else if (word == "--march" && has_value) {
      if (!parse_march(words[++n], march)) {
        fprintf(stderr, "skep jit: --march wants rv64gc, with _zba, _zbb or both behind it, not '%s'\n",
                words[n].c_str());
        return kUsage;
      }
    } else if (word == "--passes") {
      return print_pass_names(), kOk;
    } else if (object.empty() && !word.empty() && !word.starts_with("-")) {
      object = word;
    } else {
      fprintf(stderr, "skep jit: what is '%s'?\n", word.c_str());
      return kUsage;
    }
  }
  if (object.empty()) {
    fprintf(stderr, "skep jit: give OBJECT.o\n");
    return kUsage;
  }
  host::set_memory_limit_bytes(kMemoryBytes);
  const NativeLoads native(march.zba, march.zbb, static_cast<uint32_t>(passes_off));
  return show_jit_of_object(object, program);
}

}  // namespace

const Command kJitCommand = {
    "jit", "C line, BPF instruction and RV64 code side by side",
    "usage: skep jit OBJECT.o [--prog NAME] [--off PASS,...] [--march ISA]\n"
    "       skep jit --passes\n"
    "\n"
    "Loads each program of OBJECT.o (what clang -target bpf -g writes) as the guest does, compiles it, and prints it: "
    "the\n"
    "source lines, under them the BPF instructions that the verifier left, with their numbers, and beside these the "
    "RV64\n"
    "code, with its byte offsets. Nothing runs. An instruction without code beside it became part of another one's, "
    "or\n"
    "nothing; code that stands for no instruction (entry, loop preparation) has none beside it.\n"
    "\n"
    "  --prog NAME   this program alone\n"
    "  --off PASS,…  without these passes of the optimiser; \"all\" for none of them (the simple tier)\n"
    "  --march ISA   rv64gc, rv64gc_zba, rv64gc_zbb or rv64gc_zba_zbb (default)\n"
    "  --passes      list the passes\n"
    "\n"
    "Addresses of helpers and maps, and offsets from tp, are those of this process, not the guest's: constants may "
    "take\n"
    "an instruction more or less there.\n"
    "\n"
    "Exit status: 0 shown, 1 the file is no BPF object or a program of it is refused, 2 wrong usage.\n",
    run};

}  // namespace skep::tool
