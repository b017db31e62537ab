#include "dev/console.h"

#include <string.h>

#include <algorithm>

#include "dev/drivers.h"
#include "lib/log.h"
#include "task/mutex.h"
#include "task/task.h"

namespace skep::dev {

namespace {

constexpr size_t kLogRecords = 512;  // several screens of boot and trouble; 128 KiB

// Guards the serial port and the log. Held for one log line at most, never for a task's output.
SpinLock g_lock{"console", LockRank::kConsole};
LogRecord g_log[kLogRecords] SKEP_GUARDED_BY(g_lock);
uint64_t g_next_sequence SKEP_GUARDED_BY(g_lock) = 0;
uint64_t g_next_to_print SKEP_GUARDED_BY(g_lock) = 0;
// A task is in the middle of its output: it prints the log's new lines when it has finished.
bool g_task_writing SKEP_GUARDED_BY(g_lock) = false;
bool g_quiet SKEP_GUARDED_BY(g_lock) = false;

// One task at a time; held for the whole of a piece of output. Taken before g_lock.
Mutex g_writer_lock;

// How much a task sends in one go with interrupts masked: a byte costs some microseconds in an emulator.
constexpr size_t kBurstBytes = 16;

void print_new_records() SKEP_REQUIRES(g_lock) {
  if (g_quiet) {
    g_next_to_print = g_next_sequence;
    return;
  }
  if (g_next_sequence - g_next_to_print > kLogRecords) g_next_to_print = g_next_sequence - kLogRecords;
  for (; g_next_to_print < g_next_sequence; g_next_to_print++) {
    char line[sizeof(LogRecord) + 32];
    BufferSink sink(line);
    print_log_record(g_log[g_next_to_print % kLogRecords], sink);
    std::string_view text = sink.view();
    text.remove_suffix(1);
    uart_write(text);
    uart_write("\r\n");
  }
}

}  // namespace

void set_console_quiet(bool quiet) {
  SpinGuard guard(g_lock);
  g_quiet = quiet;
}

void console_write(std::string_view text) {
  MutexGuard writer(g_writer_lock);
  for (size_t at = 0; at < text.size(); at += kBurstBytes) {
    SpinGuard guard(g_lock);
    g_task_writing = true;
    uart_write(text.substr(at, kBurstBytes));
  }
  SpinGuard guard(g_lock);
  g_task_writing = false;
  print_new_records();
}

void console_echo(std::string_view text) {
  SpinGuard guard(g_lock);
  uart_write(text);
}

bool read_log(uint64_t from, LogRecord& out) {
  SpinGuard guard(g_lock);
  const uint64_t oldest = g_next_sequence > kLogRecords ? g_next_sequence - kLogRecords : 0;
  const uint64_t wanted = std::max(from, oldest);
  if (wanted >= g_next_sequence) return false;
  out = g_log[wanted % kLogRecords];
  return true;
}

uint64_t next_log_sequence() {
  SpinGuard guard(g_lock);
  return g_next_sequence;
}

void print_log_record(const LogRecord& record, TextSink& out) {
  const uint64_t us = record.time_ns / 1000;
  format_to(out, "[{5}.{06}] ", us / 1'000'000, us % 1'000'000);
  out.write({record.text, record.length});
  out.write("\n");
}

}  // namespace skep::dev

namespace skep {

void log_line(std::string_view line) {
  SpinGuard guard(dev::g_lock);
  dev::LogRecord& record = dev::g_log[dev::g_next_sequence % dev::kLogRecords];
  record.sequence = dev::g_next_sequence++;
  record.time_ns = monotonic_ns();
  record.length = static_cast<uint16_t>(std::min(line.size(), sizeof(record.text)));
  memcpy(record.text, line.data(), record.length);
  if (!dev::g_task_writing) dev::print_new_records();
}

}  // namespace skep
