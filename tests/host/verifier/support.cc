#include "tests/host/verifier/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "bpf/helpers/helper.h"
#include "bpf/isa/decode.h"
#include "bpf/maps/fd_array.h"
#include "bpf/maps/registry.h"
#include "tests/host/btf/btf_builder.h"
#include "tests/host/verifier/kernel_types.h"

namespace skep::verifier_test {

using namespace skep::bpf;

namespace {

Ref<Map> make_map(uint32_t type, uint32_t key, uint32_t value, uint32_t entries, uint32_t flags = 0,
                  const Map* inner = nullptr) {
  const MapAttributes attributes{
      .type = type, .key_size = key, .value_size = value, .max_entries = entries, .flags = flags};
  auto map = create_map(attributes, inner);
  if (!map) FAIL("no memory for a test map");
  return std::move(*map);
}

// The types of values with structures of the kernel's.
struct ValueTypes {
  Ref<Btf> btf;
  uint32_t key = 0, locked = 0, two_locks = 0, timed = 0;
};

const ValueTypes& value_types() {
  static const ValueTypes* types = [] {
    auto* t = new ValueTypes;
    test::BtfBuilder b;
    t->key = b.integer("unsigned int", 4, 0);
    const auto u64 = b.integer("unsigned long long", 8, 0);
    const auto lock = b.structure("bpf_spin_lock", 4, {{"val", t->key, 0}});
    const auto timer = b.structure("bpf_timer", 16, {{"a", u64, 0}, {"b", u64, 64}});
    t->locked = b.structure("locked", 16, {{"n", t->key, 0}, {"lock", lock, 32}, {"sum", u64, 64}});
    t->two_locks = b.structure("two_locks", 8, {{"a", lock, 0}, {"b", lock, 32}});
    t->timed = b.structure("timed", 24, {{"n", u64, 0}, {"timer", timer, 64}});
    test::CollectedLog log;
    auto parsed = Btf::parse(b.bytes(), log);
    if (!parsed) FAIL("the test maps' types: " << log.text);
    t->btf = std::move(*parsed);
    return t;
  }();
  return *types;
}

Ref<Map> make_typed_map(uint32_t type, uint32_t value_bytes, uint32_t entries, uint32_t value_type) {
  auto map = create_map({.type = type,
                         .key_size = 4,
                         .value_size = value_bytes,
                         .max_entries = entries,
                         .btf_key_type_id = value_types().key,
                         .btf_value_type_id = value_type},
                        nullptr);
  if (!map) FAIL("no memory for a test map");
  (*map)->set_btf(Ref<Btf>(value_types().btf));
  return std::move(*map);
}

}  // namespace

const Ref<Btf>& kernel_types() {
  static const Ref<Btf>* types = [] {
    test::CollectedLog log;
    auto parsed = Btf::parse(kernel_types_blob(), log);
    if (!parsed) FAIL("the kernel's types: " << log.text);
    return new Ref<Btf>(std::move(*parsed));
  }();
  return *types;
}

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
    all->push_back(make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096));
    all->push_back(make_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4));
    all->push_back(make_map(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 4));
    all->push_back(make_map(BPF_MAP_TYPE_STACK_TRACE, 4, 8, 4));
    all->push_back(make_map(BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 4, 0, (*all)[kArray].get()));
    all->push_back(make_map(BPF_MAP_TYPE_HASH_OF_MAPS, 8, 4, 4, 0, (*all)[kHash].get()));
    const ValueTypes& types = value_types();
    all->push_back(make_typed_map(BPF_MAP_TYPE_ARRAY, 16, 4, types.locked));
    all->push_back(make_typed_map(BPF_MAP_TYPE_HASH, 16, 4, types.locked));
    all->push_back(make_typed_map(BPF_MAP_TYPE_ARRAY, 16, 1, types.locked));
    all->push_back(make_typed_map(BPF_MAP_TYPE_ARRAY, 8, 4, types.two_locks));
    all->push_back(make_typed_map(BPF_MAP_TYPE_ARRAY, 24, 4, types.timed));
    all->push_back(make_typed_map(BPF_MAP_TYPE_HASH, 24, 4, types.timed));
    auto user_ringbuf = create_judged_map({.type = BPF_MAP_TYPE_USER_RINGBUF, .max_entries = 4096}, nullptr);
    if (!user_ringbuf) FAIL("no memory for a test map");
    all->push_back(std::move(*user_ringbuf));
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

namespace {

std::string hex(const void* bytes, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; i++) {
    char digits[3];
    snprintf(digits, sizeof(digits), "%02x", static_cast<const uint8_t*>(bytes)[i]);
    out += digits;
  }
  return out;
}

