#include "tests/runner/sim/rv64.h"

#include <string.h>

#include <bit>
#include <type_traits>

extern "C" const char __executable_start[], etext[];

namespace skep::sim {
namespace {

constexpr uint32_t kRa = 1, kSp = 2, kA0 = 10;
constexpr uint64_t kRubbish = 0xdeadbeef0badf00d;  // what a C function leaves in registers it need not keep

uint32_t rd_of(uint32_t w) { return w >> 7 & 31; }
uint32_t rs1_of(uint32_t w) { return w >> 15 & 31; }
uint32_t rs2_of(uint32_t w) { return w >> 20 & 31; }
uint32_t funct3(uint32_t w) { return w >> 12 & 7; }
uint32_t funct7(uint32_t w) { return w >> 25; }
int64_t imm_i(uint32_t w) { return static_cast<int32_t>(w) >> 20; }
int64_t imm_s(uint32_t w) { return (static_cast<int32_t>(w) >> 25 << 5) | static_cast<int32_t>(rd_of(w)); }
int64_t imm_b(uint32_t w) {
  return static_cast<int32_t>((w >> 31) * 0xfffff000 | (w >> 7 & 1) << 11 | (w >> 25 & 63) << 5 | (w >> 8 & 15) << 1);
}
int64_t imm_j(uint32_t w) {
  return static_cast<int32_t>((w >> 31) * 0xfff00000 | (w & 0xff000) | (w >> 20 & 1) << 11 | (w >> 21 & 1023) << 1);
}
int64_t imm_u(uint32_t w) { return static_cast<int32_t>(w & 0xfffff000); }

uint64_t sext32(uint64_t v) { return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(v))); }
int64_t as_signed(uint64_t v) { return static_cast<int64_t>(v); }

// "M": division by zero and overflow have results, not traps.
template <typename S>
S divide(S a, S b) {
  using U = std::make_unsigned_t<S>;
  if (b == 0) return -1;
  if (b == -1) return static_cast<S>(U{0} - static_cast<U>(a));
  return static_cast<S>(a / b);
}
template <typename S>
S remainder(S a, S b) {
  if (b == 0) return a;
  return b == -1 ? S{0} : static_cast<S>(a % b);
}

uint64_t multiply_high(uint64_t a, uint64_t b, bool a_signed, bool b_signed) {
  __int128 left = a, right = b;
  if (a_signed) left = as_signed(a);
  if (b_signed) right = as_signed(b);
  return static_cast<uint64_t>(static_cast<unsigned __int128>(left) * static_cast<unsigned __int128>(right) >> 64);
}

bool compare(uint32_t f3, uint64_t a, uint64_t b) {
  switch (f3) {
    case 0:
      return a == b;
    case 1:
      return a != b;
    case 4:
      return as_signed(a) < as_signed(b);
    case 5:
      return as_signed(a) >= as_signed(b);
    case 6:
      return a < b;
    default:
      return a >= b;
  }
}

uint64_t or_combine(uint64_t v) {
  uint64_t out = 0;
  for (int byte = 0; byte < 64; byte += 8) out |= (v >> byte & 0xff) != 0 ? uint64_t{0xff} << byte : 0;
  return out;
}

using Function = uint64_t (*)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
// The functions behind the addresses have fewer and smaller parameters, which the calling conventions allow.
__attribute__((no_sanitize("function"))) uint64_t call(uint64_t address, const uint64_t* a) {
  return reinterpret_cast<Function>(address)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
}

}  // namespace

bool Machine::allowed(uint64_t address, uint64_t bytes) {
  const auto inside = [&](uint64_t begin, uint64_t end) { return address >= begin && address <= end - bytes; };
  if (inside(x[kSp], stack.end) && x[kSp] >= stack.begin) return true;
  for (const Region& r : regions) {
    if (inside(r.begin, r.end)) return true;
  }
  bad_address = address;
  return false;
}

// A helper, or what else compiled code calls: everything that a function may destroy is destroyed.
void Machine::call_function() {
  if (current_sp != nullptr) *current_sp = x[kSp];
  const uint64_t result = call(pc, &x[kA0]);
  for (uint32_t r = 5; r < 8; r++) x[r] = kRubbish;
  for (uint32_t r = kA0; r < 18; r++) x[r] = kRubbish + r;
  for (uint32_t r = 28; r < 32; r++) x[r] = ~kRubbish;
  x[kA0] = result;
  pc = x[kRa];
}

