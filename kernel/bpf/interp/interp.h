// The interpreter: the reference engine. It runs on every host and is the oracle for the JIT.
#pragma once

#include <stdint.h>

#include <expected>

#include "bpf/prog.h"

namespace skep::bpf {

struct InterpOptions {
  uint64_t r2 = 0;                // second argument of the main program (tests hand memory and length)
  uint64_t max_instructions = 0;  // 0: no limit (a verified program ends)
  // Called before each instruction with its index, the registers and the current frame's number (0: the main program);
  // for soundness tests. Hears of callbacks too, so only one program may be observed at a time.
  void (*observer)(void* cookie, InsnIndex at, const uint64_t (&registers)[11], uint32_t frame) = nullptr;
  void* cookie = nullptr;
  // Where the instructions of an observed program and of its callbacks are counted together against max_instructions; a
  // callback that is cut short ends its helper's loop. Null: each callback counts for itself.
  uint64_t* executed = nullptr;
};

// r0 at exit. Only a program that was not verified can fail: EINVAL for an unknown helper or a jump out of the program,
// E2BIG for too many frames, ETIMEDOUT for max_instructions. Uses about 700 bytes of kernel stack per BPF frame.
// Any context for a verified program.
Result<uint64_t> interpret(const Image& image, uint64_t r1, const InterpOptions& options = {});

// Runs a callback for a helper: `callback` is what a program got from an LDDW with Pseudo::kFunc and handed to the
// helper. The interpreter hands out odd numbers, the JIT the callback's own code address, which is even; both work
// here. Any.
uint64_t call_callback(uint64_t callback, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5);

}  // namespace skep::bpf
