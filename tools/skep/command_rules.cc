// skep rules: the verifier's rules as data, for the page that documents them.
#include <stdio.h>

#include "bpf/verifier/rules.h"
#include "tools/skep/command.h"
#include "tools/skep/json.h"

namespace skep::tool {
namespace {

int run(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) {
    fprintf(stderr, "skep rules: no arguments\n");
    return kUsage;
  }
  for (size_t i = 0; i < std::size(bpf::verifier::kRules); i++) {
    const bpf::verifier::RuleRow& row = bpf::verifier::kRules[i];
    char name[64];
    BufferSink sink(name);
    bpf::print_rule_name(sink, static_cast<bpf::Rule>(i));
    printf("{\"name\":%s,\"errno\":%s,\"line\":%s,\"meaning\":%s,\"remedy\":%s}\n", json_string(name).c_str(),
           json_string(errno_name(row.error)).c_str(), json_string(row.wording).c_str(),
           json_string(row.meaning).c_str(), json_string(row.remedy).c_str());
  }
  return kOk;
}

}  // namespace

const Command kRulesCommand = {
    "rules", "the rules that a program can break",
    "usage: skep rules\n\nPrints a JSON line for each rule of the verifier: name, errno, its line in the log, what it "
    "means\n"
    "and what to do about it, with placeholders as kernel/bpf/verifier/rules.h explains them.\n",
    run};

}  // namespace skep::tool
