// skep verify: the verifier's verdict on programs, as PROG_LOAD would give it.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <charconv>
#include <fstream>
#include <iostream>

#include "bpf/system.h"
#include "tests/host/platform/host_platform.h"
#include "tools/skep/command.h"
#include "tools/skep/core_runner.h"
#include "tools/skep/json.h"
#include "tools/skep/object_door.h"
#include "tools/skep/verdict.h"

namespace skep::tool {
namespace {

// What all maps and programs of one case may take: a batch must not end for lack of memory.
constexpr size_t kMemoryBytes = size_t{2} << 30;

constexpr uint32_t kMaxLogLevel = 15;  // the bits that PROG_LOAD knows

struct Arguments {
  std::string cases;
  std::string runner;
  std::string kernel_btf;
  std::string object;
  std::string program;
  uint32_t log_level = 1;
};

std::string number_or_null(const std::optional<uint32_t>& n) { return n ? std::to_string(*n) : "null"; }
std::string string_or_null(const std::string& text) { return text.empty() ? "null" : json_string(text); }

void print_malformed(const std::string& name, const std::string& why) {
  printf(
      "{\"name\":%s,\"verdict\":\"error\",\"errno\":null,\"errno_name\":null,\"insns_processed\":0,\"peak_states\":0,"
      "\"rule\":null,"
      "\"pc\":null,\"log\":\"\",\"retvals\":[],\"error\":%s}\n",
      json_string(name).c_str(), json_string(why).c_str());
}

void print_verdict(const BpfCase& c, const Verdict& v, const std::vector<RunOutcome>& interpreted,
                   const std::vector<RunOutcome>& compiled) {
  std::string retvals, complaints;
  for (size_t i = 0; i < interpreted.size(); i++) {
    retvals +=
        (i == 0 ? "[" : ",[") + number_or_null(interpreted[i].value) + "," + number_or_null(compiled[i].value) + "]";
    const auto complain = [&](const char* engine, const RunOutcome& o) {
      if (!o.value) complaints += "run " + std::to_string(i) + ", " + engine + ": " + o.error + "\n";
    };
    complain("interpreter", interpreted[i]);
    complain("JIT", compiled[i]);
  }
  if (!v.accepted && v.step != "PROG_LOAD") complaints = "refused by " + v.step + "\n";
  if (!complaints.empty()) complaints.pop_back();
  printf(
      "{\"name\":%s,\"verdict\":\"%s\",\"errno\":%u,\"errno_name\":%s,\"insns_processed\":%u,\"peak_states\":%u,"
      "\"rule\":%s,\"pc\":%s,\"log\":%s,\"retvals\":[%s],\"error\":%s}\n",
      json_string(c.name).c_str(), v.accepted ? "accept" : "reject", static_cast<uint32_t>(v.error),
      v.accepted ? "null" : json_string(errno_name(v.error)).c_str(), v.load.insns_processed, v.load.peak_states,
      string_or_null(v.load.rule).c_str(), v.load.rule.empty() ? "null" : std::to_string(v.load.pc).c_str(),
      json_string(v.log).c_str(), retvals.c_str(), string_or_null(complaints).c_str());
}

// False when the line is malformed.
bool verify_line(const std::string& line, size_t number, CoreRunner& runner) {
  BpfCase c;
  const auto parsed = parse_case(line, c);
  if (c.name.empty()) c.name = "line " + std::to_string(number);
  if (!parsed) {
    print_malformed(c.name, "line " + std::to_string(number) + ": " + parsed.error());
    return false;
  }
  const Verdict verdict = judge(c);
  std::vector<RunOutcome> interpreted, compiled;
  if (verdict.accepted && !c.runs.empty()) {
    interpreted = run_interpreted(c);
    compiled = runner.run(c);
  }
  print_verdict(c, verdict, interpreted, compiled);
  return true;
}

int verify_cases(const Arguments& arguments) {
  std::ifstream file;
  const bool standard_input = arguments.cases == "-";
  if (!standard_input) {
    file.open(arguments.cases, std::ios::binary);
    if (!file) {
      fprintf(stderr, "skep: cannot read %s: %s\n", arguments.cases.c_str(), strerror(errno));
      return kFailed;
    }
  }
  std::istream& in = standard_input ? std::cin : file;
  CoreRunner runner(arguments.runner);
  int status = kOk;
  std::string line;
  for (size_t number = 1; std::getline(in, line); number++) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (!verify_line(line, number, runner)) status = kFailed;
  }
  if (in.bad()) {
    fprintf(stderr, "skep: cannot read %s: %s\n", arguments.cases.c_str(), strerror(errno));
    status = kFailed;
  }
  return status;
}

bool read_kernel_btf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    fprintf(stderr, "skep: cannot read %s: %s\n", path.c_str(), strerror(errno));
    return false;
  }
  const std::vector<char> blob(std::istreambuf_iterator<char>(file), {});
  if (!blob.empty() && host::set_kernel_btf({reinterpret_cast<const uint8_t*>(blob.data()), blob.size()})) return true;
  fprintf(stderr, "skep: %s is no BTF\n", path.c_str());
  return false;
}

