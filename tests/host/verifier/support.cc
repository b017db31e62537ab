#include "tests/host/verifier/support.h"

#include <string.h>

#include <catch2/catch.hpp>

#include "bpf/maps/array.h"
#include "bpf/maps/hash.h"

namespace skep::verifier_test {

using namespace skep::bpf;

namespace {

Ref<Map> make_map(uint32_t type, uint32_t key, uint32_t value, uint32_t entries, uint32_t flags = 0) {
  const MapAttributes attributes{
      .type = type, .key_size = key, .value_size = value, .max_entries = entries, .flags = flags};
  auto map = type == BPF_MAP_TYPE_ARRAY ? ArrayMap::create(attributes) : HashMap::create(attributes);
  if (!map) FAIL("no memory for a test map");
  return std::move(*map);
}

}  // namespace

const std::vector<Ref<Map>>& test_maps() {
  static const std::vector<Ref<Map>>* maps = [] {
    auto* all = new std::vector<Ref<Map>>;
    all->push_back(make_map(BPF_MAP_TYPE_ARRAY, 4, 16, 4));
    all->push_back(make_map(BPF_MAP_TYPE_HASH, 8, 8, 16));
    all->push_back(make_map(BPF_MAP_TYPE_ARRAY, 4, 16, 1, BPF_F_RDONLY_PROG));
    all->push_back(make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1, BPF_F_WRONLY_PROG));
    all->push_back(make_map(BPF_MAP_TYPE_ARRAY, 4, 64, 1));
    all->push_back(make_map(BPF_MAP_TYPE_PERCPU_HASH, 16, 8, 16));
    all->push_back(make_map(BPF_MAP_TYPE_ARRAY, 4, 4096, 1));
    // The verifier reads no more of these than their attributes.
    all->push_back(make_map(BPF_MAP_TYPE_RINGBUF, 4, 4, 4096));
    all->push_back(make_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 16));
    Map& read_only = *(*all)[kReadOnly];
    uint8_t content[16] = {0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 's', 'k', 'e', 'p', 0};
    const uint32_t key = 0;
    if (!read_only.update_from_user(&key, content, 0)) FAIL("cannot fill a test map");
    if (!read_only.freeze()) FAIL("cannot freeze a test map");
    return all;
  }();
  return *maps;
}

std::vector<bpf_insn> assemble_program(std::string_view text) {
  std::vector<bpf_insn> code(8192);
  const auto length = assemble(text, code);
  if (!length) {
    INFO(text);
    FAIL("line " << length.error().line << ": " << length.error().reason);
  }
  code.resize(*length);
  return code;
}

Verdict run_verifier(const std::vector<bpf_insn>& code, const Options& options) {
  StringSink log;
  const VerifyRequest request{.code = code,
                              .prog_type = options.prog_type,
                              .expected_attach_type = options.attach_type,
                              .prog_flags = options.prog_flags,
                              .gpl_compatible = options.gpl,
                              .maps = test_maps(),
                              .debug = options.debug,
                              .log_level = options.log_level,
                              .log = &log,
                              .judge_only = options.judge_only,
                              .exact_pruning = options.exact_pruning,
                              .recorder = options.recorder};
  auto verified = verify(request);
  Verdict v;
  v.accepted = verified.has_value();
  if (verified) {
    v.result = std::move(*verified);
  } else {
    v.rejection = verified.error();
  }
  v.log = std::move(log.text);
  return v;
}

void check_cases(const Case* cases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const Case& c = cases[i];
    const Verdict v =
        run_verifier(c.text, {.prog_type = c.prog_type, .prog_flags = c.prog_flags, .attach_type = c.attach_type});
    INFO(c.name << "\n" << c.text << "\n--- log\n" << v.log);
    if (c.rule.empty()) {
      CHECK(v.accepted);
      continue;
    }
    CHECK_FALSE(v.accepted);
    if (v.accepted) continue;
    CHECK(rule_name(v.rejection.rule).substr(1) == c.rule);
    CHECK(v.rejection.error == bpf::verifier::rule_row(v.rejection.rule).error);
    if (!c.log.empty()) CHECK(v.log.find(c.log) != std::string::npos);
    CHECK(v.log.find("Why the program was refused") != std::string::npos);
  }
}

}  // namespace skep::verifier_test
