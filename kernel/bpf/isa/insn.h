// A BPF instruction as the rest of the core sees it: typed, with every field rule of RFC 9669 already checked.
// decode() (isa/decode.h) is the only reader of raw bits, and isa/table.h its only source.
#pragma once

#include <stdint.h>

namespace skep::bpf {

inline constexpr uint32_t kRegisters = 11;     // r0 … r10
inline constexpr uint8_t kFrameRegister = 10;  // r10, read-only
inline constexpr uint32_t kStackBytes = 512;   // per frame (Linux: MAX_BPF_STACK)
inline constexpr uint32_t kMaxCallDepth = 8;   // frames (Linux: MAX_CALL_FRAMES)

// How often one frame may pass a may_goto before it ends its loop (Linux: BPF_MAX_LOOPS).
inline constexpr uint32_t kMayGotoLoops = 8u << 20;

// Index of an 8-byte instruction slot. LDDW takes two.
using InsnIndex = uint32_t;

enum class Op : uint8_t {
  // Arithmetic, dst = dst op operand, in `width`. RFC 9669 "Arithmetic instructions".
  kAdd,
  kSub,
  kMul,
  kDiv,
  kSDiv,
  kMod,
  kSMod,
  kOr,
  kAnd,
  kXor,
  kLsh,
  kRsh,
  kArsh,
  kNeg,
  kMov,
  kMovSx,  // dst = sign-extended low `size` bytes of src
  kToLe,   // `size` of 2, 4, 8: host to little endian (truncates), RFC 9669 "Byte swap instructions". width is k64
  kToBe,
  kBswap,  // unconditional swap
  // Jumps, RFC 9669 "Jump instructions". Conditional ones compare dst with the operand in `width`.
  kJa,  // goto; with Width::k32 gotol (32-bit distance); target in `target`
  kJeq,
  kJne,
  kJgt,
  kJge,
  kJlt,
  kJle,
  kJset,
  kJsgt,
  kJsge,
  kJslt,
  kJsle,
  kMayGoto,       // BPF_JCOND, src 0
  kCallHelper,    // helper id in `imm`
  kCallLocal,     // bpf-to-bpf; callee's index in `target`
  kCallKfunc,     // BTF id in `imm`, fd-array index in `offset`
  kCallIndirect,  // callx: helper id in register dst
  kExit,
  // Memory, RFC 9669 "Load and store instructions".
  kLoad,       // dst = zero-extended *(size*)(src + offset)
  kLoadSx,     // dst = sign-extended
  kStoreReg,   // *(size*)(dst + offset) = src
  kStoreImm,   // *(size*)(dst + offset) = imm
  kAtomic,     // `atomic` on *(size*)(dst + offset) with src
  kLoadImm64,  // LDDW; `imm64` and `pseudo`
  kLoadAbs,    // legacy packet access: r0 = ntoh(*(size*)(packet + imm))
  kLoadInd,    // r0 = ntoh(*(size*)(packet + src + imm))
};
inline constexpr uint32_t kOpCount = static_cast<uint32_t>(Op::kLoadInd) + 1;

enum class Width : uint8_t { k32, k64 };

enum class AtomicOp : uint8_t {
  kAdd,
  kOr,
  kAnd,
  kXor,  // no result
  kFetchAdd,
  kFetchOr,
  kFetchAnd,
  kFetchXor,      // src = old value
  kXchg,          // src = old value
  kCmpXchg,       // r0 = old value, compared with r0
  kLoadAcquire,   // dst = *(src + offset); sizes 1 to 8; newest Linux
  kStoreRelease,  // *(dst + offset) = src
};

// What an LDDW's 64 bits mean (src register field). RFC 9669 "64-bit immediate instructions".
enum class Pseudo : uint8_t {
  kNone = 0,
  kMapFd = 1,     // imm64 low half: map fd
  kMapValue = 2,  // low half: map fd, high half: offset into the value of its first element
  kBtfId = 3,
  kFunc = 4,  // a subprogram (callbacks), its index in `target`; low half of imm64: the distance to it
  kMapIndex = 5,
  kMapIndexValue = 6,
};

struct Insn {
  Op op = Op::kExit;
  Width width = Width::k64;  // arithmetic and jumps
  uint8_t size = 0;          // bytes, memory and byte swaps and kMovSx: 1, 2, 4, 8
  uint8_t dst = 0;
  uint8_t src = 0;
  bool use_imm = false;      // operand is `imm` instead of src
  bool second_slot = false;  // the second half of an LDDW: not an instruction, only a place holder
  AtomicOp atomic = AtomicOp::kAdd;
  Pseudo pseudo = Pseudo::kNone;
  int16_t offset = 0;
  int32_t imm = 0;       // arithmetic and compares use it sign-extended to `width`
  InsnIndex target = 0;  // jumps and local calls: absolute index (may lie outside the program: cfg checks it)
  uint64_t imm64 = 0;    // kLoadImm64

  bool operator==(const Insn&) const = default;
};

}  // namespace skep::bpf