int run(const std::vector<std::string>& words) {
  Arguments arguments;
  for (size_t n = 0; n < words.size(); n++) {
    const std::string& word = words[n];
    const bool has_value = n + 1 < words.size();
    if (word == "--cases" && has_value) {
      arguments.cases = words[++n];
    } else if (word == "--runner" && has_value) {
      arguments.runner = words[++n];
    } else if (word == "--kernel-btf" && has_value) {
      arguments.kernel_btf = words[++n];
    } else if (word == "--prog" && has_value) {
      arguments.program = words[++n];
    } else if (word == "--log-level" && has_value) {
      const std::string& level = words[++n];
      const char* end = level.data() + level.size();
      const auto parsed = std::from_chars(level.data(), end, arguments.log_level);
      if (parsed.ptr != end || parsed.ec != std::errc() || arguments.log_level > kMaxLogLevel) {
        fprintf(stderr, "skep verify: --log-level wants a number from 0 to %u\n", kMaxLogLevel);
        return kUsage;
      }
    } else if (arguments.object.empty() && !word.starts_with("-")) {
      arguments.object = word;
    } else {
      fprintf(stderr, "skep verify: what is '%s'?\n", word.c_str());
      return kUsage;
    }
  }
  if (arguments.cases.empty() == arguments.object.empty()) {
    fprintf(stderr, "skep verify: give either OBJECT.o or --cases FILE.jsonl\n");
    return kUsage;
  }
  host::set_memory_limit_bytes(kMemoryBytes);
  bpf::bpf_system().jit_enabled = false;  // its code is for another processor
  if (!arguments.kernel_btf.empty() && !read_kernel_btf(arguments.kernel_btf)) return kFailed;
  if (arguments.cases.empty()) return verify_object(arguments.object, arguments.program, arguments.log_level);
  return verify_cases(arguments);
}

}  // namespace

const Command kVerifyCommand = {
    "verify", "the verifier's verdict on programs",
    "usage: skep verify OBJECT.o [--prog NAME] [--log-level N] [--kernel-btf FILE]\n"
    "       skep verify --cases FILE.jsonl [--runner PATH] [--kernel-btf FILE]\n"
    "\n"
    "Judges programs as this kernel's PROG_LOAD does: loaded by root. Helpers that exist on Linux but have no "
    "function\n"
    "here are judged like others.\n"
    "\n"
    "OBJECT.o is what clang -target bpf -g writes. Its programs are loaded one by one by the library that loads them "
    "in\n"
    "the guest; logs and verdicts are printed. --prog takes one of them, --log-level is BPF's: 1 (default) shows the\n"
    "path to a refusal and explains it, 2 every instruction looked at, 4 statistics only, 0 nothing.\n"
    "Exit status: 0 all accepted, 1 one is refused or the file is no BPF object, 2 wrong usage.\n"
    "\n"
    "--kernel-btf gives the kernel a BTF of its own types (such as /sys/kernel/btf/vmlinux): fentry, fexit and tp_btf\n"
    "programs get typed arguments, and pointers to the kernel's structures may be followed. Without, they are "
    "refused.\n"
    "\n"
    "--cases judges a batch, under GPL. "
    "FILE.jsonl (- for standard input) has one JSON object a line:\n"
    "  name                  any string; \"line N\" without one\n"
    "  prog_type             number of enum bpf_prog_type\n"
    "  insns                 hex, 8 bytes each, little endian; an LDDW with src 1 or 2 names a map by its index in "
    "imm\n"
    "  maps                  list of {type, key_size, value_size, max_entries, map_flags}, and where wanted "
    "map_extra,\n"
    "                        inner_map (index of an earlier map), init (list of {key, value} in hex; in a map of maps\n"
    "                        the value is a map's index), frozen (true: MAP_FREEZE after init), btf_key_type_id,\n"
    "                        btf_value_type_id\n"
    "  expected_attach_type, flags, attach_btf_id, log_level     numbers; 0, 0, 0 and 1 without\n"
    "  kernel_btf            hex: the types of the kernel's own that this program may know\n"
    "  btf, func_info, line_info      hex; func_info_rec_size and line_info_rec_size are 8 and 16 without\n"
    "  run                   list of {data} in hex. An accepted program runs on each, on the interpreter and on the "
    "JIT\n"
    "                        (in core-runner under qemu-riscv64; --runner PATH for another one than beside this\n"
    "                        program). For a socket filter, data is a packet with its Ethernet header; for other "
    "types\n"
    "                        the context. What is missing at its end is zero.\n"
    "\n"
    "and gets a line each:\n"
    "  name, verdict         \"accept\", \"reject\", or \"error\" for a line that is malformed\n"
    "  errno, errno_name     of a refusal: positive number and name; 0 and null when accepted\n"
    "  insns_processed, peak_states     by the verifier\n"
    "  rule, pc              of docs/verifier-rules.md, and the instruction; null when it was not the verifier's "
    "refusal\n"
    "  log                   the verifier's log\n"
    "  retvals               [interpreter, JIT] for each run: the low 32 bits of r0; null where it failed\n"
    "  error                 what is wrong with the line; the command that refused when it was not PROG_LOAD "
    "(BTF_LOAD,\n"
    "                        MAP_CREATE of map 2); what failed in the runs. Else null\n"
    "\n"
    "Exit status: 0 every line was judged, 1 a line is malformed or the file cannot be read, 2 wrong usage.\n",
    run};

}  // namespace skep::tool
