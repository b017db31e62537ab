// Waiting for files to become ready (ppoll, pselect6). All pollers sleep on one queue and look again when anything
// changed: there are few of them, and no file has to keep lists.
#pragma once

#include "task/wait_queue.h"

namespace skep::vfs {

extern WaitQueue poll_queue;

// Some file's poll_events() may have changed. Any context but a probe; costs a lock only while somebody polls.
void notify_pollers();

// Marks the caller as polling; notify_pollers() wakes only then.
class PollScope {
 public:
  PollScope();
  ~PollScope();
  PollScope(const PollScope&) = delete;
  PollScope& operator=(const PollScope&) = delete;
};

}  // namespace skep::vfs
