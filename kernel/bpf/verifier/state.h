// What the verifier knows at one point of one path: registers and stack of every active frame.
//
// Frames are shared between states until one writes: a checkpoint or a pending branch costs a few reference counts.
#pragma once

#include <stdint.h>

#include "bpf/isa/insn.h"
#include "bpf/memory.h"
#include "bpf/verifier/scalar.h"
#include "bpf/verifier/values.h"

namespace skep::bpf::verifier {

enum class RegKind : uint8_t {
  kNotInit,
  kScalar,
  kCtx,
  kMapPtr,        // a map itself
  kMapValue,      // into a map's value
  kStack,         // into a frame's stack; offset 0 is one past its top
  kMem,           // into a memory block of known size
  kFunc,          // one of the program's functions, to be handed to a helper that calls it back
  kTraceBuffer,   // what a writable raw tracepoint hands to its program: its size is known when the program is attached
  kSockCommon,    // the fields of struct bpf_sock that every socket has
  kKernelObject,  // a structure of the kernel of which only the kind is known; `object` says which
  // A structure of the kernel: `object` is its type in the kernel's BTF. The pointer may be NULL or stale, whatever the
  // program has tested: a load through it that faults reads 0.
  kBtfPtr,
  kDynptr,  // in a stack slot half of a dynamic pointer, in a register the address of one of the kernel's
};

// Reg::object of a kMapPtr or kMapValue: an index into the request's maps, or that of a map of maps with this bit, for
// a map that was found in it.
inline constexpr uint32_t kInnerMap = uint32_t{1} << 31;

// Reg::object of a kKernelObject.
enum KernelType : uint32_t { kUnnamedType, kTaskStruct, kPtRegsStruct, kSocketStruct, kVmAreaStruct };

// Reg::object of a kDynptr.
enum DynptrType : uint32_t { kLocalDynptr, kRingbufDynptr };
inline constexpr uint32_t kDynptrBytes = 16;
inline constexpr uint8_t kNoSlot = 0xff;  // Reg::dynptr_slot of what a callback got from its helper

struct Reg {
  RegKind kind = RegKind::kNotInit;
  bool or_null : 1 = false;    // a pointer that may be NULL
  bool read_only : 1 = false;  // kMem
  bool record : 1 = false;     // kMem: a ring buffer's reserved record
  bool slice : 1 = false;      // kMem: behind the dynptr that `frame` and `dynptr_slot` name
  uint8_t frame = 0;           // kStack: whose; kBtfPtr: a PointsInto
  uint8_t dynptr_slot = 0;
  uint32_t object = 0;  // kMapPtr, kMapValue: which map; kMem: size in bytes; kKernelObject: a KernelType;
                        // kBtfPtr: type id; kFunc: subprogram
  // The fixed part of a pointer's offset; `var` is the rest. Of a scalar with an id: by how much it is more than those
  // of its copies that have 0 here (modulo 2^64).
  int32_t off = 0;
  // Equal ids are copies of one scalar, or of one pointer that may be NULL or must be released, or point into one value
  // that has a lock; 0: no copy known.
  uint32_t id = 0;
  // Scalars: where the number comes from; pointers that move in a loop: how far they have come.
  ValueId value = kNoValue;
  InsnIndex origin = 0;  // the instruction that put this here
  Scalar64 var;          // a scalar's number, or the variable part of a pointer's offset

  // What must be released, an id of Frame::held; 0: nothing.
  uint32_t reference() const { return record ? id : 0; }
  // A scalar's copies are not known any more.
  void forget_copies() {
    id = 0;
    off = 0;
  }
  bool is_scalar() const { return kind == RegKind::kScalar; }
  bool is_pointer() const { return kind != RegKind::kScalar && kind != RegKind::kNotInit; }
  bool is_constant(uint64_t v) const { return is_scalar() && var.is_constant(v); }
  // Kind and flags as one number, for rejections and the log.
  int64_t type_code() const {
    return static_cast<int64_t>(kind) | (or_null ? 0x100 : 0) | (read_only ? 0x200 : 0) | (record ? 0x400 : 0);
  }
};
static_assert(sizeof(Reg) == 64);  // states are copied and compared all the time

enum class ByteKind : uint8_t {
  kInvalid,  // never written
  kMisc,     // some number
  kZero,
  kDynptr,  // part of the dynamic pointer that `reg` says
  kSpill,   // part of `reg`: bytes 0 … n-1 of the slot hold its low n bytes
};

inline constexpr uint32_t kSlotBytes = 8;
inline constexpr uint32_t kStackSlots = kStackBytes / kSlotBytes;

// Eight bytes of stack, at offset -8 * (index + 1); bytes[0] is the lowest address.
struct Slot {
  ByteKind bytes[kSlotBytes] = {};
  Reg reg;

