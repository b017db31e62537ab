// Wakes a task at a point in time.
#pragma once

#include <stdint.h>

#include "lib/list.h"

namespace skep {

class Task;

// Armed for as long as it exists: from its deadline on, `task` is woken once. Lives on the sleeping task's stack.
class TaskTimer {
 public:
  TaskTimer(Task& task, uint64_t deadline_ns);
  ~TaskTimer();
  TaskTimer(const TaskTimer&) = delete;
  TaskTimer& operator=(const TaskTimer&) = delete;

 private:
  friend void run_timers();
  ListNode node_;
  Task& task_;
  uint64_t deadline_ns_;
  friend struct TimerList;
};

// Wakes whoever is due and asks this hart's timer for the next deadline. Timer interrupt.
void run_timers();

}  // namespace skep
