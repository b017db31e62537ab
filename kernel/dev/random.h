// Random numbers for programs (getrandom, /dev/urandom): ChaCha20 (RFC 8439, "The ChaCha20 Block Function") keyed from
// the machine's seed and from timing, rekeyed after every request.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "fs/file.h"

namespace skep::dev {

void init_random();
// Fills `to`. Any context but a probe.
void random_bytes(void* to, size_t bytes);
// The same into a caller's buffer; task context; EFAULT, EINTR when nothing was stored.
Result<size_t> random_read(IoBuffer buffer);

}  // namespace skep::dev
