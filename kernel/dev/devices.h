// Devices: interrupt controller, serial console, and the device files of /dev.
#pragma once

namespace skep::dev {

// Interrupt controller and UART; from here on the log goes through the driver instead of the firmware. Boot, once
// map_device() works. A missing device is reported and left out (without a UART the firmware's console stays).
void init();

// Registers /dev/null, zero, full, random, urandom, console, tty, kmsg. Called by vfs::init().
void register_device_files();

}  // namespace skep::dev
