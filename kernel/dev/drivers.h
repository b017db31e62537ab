// The drivers' own interfaces, for kernel/dev and the terminal.
#pragma once

#include <stdint.h>

#include <string_view>

namespace skep::dev {

void init_rtc();

// ---- Interrupt controller (PLIC) -----------------------------------------------------------------------------------

using InterruptHandler = void (*)();  // interrupts masked
// False when there is no controller, or no room for another handler.
bool init_plic();
bool connect_interrupt(uint32_t source, InterruptHandler handler);
// For /proc/interrupts: how often each source was served.
uint64_t interrupt_count(uint32_t source);

// ---- Serial port (NS16550) -----------------------------------------------------------------------------------------

// Each received byte goes to `receive`, from the interrupt handler. False without a port.
bool init_uart(void (*receive)(uint8_t byte));
// Waits for room in the transmitter for each byte: cheap in an emulator, and nothing is left unsent when the kernel
// panics. Before init_uart(), through the firmware. Not synchronised: the console's lock covers it. "\n" is sent as is.
void uart_write(std::string_view text);
bool uart_ready();
// Takes what has arrived: the interrupt handler, and for a port without interrupts whoever waits for input.
void uart_poll();
bool uart_has_interrupt();

}  // namespace skep::dev
