// The format language of trace_printk, trace_vprintk and snprintf: printf's, cut down as in Linux (bpf-helpers(7),
// "bpf_trace_printk", "bpf_snprintf").
//   %d %i %u %x %X with none, l or ll; %c; %s %pks (kernel string), %pus (user string); %p (hashed), %px (plain), %pK,
//   %ps %pS %pB (symbol), %pi4 %pI4 %pi6 %pI6 (address bytes in kernel memory). Flags 0 + - and blank, a width; no
//   precision.
// Strings are read fault-safely; one that cannot be read prints as "".
#pragma once

#include <stdint.h>

#include <span>
#include <string_view>

#include "lib/result.h"

namespace skep::bpf {

// Whether `format` uses nothing but the above, with at most `max_args` conversions; EINVAL. Any context.
Result<void> check_format(std::string_view format, size_t max_args);

// Prints into `out`, always terminated unless out is empty. Returns the length that the whole text has, without NUL;
// EINVAL as check_format(). `format` ends at its first NUL or at its end. Any context.
Result<size_t> format_for_program(std::span<char> out, std::string_view format, std::span<const uint64_t> args);

}  // namespace skep::bpf