Stop Machine::run(uint64_t ra) {
  x[kRa] = ra;
  for (uint64_t step = 0; step < kStepLimit; step++) {
    if (pc == ra) return Stop::kReturned;
    if (pc < code.begin || pc >= code.end) {
      if (pc < reinterpret_cast<uintptr_t>(__executable_start) || pc >= reinterpret_cast<uintptr_t>(etext)) {
        return Stop::kBadFetch;
      }
      call_function();
      continue;
    }
    if (pc - counted.begin < counted.end - counted.begin) counts[pc - counted.begin]++;
    uint16_t half;
    memcpy(&half, reinterpret_cast<const void*>(pc), sizeof(half));
    uint32_t word, length = 2;
    if ((half & 3) == 3) {
      if (code.end - pc < 4) return Stop::kBadFetch;
      memcpy(&word, reinterpret_cast<const void*>(pc), sizeof(word));
      length = 4;
    } else {
      word = expand_compressed(half);
    }
    switch (execute(word, length)) {
      case Step::kNext:
        pc += length;
        break;
      case Step::kJumped:
        break;
      case Step::kIllegal:
        return Stop::kIllegal;
      case Step::kFault: {
        const uint64_t resume = fixup != nullptr ? fixup(pc) : 0;
        if (resume == 0) return Stop::kBadAccess;
        pc = resume;
        break;
      }
    }
  }
  return Stop::kTooLong;
}

Machine::Step Machine::execute(uint32_t w, uint32_t length) {
  switch (w & 0x7f) {
    case 0x37:
      set(rd_of(w), static_cast<uint64_t>(imm_u(w)));
      return Step::kNext;
    case 0x17:
      set(rd_of(w), pc + static_cast<uint64_t>(imm_u(w)));
      return Step::kNext;
    case 0x6f:
      set(rd_of(w), pc + length);
      pc += static_cast<uint64_t>(imm_j(w));
      return Step::kJumped;
    case 0x67: {
      if (funct3(w) != 0) return Step::kIllegal;
      const uint64_t to = (x[rs1_of(w)] + static_cast<uint64_t>(imm_i(w))) & ~uint64_t{1};
      set(rd_of(w), pc + length);
      pc = to;
      return Step::kJumped;
    }
    case 0x63:
      if (funct3(w) == 2 || funct3(w) == 3) return Step::kIllegal;
      if (!compare(funct3(w), x[rs1_of(w)], x[rs2_of(w)])) return Step::kNext;
      pc += static_cast<uint64_t>(imm_b(w));
      return Step::kJumped;
    case 0x03:
      return load(w);
    case 0x23:
      return store(w);
    case 0x13:
      return op_imm(w);
    case 0x1b:
      return op_imm_32(w);
    case 0x33:
      return op(w);
    case 0x3b:
      return op_32(w);
    case 0x2f:
      return funct3(w) == 2 ? atomic_as<uint32_t>(w) : funct3(w) == 3 ? atomic_as<uint64_t>(w) : Step::kIllegal;
    case 0x0f:
      return funct3(w) == 0 ? Step::kNext : Step::kIllegal;
    case 0x73:
      if (w >> 20 != 0xc01 || funct3(w) != 2 || rs1_of(w) != 0) return Step::kIllegal;  // rdtime
      set(rd_of(w), time);
      return Step::kNext;
    default:
      return Step::kIllegal;
  }
}

Machine::Step Machine::load(uint32_t w) {
  const uint64_t from = x[rs1_of(w)] + static_cast<uint64_t>(imm_i(w));
  const uint32_t f3 = funct3(w), bytes = 1u << (f3 & 3);
  if (f3 == 7) return Step::kIllegal;
  const bool constant = from >= code.begin && from <= code.end - bytes;  // behind the instructions
  if (!constant && !allowed(from, bytes)) return Step::kFault;
  uint64_t v = 0;
  memcpy(&v, reinterpret_cast<const void*>(from), bytes);
  if (f3 < 3) v = static_cast<uint64_t>(as_signed(v << (64 - 8 * bytes)) >> (64 - 8 * bytes));
  set(rd_of(w), v);
  return Step::kNext;
}

