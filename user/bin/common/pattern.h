// Regular expressions, basic and extended (POSIX's, without back references). A pattern becomes a small program of an
// automaton that is followed in all its states at once: time is bounded by pattern length times text length.
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct Pattern;

// extended: + ? | ( ) { } have their meaning without a backslash. On a wrong pattern null, *error says why.
struct Pattern* pattern_compile(const char* text, bool extended, bool ignore_case, const char** error);
// The leftmost, there the longest, match in text[from, length).
bool pattern_search(struct Pattern* p, const char* text, size_t length, size_t from, size_t* start, size_t* end);
void pattern_free(struct Pattern* p);

#endif
