// What the small programs share. Linked into every program; only what is used stays in it.
#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

// The program's help: "usage: NAME SYNOPSIS" and what it does. For "--help" as first argument it is printed and the
// program ends with 0. Returns nothing otherwise.
void tool_help(int argc, char** argv, const char* synopsis, const char* description);
// Prints "usage: …" to stderr and ends the program with status 2.
__attribute__((noreturn)) void tool_usage(void);
// "NAME: SUBJECT: strerror(errno)" on stderr; returns 1, the status of a failed program.
int tool_fail(const char* subject);
__attribute__((noreturn)) void tool_die(const char* subject);
// Ends the program with `status`, or with 1 and a message when standard output could not be written.
__attribute__((noreturn)) void tool_exit(int status);
// A decimal number, optionally with k, M or G (1024-based) behind it; a wrong one ends the program.
long tool_number(const char* text);
// Opens a file for reading, "-" being standard input. On failure a message, null, and *status set to 1.
FILE* tool_open(const char* path, int* status);
void tool_close(FILE* f);
// Reads a small file (as those of /proc) as a string; -1 on failure, else its length. Always NUL-terminated.
ssize_t tool_read_file(const char* path, char* buffer, size_t size);
// DIR/NAME, or NAME without its folders appended to DIR if that is what the caller passes. False when it is too long.
bool tool_join(char* out, size_t size, const char* dir, const char* name);
// Copies everything from one descriptor to another; false on an error (errno).
bool tool_copy_fd(int from, int to);
// "SIGTERM", "TERM" or "15" as a number; -1 when unknown.
int tool_signal(const char* name);
const char* tool_signal_name(int sig);
// The user's name or number as a number; a wrong one ends the program.
uid_t tool_user(const char* text);

// test(1): evaluates the words; 0 true, 1 false, 2 wrong expression (with a message).
int tool_test(int argc, char** argv);
// echo(1) and printf(1) with their arguments from argv[1] on; return the exit status.
int tool_echo(int argc, char** argv);
int tool_printf(int argc, char** argv);

#ifdef __cplusplus
}
#endif

#endif
