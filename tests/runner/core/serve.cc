// core-runner: loads programs with their maps through bpf(2) as riscv64 code, and runs them on the JIT. `skep verify`
// speaks to it: one request is some lines of words, in hex where bytes are meant ("-" for none), ending with "end".
//   btf BYTES                    map TYPE KEY VALUE ENTRIES FLAGS EXTRA INNER KEY_TYPE_ID VALUE_TYPE_ID FROZEN
//   elem KEY VALUE               of the map before it
//   func RECORD_SIZE BYTES       line RECORD_SIZE BYTES
//   prog TYPE ATTACH_TYPE FLAGS BTF_ID INSNS
//   run DATA                     any number
// Replies, a line each, flushed at once: "value N" or "error ERRNO" for every run, "failed ERRNO" instead of the first
// one when the program cannot be loaded; then "done". Numbers are unsigned decimals; INNER is 0 or an index plus 1.
#include "bpf/jit/jit.h"
#include "lib/log.h"
#include "tests/runner/core/core.h"
#include "tests/runner/runner.h"
#include "tools/skep/session.h"

namespace skep {

void panic_line(std::string_view cause) {
  runner::out().flush();
  format_to(runner::err(), "core-runner: {}\n", cause);
  runner::err().flush();
  runner::exit_process(134);
}

namespace runner {

uint64_t current_seed = 0;  // no fuzzing here; the fault handler prints it

namespace {

using Bytes = bpf::Vec<uint8_t>;

constexpr long kSysRead = 63;

std::string_view next_word(std::string_view& line) {
  const size_t end = line.find(' ');
  const std::string_view word = line.substr(0, end);
  line = end == std::string_view::npos ? std::string_view{} : line.substr(end + 1);
  return word;
}

uint64_t number(std::string_view& line) {
  uint64_t n = 0;
  for (const char c : next_word(line)) n = n * 10 + static_cast<uint64_t>(c - '0');
  return n;
}
uint32_t number32(std::string_view& line) { return static_cast<uint32_t>(number(line)); }

int hex_digit(char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; }

// Without memory the runner ends: skep reports the case and starts another.
[[noreturn]] void out_of_memory() {
  panic_line("out of memory");
  __builtin_unreachable();
}
template <typename T>
void must(const Result<T>& r) {
  if (!r) out_of_memory();
}

Bytes bytes_of(std::string_view& line) {
  const std::string_view word = next_word(line);
  Bytes bytes;
  if (word == "-") return bytes;
  must(bytes.resize(word.size() / 2));
  for (size_t i = 0; i < bytes.size(); i++) {
    bytes[i] = static_cast<uint8_t>(hex_digit(word[2 * i]) << 4 | hex_digit(word[2 * i + 1]));
  }
  return bytes;
}

// A request, with the memory that its specification points to.
struct Request {
  struct Element {
    uint32_t map;
    Bytes key, value;
  };
  Bytes btf, func_info, line_info, insns;
  tool::ProgramSpec program;
  bpf::Vec<tool::MapSpec> maps;
  bpf::Vec<Element> elements;
  bpf::Vec<tool::MapElement> element_spans;
  bpf::Vec<Bytes> runs;

  void add(std::string_view line);
  void connect();
  void serve();
};

void Request::add(std::string_view line) {
  const std::string_view what = next_word(line);
  if (what == "btf") {
    btf = bytes_of(line);
  } else if (what == "map") {
    tool::MapSpec map;
    map.type = number32(line);
    map.key_size = number32(line);
    map.value_size = number32(line);
    map.max_entries = number32(line);
    map.flags = number32(line);
    map.extra = number(line);
    map.inner_map = static_cast<int32_t>(number(line)) - 1;
    map.btf_key_type_id = number32(line);
    map.btf_value_type_id = number32(line);
    map.frozen = number(line) != 0;
    must(maps.push_back(map));
  } else if (what == "elem") {
    Bytes key = bytes_of(line);
    must(elements.push_back({static_cast<uint32_t>(maps.size() - 1), std::move(key), bytes_of(line)}));
  } else if (what == "func") {
    program.func_info_rec_size = number32(line);
    func_info = bytes_of(line);
  } else if (what == "line") {
    program.line_info_rec_size = number32(line);
    line_info = bytes_of(line);
  } else if (what == "prog") {
    program.type = number32(line);
    program.expected_attach_type = number32(line);
    program.flags = number32(line);
    program.attach_btf_id = number32(line);
    insns = bytes_of(line);
  } else if (what == "run") {
    must(runs.push_back(bytes_of(line)));
  }
}

void Request::connect() {
  program.btf = btf.span();
  program.func_info = func_info.span();
  program.line_info = line_info.span();
  program.insns = {reinterpret_cast<const bpf_insn*>(insns.data()), insns.size() / sizeof(bpf_insn)};
  program.maps = maps.span();
  must(element_spans.reserve(elements.size()));
  for (uint32_t m = 0; m < maps.size(); m++) {
    const size_t first = element_spans.size();
    for (const Element& e : elements) {
      if (e.map == m) must(element_spans.push_back({e.key.span(), e.value.span()}));
    }
    maps[m].init = element_spans.span().subspan(first);
  }
}

void Request::serve() {
  connect();
  tool::Session session(program);
  uint32_t log_true_size = 0;
  auto ready = session.prepare();
  if (ready) ready = session.load(0, {}, log_true_size);
  if (!ready) return format_to(out(), "failed {}\n", static_cast<uint32_t>(ready.error()));
  for (const Bytes& data : runs) {
    out().flush();  // what stands before this run is kept if the program crashes
    const auto value = session.run(data.span());
    if (value) {
      format_to(out(), "value {}\n", *value);
    } else {
      format_to(out(), "error {}\n", static_cast<uint32_t>(value.error()));
    }
  }
}

// Calls handle(line) for each line of standard input.
template <typename Handle>
void read_lines(Handle handle) {
  bpf::Vec<char> pending;
  char chunk[4096];
  for (;;) {
    const long n = raw_syscall(kSysRead, 0, reinterpret_cast<long>(chunk), sizeof(chunk));
    if (n <= 0) return;
    std::string_view rest{chunk, static_cast<size_t>(n)};
    for (;;) {
      const size_t end = rest.find('\n');
      if (end == std::string_view::npos) break;
      must(pending.append(rest.substr(0, end)));
      handle(std::string_view{pending.data(), pending.size()});
      pending = {};
      rest.remove_prefix(end + 1);
    }
    must(pending.append(rest));
  }
}

}  // namespace

extern "C" [[noreturn]] void runner_start(uintptr_t*) {
  handle_faults();
  bpf::set_jit_target({.zba = true, .zbb = true});
  Request* request = new (bpf::platform::allocate(sizeof(Request))) Request;
  read_lines([&](std::string_view line) {
    if (line != "end") return request->add(line);
    request->serve();
    out().write("done\n");
    out().flush();
    request->~Request();
    request = new (request) Request;
  });
  exit_process(0);
}

}  // namespace runner
}  // namespace skep