Machine::Step Machine::store(uint32_t w) {
  const uint64_t to = x[rs1_of(w)] + static_cast<uint64_t>(imm_s(w));
  const uint32_t f3 = funct3(w);
  if (f3 > 3) return Step::kIllegal;
  if (!allowed(to, 1u << f3)) return Step::kFault;
  memcpy(reinterpret_cast<void*>(to), &x[rs2_of(w)], size_t{1} << f3);
  return Step::kNext;
}

// "A": one hart. A store-conditional may fail for no reason: every fifth does.
template <typename T>
Machine::Step Machine::atomic_as(uint32_t w) {
  const uint64_t at = x[rs1_of(w)];
  if (at % sizeof(T) != 0 || !allowed(at, sizeof(T))) {
    bad_address = at;
    return Step::kFault;
  }
  T old;
  memcpy(&old, reinterpret_cast<const void*>(at), sizeof(T));
  const T operand = static_cast<T>(x[rs2_of(w)]);
  T result;
  using S = std::make_signed_t<T>;
  const bool less = static_cast<S>(operand) < static_cast<S>(old);
  switch (w >> 27) {
    case 0x02:
      if (rs2_of(w) != 0) return Step::kIllegal;
      reserved_ = at;
      result = old;
      break;
    case 0x03: {
      const bool stores = reserved_ == at && ++conditional_stores_ % 5 != 0;
      reserved_ = 0;
      if (stores) memcpy(reinterpret_cast<void*>(at), &operand, sizeof(T));
      set(rd_of(w), stores ? 0 : 1);
      return Step::kNext;
    }
    case 0x00:
      result = static_cast<T>(old + operand);
      break;
    case 0x01:
      result = operand;
      break;
    case 0x04:
      result = old ^ operand;
      break;
    case 0x08:
      result = old | operand;
      break;
    case 0x0c:
      result = old & operand;
      break;
    case 0x10:
      result = less ? operand : old;
      break;
    case 0x14:
      result = less ? old : operand;
      break;
    case 0x18:
      result = operand < old ? operand : old;
      break;
    case 0x1c:
      result = operand < old ? old : operand;
      break;
    default:
      return Step::kIllegal;
  }
  memcpy(reinterpret_cast<void*>(at), &result, sizeof(T));
  set(rd_of(w), sizeof(T) == 4 ? sext32(old) : old);
  return Step::kNext;
}

Machine::Step Machine::op_imm(uint32_t w) {
  const uint64_t a = x[rs1_of(w)], imm = static_cast<uint64_t>(imm_i(w));
  const uint32_t count = w >> 20 & 63, top = w >> 26, all = w >> 20;
  uint64_t v;
  switch (funct3(w)) {
    case 0:
      v = a + imm;
      break;
    case 1:
      if (top == 0) {
        v = a << count;
      } else if (!extensions.zbb) {
        return Step::kIllegal;
      } else if (all == 0x600) {
        v = static_cast<uint64_t>(std::countl_zero(a));
      } else if (all == 0x601) {
        v = static_cast<uint64_t>(std::countr_zero(a));
      } else if (all == 0x602) {
        v = static_cast<uint64_t>(std::popcount(a));
      } else if (all == 0x604) {
        v = static_cast<uint64_t>(static_cast<int64_t>(static_cast<int8_t>(a)));
      } else if (all == 0x605) {
        v = static_cast<uint64_t>(static_cast<int64_t>(static_cast<int16_t>(a)));
      } else {
        return Step::kIllegal;
      }
      break;
    case 2:
      v = as_signed(a) < as_signed(imm);
      break;
    case 3:
      v = a < imm;
      break;
    case 4:
      v = a ^ imm;
      break;
    case 5:
      if (top == 0) {
        v = a >> count;
      } else if (top == 0x10) {
        v = static_cast<uint64_t>(as_signed(a) >> count);
      } else if (!extensions.zbb) {
        return Step::kIllegal;
      } else if (top == 0x18) {
        v = std::rotr(a, static_cast<int>(count));
      } else if (all == 0x287) {
        v = or_combine(a);
      } else if (all == 0x6b8) {
        v = __builtin_bswap64(a);
      } else {
        return Step::kIllegal;
      }
      break;
    case 6:
      v = a | imm;
      break;
    default:
      v = a & imm;
      break;
  }
  set(rd_of(w), v);
  return Step::kNext;
}

