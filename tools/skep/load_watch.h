// What the verifier says of programs that are loaded through bpf(2), which answers with an error number alone. Free of
// the core's headers: they and libbpf's cannot meet.
#pragma once

#include <stdint.h>

#include <string>

namespace skep::tool {

// What the verifier said of the last program loaded while this lives.
struct LastLoad {
  bool judged = false;
  std::string rule;  // empty when it was accepted
  uint32_t pc = 0;
  uint32_t insns_processed = 0, peak_states = 0;
};
// While it lives, helpers that have no function here are judged like others; what is loaded then must not run.
class LoadWatch {
 public:
  LoadWatch();
  ~LoadWatch();
  LoadWatch(const LoadWatch&) = delete;
  LoadWatch& operator=(const LoadWatch&) = delete;
  const LastLoad& last() const { return last_; }

 private:
  LastLoad last_;
  void* listener_;
};

}  // namespace skep::tool
