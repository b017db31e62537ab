#include "tools/skep/load_watch.h"

#include "bpf/system.h"
#include "bpf/verifier/verifier.h"

namespace skep::tool {
namespace {

// "null_pointer"
std::string name_of(bpf::Rule rule) {
  char name[64];
  BufferSink sink(name);
  bpf::print_rule_name(sink, rule);
  return std::string(sink.view());
}

class Listener final : public bpf::LoadObserver {
 public:
  explicit Listener(LastLoad& last) : last_(last) { bpf::bpf_system().observer = this; }
  ~Listener() { bpf::bpf_system().observer = nullptr; }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void accepted(const bpf::VerifyResult& result) override {
    last_ = {.judged = true,
             .rule = {},
             .pc = 0,
             .insns_processed = result.insns_processed,
             .peak_states = result.peak_states};
  }
  void refused(const bpf::Rejection& rejection) override {
    last_ = {.judged = true,
             .rule = name_of(rejection.rule),
             .pc = rejection.at,
             .insns_processed = rejection.insns_processed,
             .peak_states = rejection.peak_states};
  }

 private:
  LastLoad& last_;
};

}  // namespace

LoadWatch::LoadWatch() : listener_(new Listener(last_)) { bpf::bpf_system().judge_only = true; }
LoadWatch::~LoadWatch() {
  bpf::bpf_system().judge_only = false;
  delete static_cast<Listener*>(listener_);
}

}  // namespace skep::tool
