// Fails the test when something that was allocated while it lived is still there at its end: memory, ids, descriptors.
#pragma once

#include <catch2/catch.hpp>

#include "bpf/system.h"
#include "tests/host/platform/host_platform.h"

namespace skep::host {

// What a kernel does by itself some time later: objects whose last reference went give up others, up to this many deep
// (program, map, BTF).
inline void settle() {
  for (int i = 0; i < 4; i++) run_grace_period();
}

class LeakCheck {
 public:
  LeakCheck() {
    settle();  // what the test before left to be disposed of
    bytes_ = live_bytes();
    blocks_ = live_blocks();
    descriptors_ = open_descriptors();
  }
  ~LeakCheck() {
    settle();
    CHECK(live_bytes() == bytes_);
    CHECK(live_blocks() == blocks_);
    CHECK(open_descriptors() == descriptors_);
    CHECK(preemption_depth() == 0);
    CHECK(pending_grace_callbacks() == 0);
  }

 private:
  size_t bytes_ = 0;
  size_t blocks_ = 0;
  int descriptors_ = 0;
};

}  // namespace skep::host