  // How many bytes, from the first, the spilled register takes; 0 when none is here.
  uint32_t spilled_bytes() const {
    uint32_t n = 0;
    while (n < kSlotBytes && bytes[n] == ByteKind::kSpill) n++;
    return n;
  }
  bool holds_pointer() const { return bytes[0] == ByteKind::kSpill && reg.is_pointer(); }
  bool holds_dynptr() const { return bytes[0] == ByteKind::kDynptr; }  // then all of it
};

// How a frame was entered; decides what holds when it is left.
enum class FrameKind : uint8_t {
  kProgram,        // the main program
  kGlobal,         // a global function, verified once for all arguments that its BTF type allows
  kFunction,       // called by the frame below
  kCallback,       // called by a helper that the frame below has called; r0 is 0 or 1 at its end
  kAsyncCallback,  // called later, by nobody (a timer's); r0 is 0 at its end
};

// Something that a helper handed out and the program must give back exactly once on each path, or a lock that it took.
struct Held {
  static constexpr uint32_t kNoLock = UINT32_MAX;
  uint32_t id = 0;
  InsnIndex at = 0;            // where it was acquired
  uint32_t frame = 0;          // the callback's that it was acquired in, which has to release it; 0: no callback's
  uint32_t lock_of = kNoLock;  // of a lock: the map that it lies in (as Reg::object); `id` is the value's then

  bool is_lock() const { return lock_of != kNoLock; }
};

// A frame but for its stack.
struct FrameFacts {
  FrameKind kind = FrameKind::kProgram;
  uint32_t turns = 0;  // of the bpf_loop() that this frame is in
  // Numbers that tell apart, along a path: this call of the function, the call of a helper that calls back which it is
  // at (0: none), how often it went on at a may_goto.
  uint32_t instance = 0;
  uint32_t helper_call = 0;
  uint32_t may_gotos = 0;
  uint32_t subprogram = 0;
  InsnIndex call_site = 0;  // in the caller
  Reg regs[kRegisters];
};

struct Frame : FrameFacts {
  explicit Frame(Scratch& scratch) : stack(scratch), held(scratch) {}
  Frame(Scratch& scratch, const FrameFacts& facts) : FrameFacts(facts), stack(scratch), held(scratch) {}

  uint32_t references = 1;
  ScratchVec<Slot> stack;      // [0] is the topmost slot; only as deep as was written
  ScratchVec<Held> held;       // of the whole state, in its first frame
  Frame* next_free = nullptr;  // in a FramePool
};

// All frames of one verification. Reuses frames with their stack memory.
class FramePool {
 public:
  // Frames are gone when `scratch` is.
  explicit FramePool(Scratch& scratch) : scratch_(scratch) {}
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;
  // A frame in which nothing was written. ENOMEM, as for those below.
  Result<Frame*> create();
  Result<Frame*> copy_of(const Frame& from);
  void release(Frame* frame);
  // Gives the frame's stack this many slots at least.
  Result<void> grow_stack(Frame& frame, size_t slots);
  Result<void> add_held(Frame& frame, const Held& held) { return frame.held.push_back(held); }

 private:
  // A frame of these facts, or a blank one: with an empty stack.
  template <typename... Facts>
  Result<Frame*> take(const Facts&... facts);

  Scratch& scratch_;
  Frame* free_ = nullptr;
};

class State {
 public:
  State() = default;
  State(State&& o) noexcept { take(o); }
  State& operator=(State&& o) noexcept {
    if (this != &o) {
      clear();
      take(o);
    }
    return *this;
  }
  ~State() { clear(); }

  // A second owner of the same frames.
  State share() const;
  void clear();

  uint32_t depth() const { return depth_; }  // number of frames
  uint32_t top() const { return depth_ - 1; }
  const Frame& frame(uint32_t i) const { return *frames_[i]; }
  // Makes frame `i` this state's own before it is changed. ENOMEM.
  Result<Frame*> own(uint32_t i) {
    if (frames_[i]->references == 1) return frames_[i];
    return own_copy(i);
  }
  Result<void> push(FramePool& pool);
  void pop();

  // How often the path has entered a callback or gone on at a may_goto: states that differ in it are no endless loop.
  uint32_t repeats = 0;

 private:
  Result<Frame*> own_copy(uint32_t i);
  void take(State& o) {
    pool_ = o.pool_;
    repeats = o.repeats;
    depth_ = o.depth_;
    for (uint32_t i = 0; i < depth_; i++) frames_[i] = o.frames_[i];
    o.depth_ = 0;
  }
  FramePool* pool_ = nullptr;
  uint32_t depth_ = 0;
  Frame* frames_[kMaxCallDepth] = {};
};

}  // namespace skep::bpf::verifier