std::string describe_maps() {
  std::string out;
  for (const Ref<Map>& map : test_maps()) {
    const MapAttributes& a = map->attributes();
    char line[256];
    snprintf(line, sizeof(line),
             "%s{\"type\":%u,\"key_size\":%u,\"value_size\":%u,\"max_entries\":%u,\"map_flags\":%u,\"frozen\":%s",
             out.empty() ? "" : ",", a.type, a.key_size, a.value_size, a.max_entries, a.flags,
             map->frozen() ? "true" : "false");
    out += line;
    if (map->frozen()) {
      const uint32_t key = 0;
      std::vector<uint8_t> value(map->user_value_size());
      if (!map->copy_value(&key, value)) FAIL("cannot read a test map");
      out += ",\"init\":[{\"key\":\"00000000\",\"value\":\"" + hex(value.data(), a.value_size) + "\"}]";
    }
    for (size_t i = 0; map->inner_template() && i < test_maps().size(); i++) {
      if (!is_like(*map->inner_template(), *test_maps()[i])) continue;
      out += ",\"inner_map\":" + std::to_string(i);
      break;
    }
    if (map->btf()) {
      out += ",\"btf_key_type_id\":" + std::to_string(a.btf_key_type_id) +
             ",\"btf_value_type_id\":" + std::to_string(a.btf_value_type_id);
    }
    out += "}";
  }
  return out;
}

// With SKEP_DUMP_CASES=FILE, every program that a test judges becomes a line of FILE, as `skep verify --cases` reads
// it, with the verdict: scripts/verifier-rules makes docs/verifier-rules.md of them.
void dump_case(const std::vector<bpf_insn>& code, const Options& o, uint32_t target, const Verdict& v) {
  static FILE* const file = [] {
    const char* path = getenv("SKEP_DUMP_CASES");
    return path ? fopen(path, "w") : nullptr;
  }();
  if (!file) return;
  StringSink rule;
  if (!v.accepted) print_rule_name(rule, v.rejection.rule);
  const size_t why = v.accepted ? v.log.size() : std::min(v.log.find("Why the program was refused"), v.log.size());
  std::string debug;
  if (o.debug && o.debug->btf) {
    debug = ",\"btf\":\"" + hex(o.debug->btf->blob().data(), o.debug->btf->blob().size()) + "\",\"func_info\":\"" +
            hex(o.debug->functions.data(), o.debug->functions.size() * sizeof(bpf_func_info)) + "\"";
  }
  if (!o.target.empty()) {
    debug += ",\"kernel_btf\":\"" + hex(kernel_types()->blob().data(), kernel_types()->blob().size()) +
             "\",\"attach_btf_id\":" + std::to_string(target);
  }
  std::string text;
  for (InsnIndex i = 0; i < code.size() && code.size() < 600; i++) {
    const auto insn = decode(code, i);
    StringSink line;
    if (insn) disassemble(line, *insn, i, helper_name);
    if (!insn) line.write("(an instruction that does not exist)");
    text += (i == 0 ? "\"" : ",\"") + line.text + "\"";
    if (insn && insn->op == Op::kLoadImm64) i++, text += ",\"\"";
  }
  fprintf(file,
          "{\"map_types\":%u,\"map_btf\":\"%s\",\"prog_type\":%u,\"expected_attach_type\":%u,\"flags\":%u,\"gpl\":%s,"
          "\"insns\":\"%s\",\"maps\":[%s]%s,"
          "\"rule\":\"%s\",\"text\":[%s],\"explanation\":\"%s\"}\n",
          value_types().btf->type_count() - 1,
          hex(value_types().btf->blob().data(), value_types().btf->blob().size()).c_str(), o.prog_type, o.attach_type,
          o.prog_flags, o.gpl && o.privileged ? "true" : "false",
          hex(code.data(), code.size() * sizeof(bpf_insn)).c_str(), describe_maps().c_str(), debug.c_str(),
          rule.text.c_str(), text.c_str(), hex(v.log.data() + why, v.log.size() - why).c_str());
}

}  // namespace

Verdict run_verifier(const std::vector<bpf_insn>& code, const Options& options) {
  StringSink log;
  uint32_t target = 0;
  if (!options.target.empty() && options.target != kTyped) {
    for (const BtfKind kind : {BtfKind::kFunc, BtfKind::kTypedef, BtfKind::kStruct}) {
      if (target == 0) target = kernel_types()->find_by_name(kind, options.target);
    }
    if (target == 0) target = UINT32_MAX;
  }
  const VerifyRequest request{.code = code,
                              .prog_type = options.prog_type,
                              .expected_attach_type = options.attach_type,
                              .prog_flags = options.prog_flags,
                              .gpl_compatible = options.gpl,
                              .privileged = options.privileged,
                              .maps = test_maps(),
                              .debug = options.debug,
                              .kernel_btf = options.target.empty() ? nullptr : kernel_types().get(),
                              .attach_btf_id = target,
                              .log_level = options.log_level,
                              .log = &log,
                              .interrupted = options.interrupted,
                              .judge_only = options.judge_only,
                              .exact_pruning = options.exact_pruning,
                              .recorder = options.recorder,
                              .unroll_loops = options.unroll_loops,
                              .keep_paths_apart = options.keep_paths_apart};
  auto verified = verify(request);
  Verdict v;
  v.accepted = verified.has_value();
  if (verified) {
    v.result = std::move(*verified);
  } else {
    v.rejection = verified.error();
  }
  v.log = std::move(log.text);
  dump_case(code, options, target, v);
  return v;
}

void check_cases(const Case* cases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const Case& c = cases[i];
    const Verdict v = run_verifier(
        c.text,
        {.prog_type = c.prog_type, .prog_flags = c.prog_flags, .attach_type = c.attach_type, .target = c.target});
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