Machine::Step Machine::op_imm_32(uint32_t w) {
  const uint64_t a = x[rs1_of(w)];
  const auto low = static_cast<uint32_t>(a);
  const uint32_t count = w >> 20 & 31, f7 = funct7(w), all = w >> 20;
  uint64_t v;
  switch (funct3(w)) {
    case 0:
      v = sext32(a + static_cast<uint64_t>(imm_i(w)));
      break;
    case 1:
      if (f7 == 0) {
        v = sext32(low << count);
      } else if (w >> 26 == 2) {
        if (!extensions.zba) return Step::kIllegal;
        v = static_cast<uint64_t>(low) << (w >> 20 & 63);
      } else if (!extensions.zbb) {
        return Step::kIllegal;
      } else if (all == 0x600) {
        v = static_cast<uint64_t>(std::countl_zero(low));
      } else if (all == 0x601) {
        v = static_cast<uint64_t>(std::countr_zero(low));
      } else if (all == 0x602) {
        v = static_cast<uint64_t>(std::popcount(low));
      } else {
        return Step::kIllegal;
      }
      break;
    case 5:
      if (f7 == 0) {
        v = sext32(low >> count);
      } else if (f7 == 0x20) {
        v = sext32(static_cast<uint32_t>(static_cast<int32_t>(low) >> count));
      } else if (f7 == 0x30 && extensions.zbb) {
        v = sext32(std::rotr(low, static_cast<int>(count)));
      } else {
        return Step::kIllegal;
      }
      break;
    default:
      return Step::kIllegal;
  }
  set(rd_of(w), v);
  return Step::kNext;
}

Machine::Step Machine::op(uint32_t w) {
  const uint64_t a = x[rs1_of(w)], b = x[rs2_of(w)];
  uint64_t v;
  const uint32_t f7 = funct7(w);
  if (f7 == 0x10 && !extensions.zba) return Step::kIllegal;
  if ((f7 == 0x05 || f7 == 0x30 || (f7 == 0x20 && funct3(w) != 0 && funct3(w) != 5)) && !extensions.zbb) {
    return Step::kIllegal;
  }
  switch (f7 << 3 | funct3(w)) {
    case 0x00 << 3 | 0:
      v = a + b;
      break;
    case 0x20 << 3 | 0:
      v = a - b;
      break;
    case 0x00 << 3 | 1:
      v = a << (b & 63);
      break;
    case 0x00 << 3 | 2:
      v = as_signed(a) < as_signed(b);
      break;
    case 0x00 << 3 | 3:
      v = a < b;
      break;
    case 0x00 << 3 | 4:
      v = a ^ b;
      break;
    case 0x00 << 3 | 5:
      v = a >> (b & 63);
      break;
    case 0x20 << 3 | 5:
      v = static_cast<uint64_t>(as_signed(a) >> (b & 63));
      break;
    case 0x00 << 3 | 6:
      v = a | b;
      break;
    case 0x00 << 3 | 7:
      v = a & b;
      break;
    case 0x01 << 3 | 0:
      v = a * b;
      break;
    case 0x01 << 3 | 1:
      v = multiply_high(a, b, true, true);
      break;
    case 0x01 << 3 | 2:
      v = multiply_high(a, b, true, false);
      break;
    case 0x01 << 3 | 3:
      v = multiply_high(a, b, false, false);
      break;
    case 0x01 << 3 | 4:
      v = static_cast<uint64_t>(divide<int64_t>(as_signed(a), as_signed(b)));
      break;
    case 0x01 << 3 | 5:
      v = b == 0 ? ~uint64_t{0} : a / b;
      break;
    case 0x01 << 3 | 6:
      v = static_cast<uint64_t>(remainder<int64_t>(as_signed(a), as_signed(b)));
      break;
    case 0x01 << 3 | 7:
      v = b == 0 ? a : a % b;
      break;
    case 0x10 << 3 | 2:
      v = (a << 1) + b;
      break;
    case 0x10 << 3 | 4:
      v = (a << 2) + b;
      break;
    case 0x10 << 3 | 6:
      v = (a << 3) + b;
      break;
    case 0x20 << 3 | 7:
      v = a & ~b;
      break;
    case 0x20 << 3 | 6:
      v = a | ~b;
      break;
    case 0x20 << 3 | 4:
      v = ~(a ^ b);
      break;
    case 0x05 << 3 | 4:
      v = as_signed(a) < as_signed(b) ? a : b;
      break;
    case 0x05 << 3 | 5:
      v = a < b ? a : b;
      break;
    case 0x05 << 3 | 6:
      v = as_signed(a) < as_signed(b) ? b : a;
      break;
    case 0x05 << 3 | 7:
      v = a < b ? b : a;
      break;
    case 0x30 << 3 | 1:
      v = std::rotl(a, static_cast<int>(b & 63));
      break;
    case 0x30 << 3 | 5:
      v = std::rotr(a, static_cast<int>(b & 63));
      break;
    default:
      return Step::kIllegal;
  }
  set(rd_of(w), v);
  return Step::kNext;
}

