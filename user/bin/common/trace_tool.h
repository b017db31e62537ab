// What the tracing programs share: their options, and ending on ^C. What they do with libbpf stands in each of them.
#ifndef TRACE_TOOL_H
#define TRACE_TOOL_H

#include <signal.h>

// Set by SIGINT and SIGTERM once stop_on_signals() was called, which also end a sleep or poll with EINTR.
extern volatile sig_atomic_t stop;
void stop_on_signals(void);

// A whole number from 0 to `max`, or -1.
long parse_number(const char *text, long max);

// A program that prints a report again and again.
struct report_options {
  long interval;       // seconds between reports
  long count;          // reports to print; 0: until stopped
  const char *object;  // the BPF object; holds the default before
};
// Reads "[-i SECONDS] [-c COUNT] [OBJECT]". Ends the program for --help (0) and for wrong options (2, usage on stderr).
// `purpose` is a line for the help: what is printed.
void read_report_options(int argc, char **argv, const char *purpose, struct report_options *options);
// Waits for the next report: 1 when it is due, 0 when the program was stopped and has no report to print any more
// (without a count, ^C still asks for a last one).
int wait_for_report(const struct report_options *options);

#endif
