// The console's output side: the kernel's log and the terminal's lines share one serial port, line by line.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <string_view>

#include "lib/format.h"

namespace skep::dev {

// Writes for a task, as one piece: nobody else's output comes between. Text is sent as it is. Task context.
void console_write(std::string_view text);
// The same from an interrupt handler (echo); may fall into the middle of a task's line.
void console_echo(std::string_view text);

// With `quiet` among the kernel's arguments log lines go to the log only. Boot.
void set_console_quiet(bool quiet);

// ---- The log, for dmesg --------------------------------------------------------------------------------------------

struct LogRecord {
  uint64_t sequence = 0;
  uint64_t time_ns = 0;
  uint16_t length = 0;
  char text[238] = {};
};
// The first record with a sequence number >= from that is still kept; false when there is none. Any context but a
// probe.
bool read_log(uint64_t from, LogRecord& out);
// The number that the next record will get.
uint64_t next_log_sequence();
// "[    1.234567] text\n", as dmesg and the console show it.
void print_log_record(const LogRecord& record, TextSink& out);

}  // namespace skep::dev
