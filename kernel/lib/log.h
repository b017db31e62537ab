// The kernel's log: log_info("mm: {} MiB free", n) prints one line to the console and keeps it for dmesg.
// Any context but a probe.
#pragma once

#include <string_view>

#include "lib/format.h"

namespace skep {

// Implemented by kernel/dev (console). A line without its newline.
void log_line(std::string_view line);

template <typename... Args>
void log_info(std::string_view fmt, const Args&... args) {
  char buffer[256];
  BufferSink sink(buffer);
  format_to(sink, fmt, args...);
  log_line(sink.view());
}

// Prints cause, hart, registers and a symbolised backtrace, then powers off with exit code 125 (arch/panic).
[[noreturn]] void panic_line(std::string_view cause);

template <typename... Args>
[[noreturn]] void panic(std::string_view fmt, const Args&... args) {
  char buffer[256];
  BufferSink sink(buffer);
  format_to(sink, fmt, args...);
  panic_line(sink.view());
}

}  // namespace skep
