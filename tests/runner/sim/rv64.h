// A simulator of the RV64 that the JIT emits (IMAC, Zba, Zbb), so that fuzzing costs no emulator: qemu-riscv64
// translates every fresh program, which takes far longer than running it once. Written from "The RISC-V Instruction Set
// Manual, Volume I" alone, without kernel/arch/riscv/insn, so that a wrong encoding does not hide behind an equally
// wrong decoder; tests/runner/run-engine-tests compares its results with qemu's. Stricter than a processor: it refuses
// extensions that the target lacks, memory that is not the program's, and what lies below sp (an interrupt may
// overwrite it).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>

namespace skep::sim {

struct Region {
  uint64_t begin = 0;
  uint64_t end = 0;
};

struct Extensions {
  bool zba = true;
  bool zbb = true;
};

enum class Stop : uint8_t {
  kReturned,   // to the address that was in ra at the start
  kIllegal,    // no instruction, or one of an extension that is not there
  kBadFetch,   // neither the code nor a function of this process
  kBadAccess,  // outside of the regions, below sp, or a misaligned atomic operation
  kTooLong,    // kStepLimit
};

class Machine {
 public:
  static constexpr uint64_t kStepLimit = 50'000'000;
  // Where a fault-safe load goes on, 0 for none: find_jit_fixup().
  using Fixup = uint64_t (*)(uint64_t pc);

  uint64_t x[32] = {};
  uint64_t pc = 0;
  uint64_t time = 0;         // the counter that rdtime reads
  uint64_t bad_address = 0;  // of kBadAccess
  Extensions extensions;
  Region code;                      // simulated; a jump elsewhere is a call of a C function of this process
  Region stack;                     // readable and writable from sp up
  std::span<const Region> regions;  // other memory that the program may touch
  Fixup fixup = nullptr;
  Region counted;  // counts[offset in it] goes up with every instruction
  uint32_t* counts = nullptr;
  uint64_t* current_sp = nullptr;  // if set, gets sp before each call of a C function

  // Runs from pc until a return to `ra`, which must not lie in the code.
  Stop run(uint64_t ra);

 private:
  enum class Step : uint8_t { kNext, kJumped, kIllegal, kFault };
  Step execute(uint32_t word, uint32_t length);
  Step load(uint32_t word);
  Step store(uint32_t word);
  template <typename T>
  Step atomic_as(uint32_t word);
  Step op_imm(uint32_t word);
  Step op_imm_32(uint32_t word);
  Step op(uint32_t word);
  Step op_32(uint32_t word);
  void set(uint32_t rd, uint64_t value) {
    if (rd != 0) x[rd] = value;
  }
  bool allowed(uint64_t address, uint64_t bytes);
  void call_function();

  uint64_t reserved_ = 0;  // address of the last load-reserved
  uint32_t conditional_stores_ = 0;
};

// The 4-byte instruction that a 2-byte one stands for; 0 for a reserved pattern, or one that the JIT has no use for
// (floating point, Zcb).
uint32_t expand_compressed(uint16_t half);

}  // namespace skep::sim
