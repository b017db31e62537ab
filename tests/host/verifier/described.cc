#include "tests/host/verifier/described.h"

#include <catch2/catch.hpp>

#include "tests/host/btf/btf_builder.h"

namespace skep::verifier_test {

using bpf::BtfKind;
using bpf::ProgramDebugInfo;

ProgramDebugInfo describe(const std::vector<bpf_insn>& code, std::string_view functions, uint32_t prog_type) {
  test::BtfBuilder b;
  const auto number = b.integer();
  const auto context =
      b.structure(prog_type == BPF_PROG_TYPE_SOCKET_FILTER ? "__sk_buff" : "user_regs_struct", 4, {{"a", number, 0}});
  const auto memory = b.structure("pair", 16, {{"a", number, 0}, {"b", number, 96}});
  const auto later = b.type(BtfKind::kFwd, "later", 0);
  const auto real = b.type(BtfKind::kFloat, "double", 8);
  const uint32_t to_context = b.pointer(context);
  const uint32_t to_memory = b.pointer(memory);
  const uint32_t to_later = b.pointer(later);
  const auto type_of = [&](char c) -> uint32_t {
    switch (c) {
      case 'n':
        return number;
      case 'v':
        return 0;
      case 'c':
        return to_context;
      case 'i':
        return to_later;
      case 'f':
        return real;
      default:
        return to_memory;
    }
  };
  std::vector<uint32_t> ids;
  std::vector<std::pair<uint32_t, uint32_t>> not_null;
  while (!functions.empty()) {
    const std::string_view word = functions.substr(0, functions.find(' '));
    functions.remove_prefix(std::min(functions.size(), word.size() + 1));
    const auto proto = b.next_id();
    std::vector<uint32_t> parameters;
    for (const char c : word.substr(2)) parameters.insert(parameters.end(), {b.string("x"), type_of(c)});
    b.type(BtfKind::kFuncProto, "", type_of(word[1]), {}, static_cast<uint32_t>(word.size() - 2));
    b.words().insert(b.words().end(), parameters.begin(), parameters.end());
    ids.push_back(b.function("f", proto, word[0] == 'g' ? 1 : 0));
    for (uint32_t i = 2; i < word.size(); i++) {
      if (word[i] == 'o') b.type(BtfKind::kDeclTag, "arg:nonnull", ids.back(), {i - 2});
    }
  }
  test::CollectedLog log;
  ProgramDebugInfo info;
  auto btf = bpf::Btf::parse(b.bytes(), log);
  INFO(log.text);
  REQUIRE(btf.has_value());
  info.btf = std::move(*btf);
  const auto starts = bpf::find_function_starts(code);
  REQUIRE(starts.has_value());
  for (uint32_t i = 0; i < ids.size() && i < starts->size(); i++) {
    REQUIRE(info.functions.push_back({.insn_off = (*starts)[i], .type_id = ids[i]}));
  }
  return info;
}

}  // namespace skep::verifier_test
