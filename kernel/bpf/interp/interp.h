// The interpreter: the reference engine. It runs on every host and is the oracle for the JIT.
#pragma once

#include <stdint.h>

#include <expected>

#include "bpf/prog.h"

namespace skep::bpf {

struct InterpOptions {
  uint64_t r2 = 0;                 // second argument of the main program (tests hand memory and length)
  uint64_t max_instructions = 0;   // 0: no limit (a verified program ends)
  // Called before each instruction with its index, the registers and the current frame's stack; for soundness tests.
  void (*observer)(void* cookie, InsnIndex at, const uint64_t (&registers)[11], uint32_t frame) = nullptr;
  void* cookie = nullptr;
};

// r0 at exit. Only a program that was not verified can fail: EINVAL for an unknown helper or a jump out of the program,
// E2BIG for too many frames, ETIMEDOUT for max_instructions. Any context for a verified program.
Result<uint64_t> interpret(const Image& image, uint64_t r1, const InterpOptions& options = {});

}  // namespace skep::bpf
