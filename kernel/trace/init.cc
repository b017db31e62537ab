#include "trace/init.h"

#include "trace/kprobe.h"
#include "trace/perf_event.h"
#include "trace/trace_buffer.h"

namespace skep::trace {

void init() {
  init_trace_buffer();
  init_kprobes();
  init_perf_events();
}

}  // namespace skep::trace
