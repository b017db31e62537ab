#include "bpf/interp/atomic.h"

namespace skep::bpf {
namespace {

// What fetches is sequentially consistent, what does not is relaxed: Linux's memory model for BPF, and the JIT's
// choice.
template <typename T>
void execute_as(const Insn& insn, uint64_t* r) {
  const bool loads = insn.atomic == AtomicOp::kLoadAcquire;
  T* memory =
      reinterpret_cast<T*>(r[loads ? insn.src : insn.dst] + static_cast<uint64_t>(static_cast<int64_t>(insn.offset)));
  const T value = static_cast<T>(r[insn.src]);
  switch (insn.atomic) {
    case AtomicOp::kAdd:
      __atomic_fetch_add(memory, value, __ATOMIC_RELAXED);
      break;
    case AtomicOp::kOr:
      __atomic_fetch_or(memory, value, __ATOMIC_RELAXED);
      break;
    case AtomicOp::kAnd:
      __atomic_fetch_and(memory, value, __ATOMIC_RELAXED);
      break;
    case AtomicOp::kXor:
      __atomic_fetch_xor(memory, value, __ATOMIC_RELAXED);
      break;
    case AtomicOp::kFetchAdd:
      r[insn.src] = __atomic_fetch_add(memory, value, __ATOMIC_SEQ_CST);
      break;
    case AtomicOp::kFetchOr:
      r[insn.src] = __atomic_fetch_or(memory, value, __ATOMIC_SEQ_CST);
      break;
    case AtomicOp::kFetchAnd:
      r[insn.src] = __atomic_fetch_and(memory, value, __ATOMIC_SEQ_CST);
      break;
    case AtomicOp::kFetchXor:
      r[insn.src] = __atomic_fetch_xor(memory, value, __ATOMIC_SEQ_CST);
      break;
    case AtomicOp::kXchg:
      r[insn.src] = __atomic_exchange_n(memory, value, __ATOMIC_SEQ_CST);
      break;
    case AtomicOp::kCmpXchg: {
      T expected = static_cast<T>(r[0]);
      __atomic_compare_exchange_n(memory, &expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
      r[0] = expected;  // the old value, whether or not it was equal
      break;
    }
    case AtomicOp::kLoadAcquire:
      r[insn.dst] = __atomic_load_n(memory, __ATOMIC_ACQUIRE);
      break;
    case AtomicOp::kStoreRelease:
      __atomic_store_n(memory, value, __ATOMIC_RELEASE);
      break;
  }
}

// The two operations that also exist for bytes and half words.
template <typename T>
void execute_ordered(const Insn& insn, uint64_t* r) {
  const auto offset = static_cast<uint64_t>(static_cast<int64_t>(insn.offset));
  if (insn.atomic == AtomicOp::kLoadAcquire) {
    r[insn.dst] = __atomic_load_n(reinterpret_cast<T*>(r[insn.src] + offset), __ATOMIC_ACQUIRE);
  } else {
    __atomic_store_n(reinterpret_cast<T*>(r[insn.dst] + offset), static_cast<T>(r[insn.src]), __ATOMIC_RELEASE);
  }
}

}  // namespace

void execute_atomic(const Insn& insn, uint64_t* r) {
  switch (insn.size) {
    case 1:
      return execute_ordered<uint8_t>(insn, r);
    case 2:
      return execute_ordered<uint16_t>(insn, r);
    case 4:
      return execute_as<uint32_t>(insn, r);
    default:
      return execute_as<uint64_t>(insn, r);
  }
}

}  // namespace skep::bpf
