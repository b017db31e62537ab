#include "bpf/syscall/jit_dump.h"

#include <algorithm>

#include "lib/format.h"

namespace skep::bpf {

void dump_jit_code(const Program& program) {
  constexpr size_t kBytesPerLine = 16;
  const JitCode& jit = program.jit_code();
  platform::TaskFacts task;
  platform::current_task_facts(task);
  char text[160];
  BufferSink heading(text);
  format_to(heading, "flen={} proglen={} pass=1 image={016x} from={} pid={}", program.image().code.size(), jit.bytes,
            jit.memory.address, std::string_view(task.comm), task.pid);
  platform::log_message(heading.view());
  const auto* bytes = reinterpret_cast<const uint8_t*>(jit.memory.address);
  for (size_t at = 0; at < jit.bytes; at += kBytesPerLine) {
    BufferSink line(text);
    format_to(line, "JIT code: {08x}:", at);
    for (size_t i = at; i < std::min<size_t>(at + kBytesPerLine, jit.bytes); i++) format_to(line, " {02x}", bytes[i]);
    platform::log_message(line.view());
  }
}

}  // namespace skep::bpf