Machine::Step Machine::op_32(uint32_t w) {
  const uint64_t a = x[rs1_of(w)], b = x[rs2_of(w)];
  const auto la = static_cast<uint32_t>(a), lb = static_cast<uint32_t>(b);
  const uint32_t f7 = funct7(w);
  uint64_t v;
  const bool is_zext_h = f7 == 0x04 && funct3(w) == 4;
  if ((f7 == 0x10 || (f7 == 0x04 && !is_zext_h)) && !extensions.zba) return Step::kIllegal;
  if ((f7 == 0x30 || is_zext_h) && !extensions.zbb) return Step::kIllegal;
  switch (f7 << 3 | funct3(w)) {
    case 0x00 << 3 | 0:
      v = sext32(a + b);
      break;
    case 0x20 << 3 | 0:
      v = sext32(a - b);
      break;
    case 0x00 << 3 | 1:
      v = sext32(la << (lb & 31));
      break;
    case 0x00 << 3 | 5:
      v = sext32(la >> (lb & 31));
      break;
    case 0x20 << 3 | 5:
      v = sext32(static_cast<uint32_t>(static_cast<int32_t>(la) >> (lb & 31)));
      break;
    case 0x01 << 3 | 0:
      v = sext32(a * b);
      break;
    case 0x01 << 3 | 4:
      v = sext32(static_cast<uint32_t>(divide<int32_t>(static_cast<int32_t>(la), static_cast<int32_t>(lb))));
      break;
    case 0x01 << 3 | 5:
      v = sext32(lb == 0 ? ~0u : la / lb);
      break;
    case 0x01 << 3 | 6:
      v = sext32(static_cast<uint32_t>(remainder<int32_t>(static_cast<int32_t>(la), static_cast<int32_t>(lb))));
      break;
    case 0x01 << 3 | 7:
      v = sext32(lb == 0 ? la : la % lb);
      break;
    case 0x04 << 3 | 0:
      v = la + b;
      break;
    case 0x04 << 3 | 4:
      if (rs2_of(w) != 0) return Step::kIllegal;
      v = static_cast<uint16_t>(a);
      break;
    case 0x10 << 3 | 2:
      v = (static_cast<uint64_t>(la) << 1) + b;
      break;
    case 0x10 << 3 | 4:
      v = (static_cast<uint64_t>(la) << 2) + b;
      break;
    case 0x10 << 3 | 6:
      v = (static_cast<uint64_t>(la) << 3) + b;
      break;
    case 0x30 << 3 | 1:
      v = sext32(std::rotl(la, static_cast<int>(lb & 31)));
      break;
    case 0x30 << 3 | 5:
      v = sext32(std::rotr(la, static_cast<int>(lb & 31)));
      break;
    default:
      return Step::kIllegal;
  }
  set(rd_of(w), v);
  return Step::kNext;
}

}  // namespace skep::sim
