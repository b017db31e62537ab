// The other engine: core-runner under qemu-riscv64 (tests/runner/core/serve.cc), where programs are loaded again and
// run on the JIT.
#pragma once

#include <stdio.h>
#include <sys/types.h>

#include <string>

#include "tools/skep/verdict.h"

namespace skep::tool {

class CoreRunner {
 public:
  // `path` empty: "core-runner" beside this program.
  explicit CoreRunner(std::string path);
  ~CoreRunner() { stop(); }
  CoreRunner(const CoreRunner&) = delete;
  CoreRunner& operator=(const CoreRunner&) = delete;

  // One outcome per run. A runner that crashes or hangs is replaced for the next case.
  std::vector<RunOutcome> run(const BpfCase& c);

 private:
  bool start();
  void stop();
  bool send(const std::string& text);
  // A reply without its line end; empty when the runner ended or took too long.
  std::string receive();

  std::string path_;
  pid_t process_ = -1;
  int to_ = -1;
  int from_ = -1;
  std::string received_;
};

}  // namespace skep::tool
