#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include "bpf/isa/decode.h"
#include "bpf/isa/table.h"
#include "tools/skep/command.h"
#include "tools/skep/engine.h"
#include "tools/skep/json.h"

namespace skep::tool {
namespace {

// A file's contents; "-" is standard input.
bool read_file(const std::string& path, std::string& out) {
  if (path == "-") {
    out.assign(std::istreambuf_iterator<char>(std::cin), {});
    return true;
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  out.assign(std::istreambuf_iterator<char>(file), {});
  return true;
}

// A program file holds the instructions' bytes, as they are or as hex with blanks anywhere.
std::string program_as_hex(const std::string& contents) {
  std::string compact;
  for (const char c : contents) {
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r') compact += c;
  }
  if (!compact.empty() && parse_hex(compact)) return compact;
  return to_hex(std::vector<uint8_t>(contents.begin(), contents.end()));
}

int run_one(const std::string& path, const std::string& mem, const EngineOptions& options) {
  std::string contents;
  if (!read_file(path, contents)) {
    fprintf(stderr, "skep: cannot read %s: %s\n", path.c_str(), strerror(errno));
    return kFailed;
  }
  const Outcome outcome = run_cases({{path, program_as_hex(contents), mem}}, options)[0];
  if (!outcome.r0) {
    fprintf(stderr, "skep: %s: %s\n", path.c_str(), outcome.error.c_str());
    return kFailed;
  }
  printf("0x%" PRIx64 "\n", *outcome.r0);
  return kOk;
}

// Names the rows of the ISA table that no case executed. Kernel functions do not exist, so no case can call one.
int report_missing_rows() {
  int missing = 0;
  const auto rows = bpf::insn_rows();
  for (size_t n = 0; n < rows.size(); n++) {
    if (executed_rows()[n] != 0 || rows[n].op == bpf::Op::kCallKfunc) continue;
    char line[96];
    BufferSink sink(line);
    bpf::disassemble(sink,
                     {.op = rows[n].op,
                      .width = rows[n].width,
                      .size = rows[n].size,
                      .use_imm = rows[n].uses_imm(),
                      .atomic = rows[n].atomic,
                      .pseudo = rows[n].pseudo},
                     0);
    fprintf(stderr, "skep: never executed: %s\n", line);
    missing++;
  }
  return missing == 0 ? kOk : kFailed;
}

// Fills in what a line says; what is wrong with it otherwise.
std::string read_case(const std::string& line, Case& out) {
  const auto object = parse_json(line);
  if (!object) return object.error();
  if (object->kind != JsonValue::Kind::kObject) return "not a JSON object";
  bool has_insns = false;
  for (const auto& [name, member] : {std::pair("name", &out.name), {"insns", &out.insns}, {"mem", &out.mem}}) {
    const JsonValue* value = object->find(name);
    if (value == nullptr || value->kind == JsonValue::Kind::kNull) continue;
    const bool is_label = member == &out.name && value->kind == JsonValue::Kind::kNumber;
    if (value->kind != JsonValue::Kind::kString && !is_label) return std::string(name) + " is no string";
    *member = value->text;
    has_insns |= member == &out.insns;
  }
  return has_insns ? "" : "insns is missing";
}

int run_batch(const std::string& path, const EngineOptions& options, bool rows) {
  std::string contents;
  if (!read_file(path, contents)) {
    fprintf(stderr, "skep: cannot read %s: %s\n", path.c_str(), strerror(errno));
    return kFailed;
  }
  std::vector<Case> cases;
  std::map<size_t, std::string> malformed;  // what is wrong with some of them
  size_t at = 0, line_number = 0;
  while (at < contents.size()) {
    const size_t end = std::min(contents.find('\n', at), contents.size());
    const std::string line = contents.substr(at, end - at);
    at = end + 1;
    line_number++;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    // A line that is malformed gets its answer like the others; without instructions it does not run.
    Case c{.name = "line " + std::to_string(line_number), .insns = "", .mem = ""};
    const std::string error = read_case(line, c);
    if (!error.empty()) malformed[cases.size()] = error;
    cases.push_back(std::move(c));
  }
  const auto outcomes = run_cases(cases, options);
  for (size_t n = 0; n < cases.size(); n++) {
    Outcome o = outcomes[n];
    if (malformed.contains(n)) o = {.r0 = {}, .error = malformed[n]};
    char r0[32] = "null";
    if (o.r0) snprintf(r0, sizeof(r0), "\"0x%" PRIx64 "\"", *o.r0);
    printf("{\"name\":%s,\"r0\":%s,\"error\":%s}\n", json_string(cases[n].name).c_str(), r0,
           o.error.empty() ? "null" : json_string(o.error).c_str());
  }
  if (!malformed.empty()) return kFailed;
  return rows ? report_missing_rows() : kOk;
}

int run(const std::vector<std::string>& arguments) {
  EngineOptions options;
  std::string cases, mem, file;
  bool rows = false;
  for (size_t n = 0; n < arguments.size(); n++) {
    const std::string& a = arguments[n];
    const bool has_value = n + 1 < arguments.size();
    if (a == "--engine" && has_value) {
      const std::string& engine = arguments[++n];
      if (engine != "interp" && engine != "jit") {
        fprintf(stderr, "skep run: no engine '%s'\n", engine.c_str());
        return kUsage;
      }
      options.engine = engine == "jit" ? Engine::kJit : Engine::kInterp;
    } else if (a == "--target" && has_value) {
      options.target = arguments[++n];
      if (!is_target(options.target)) {
        fprintf(stderr, "skep run: no target '%s'\n", options.target.c_str());
        return kUsage;
      }
    } else if (a == "--runner" && has_value) {
      options.runner = arguments[++n];
    } else if (a == "--mem" && has_value) {
      mem = arguments[++n];
      if (!parse_hex(mem)) {
        fprintf(stderr, "skep run: --mem wants hex digits, two per byte\n");
        return kUsage;
      }
    } else if (a == "--rows") {
      rows = true;
    } else if (a == "--cases" && has_value) {
      cases = arguments[++n];
    } else if (file.empty() && (a == "-" || a[0] != '-')) {
      file = a;
    } else {
      fprintf(stderr, "skep run: what is '%s'?\n", a.c_str());
      return kUsage;
    }
  }
  if (cases.empty() == file.empty()) {
    fprintf(stderr, "skep run: give either FILE or --cases FILE.jsonl\n");
    return kUsage;
  }
  return cases.empty() ? run_one(file, mem, options) : run_batch(cases, options, rows);
}

}  // namespace

const Command kRunCommand = {
    "run", "run BPF programs on the interpreter or the JIT",
    "usage: skep run [OPTION...] FILE\n"
    "       skep run [OPTION...] --cases FILE.jsonl\n"
    "\n"
    "Runs BPF instructions without a verifier. r1 is the address of the memory, r2 its length; both are 0 without "
    "memory.\n"
    "FILE (- for standard input) holds the instructions as bytes or as hex; r0 is printed in hex.\n"
    "\n"
    "  --engine interp|jit  the interpreter, in this process (default), or the JIT, in the riscv64 runner under "
    "qemu-riscv64\n"
    "  --mem HEX            the memory's initial bytes\n"
    "  --cases FILE.jsonl   a batch: one JSON object per line with \"name\", \"insns\" (hex) and \"mem\" (hex, may be "
    "missing\n"
    "                       or null); other members are left alone. Prints a line {\"name\",\"r0\",\"error\"} for "
    "each, "
    "in\n"
    "                       order: r0 as \"0x…\" or null, error as text or null\n"
    "  --rows               with --cases on the interpreter: fail when a row of the ISA table was never executed\n"
    "  --target NAME        of the JIT: rv64, rv64_zba, rv64_zbb, rv64_zba_zbb (default); _far appended places the "
    "code out of\n"
    "                       reach of direct calls\n"
    "  --runner PATH        the runner to use instead of the one beside this program\n"
    "\n"
    "A program that reads or writes a bad address, or does not end (200 M instructions interpreted, 5 s of processor "
    "time\n"
    "compiled), is an error of its own; the others of a batch run all the same.\n"
    "\n"
    "Exit status: 0 run (--cases: whatever became of the programs), 1 the program, a line or the file is bad, 2 wrong "
    "usage.\n",
    run};

}  // namespace skep::tool
