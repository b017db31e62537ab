// The terminal on the console: line editing, signals, termios.
#pragma once

#include <stdint.h>

#include "fs/file.h"

namespace skep::dev {

// /dev/console and /dev/tty.
Result<Ref<File>> open_console(uint32_t flags);
void set_terminal_size(uint16_t rows, uint16_t columns);  // boot
// A byte arrived. Interrupt context.
void tty_receive(uint8_t byte);

}  // namespace skep::dev
