#include "tests/host/verifier/random_program.h"

#include <bit>

namespace skep::verifier_test {

// Registers of a generated function: r0, r2 … r5 numbers that calls destroy, r8 and r9 numbers that survive, r7 the
// value of the map kGlobal (64 bytes), r6 the context (main program) or a number, r1 scratch. Stack slots 1 … 8 are
// initialised.
namespace {
constexpr int32_t kMapBytes = 64;
constexpr int kSlots = 8;
constexpr int32_t kGlobalMap = 4;
}  // namespace

int32_t RandomProgram::interesting() {
  constexpr int32_t kCorners[] = {0,  1,  -1,  2,   7,   8,   15,   16,        31,       32,
                                  63, 64, 127, 128, 255, 256, 4096, INT32_MAX, INT32_MIN};
  switch (below(4)) {
    case 0:
      return static_cast<int32_t>(random_());
    case 1:
      return static_cast<int32_t>(below(64));
    default:
      return kCorners[below(std::size(kCorners))];
  }
}

uint8_t RandomProgram::scalar() {
  constexpr uint8_t kNumbers[] = {0, 2, 3, 4, 5, 8, 9};
  uint8_t r = kNumbers[below(std::size(kNumbers))];
  while ((reserved_ >> r & 1) != 0 && !chance(200)) r = kNumbers[below(std::size(kNumbers))];
  return r;
}

uint8_t RandomProgram::size_code() {
  constexpr uint8_t kSizes[] = {BPF_B, BPF_H, BPF_W, BPF_DW};
  return kSizes[below(4)];
}

void RandomProgram::alu() {
  constexpr uint8_t kOps[] = {BPF_ADD, BPF_SUB, BPF_MUL,  BPF_DIV, BPF_MOD, BPF_OR,  BPF_AND, BPF_XOR,
                              BPF_LSH, BPF_RSH, BPF_ARSH, BPF_MOV, BPF_MOV, BPF_NEG, BPF_END};
  const uint8_t cls = chance(2) ? BPF_ALU64 : BPF_ALU;
  const uint8_t op = kOps[below(std::size(kOps))];
  const uint8_t dst = scalar();
  if (op == BPF_NEG) return emit(cls | BPF_NEG, dst, 0, 0, 0);
  if (op == BPF_END) {
    const int32_t bits = 16 << below(3);
    if (cls == BPF_ALU64) return emit(BPF_ALU64 | BPF_END, dst, 0, 0, bits);
    return emit(BPF_ALU | BPF_END | (chance(2) ? BPF_TO_BE : BPF_TO_LE), dst, 0, 0, bits);
  }
  const bool by_register = chance(2);
  int32_t imm = interesting();
  if (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH) imm = static_cast<int32_t>(below(cls == BPF_ALU64 ? 64 : 32));
  if ((op == BPF_DIV || op == BPF_MOD) && imm == 0) imm = 3;
  int16_t off = (op == BPF_DIV || op == BPF_MOD) && chance(3) ? 1 : 0;  // signed
  if (op == BPF_MOV && by_register && chance(3)) {
    off = static_cast<int16_t>(8 << below(cls == BPF_ALU64 ? 3 : 2));  // sign-extending
  }
  if (by_register) {
    emit(cls | op | BPF_X, dst, scalar(), off, 0);
  } else {
    emit(cls | op | BPF_K, dst, 0, off, imm);
  }
}

void RandomProgram::load_unknown(uint8_t dst) {
  const uint8_t size = size_code();
  const int bytes = bytes_of(size);
  const bool sign = bytes < 8 && chance(4);
  if (has_context_ && chance(2)) {
    const auto off = static_cast<int16_t>(static_cast<int>(below(288 / static_cast<uint32_t>(bytes))) * bytes);
    emit(BPF_LDX | (sign ? BPF_MEMSX : BPF_MEM) | size, dst, 6, off, 0);
  } else {
    const auto off = static_cast<int16_t>(below(kMapBytes - static_cast<uint32_t>(bytes) + 1));
    emit(BPF_LDX | (sign ? BPF_MEMSX : BPF_MEM) | size, dst, 7, off, 0);
  }
}

// Makes 0 <= reg <= limit (a power of two minus one) in one of several ways, sometimes wrongly.
void RandomProgram::bound(uint8_t reg, int32_t limit) {
  switch (below(8)) {
    case 0:
      emit(BPF_ALU64 | BPF_AND | BPF_K, reg, 0, 0, limit);
      break;
    case 1:
      emit(BPF_ALU | BPF_AND | BPF_K, reg, 0, 0, limit);
      break;
    case 2:
      emit(BPF_ALU64 | BPF_MOD | BPF_K, reg, 0, 0, limit + 1);
      break;
    case 3:
      emit(BPF_JMP | BPF_JLE | BPF_K, reg, 0, 1, limit);
      emit(BPF_ALU64 | BPF_MOV | BPF_K, reg, 0, 0, static_cast<int32_t>(below(static_cast<uint32_t>(limit) + 1)));
      break;
    case 4:  // signed on both sides
      emit(BPF_JMP | BPF_JSGT | BPF_K, reg, 0, 1, limit);
      emit(BPF_JMP | BPF_JSGE | BPF_K, reg, 0, 1, 0);
      emit(BPF_ALU64 | BPF_MOV | BPF_K, reg, 0, 0, 0);
      break;
    case 5:  // 32-bit comparison: enough for a 32-bit number only
      emit(BPF_JMP32 | BPF_JLT | BPF_K, reg, 0, 1, limit + 1);
      emit(BPF_ALU64 | BPF_MOV | BPF_K, reg, 0, 0, limit);
      if (!chance(12)) emit(BPF_ALU | BPF_MOV | BPF_X, reg, reg, 0, 0);
      break;
    case 6:
      emit(BPF_ALU64 | BPF_RSH | BPF_K, reg, 0, 0, 64 - std::bit_width(static_cast<uint32_t>(limit)));
      break;
    default: {  // through a copy
      const uint8_t other = reg == 3 ? 4 : 3;
      emit(BPF_ALU64 | BPF_MOV | BPF_X, other, reg, 0, 0);
      emit(BPF_JMP | BPF_JLE | BPF_K, chance(2) ? other : reg, 0, 1, limit);
      emit(BPF_ALU64 | BPF_MOV | BPF_K, reg, 0, 0, limit);
      break;
    }
  }
}

void RandomProgram::map_access() {
  const uint8_t size = size_code();
  const int bytes = bytes_of(size);
  const uint8_t index = scalar();
  if (chance(3)) load_unknown(index);
  const int32_t limit = (1 << (3 + below(4))) - 1;
  if (!chance(40)) bound(index, limit);
  if (chance(3)) alu();
  emit(BPF_ALU64 | BPF_MOV | BPF_X, 1, 7, 0, 0);
  emit(BPF_ALU64 | BPF_ADD | BPF_X, 1, index, 0, 0);
  int32_t room = kMapBytes - limit - bytes;
  if (room < 0) room = chance(20) ? 0 : -1;
  if (room < 0) return;
  const auto off = static_cast<int16_t>(below(static_cast<uint32_t>(room) + (chance(30) ? 2 : 1)));
  if (chance(2)) {
    emit(BPF_LDX | BPF_MEM | size, scalar(), 1, off, 0);
  } else {
    emit(BPF_STX | BPF_MEM | size, 1, scalar(), off, 0);
  }
}

void RandomProgram::stack_access() {
  const auto slot = static_cast<int16_t>(-8 * (1 + static_cast<int>(below(kSlots))));
  const uint8_t size = chance(2) ? static_cast<uint8_t>(BPF_DW) : size_code();
  const int bytes = bytes_of(size);
  const auto off = static_cast<int16_t>(slot + static_cast<int>(below(8 / static_cast<uint32_t>(bytes))) * bytes);
  switch (below(5)) {
    case 0:
      emit(BPF_STX | BPF_MEM | size, 10, scalar(), off, 0);
      break;
    case 1:
      emit(BPF_ST | BPF_MEM | size, 10, 0, off, chance(2) ? 0 : interesting());
      break;
    case 2:  // a pointer goes to memory and back
      emit(BPF_STX | BPF_MEM | BPF_DW, 10, 7, slot, 0);
      if (chance(2)) statement(9);
      emit(BPF_LDX | BPF_MEM | BPF_DW, 1, 10, slot, 0);
      if (!chance(15)) emit(BPF_ST | BPF_MEM | BPF_DW, 10, 0, slot, interesting());
      break;
    default:
      emit(BPF_LDX | (bytes < 8 && chance(4) ? BPF_MEMSX : BPF_MEM) | size, scalar(), 10, off, 0);
      break;
  }
}

void RandomProgram::variable_stack_access() {
  const uint8_t index = scalar();
  load_unknown(index);
  emit(BPF_ALU64 | BPF_AND | BPF_K, index, 0, 0, chance(20) ? 127 : 56);  // a multiple of 8 below 64
  emit(BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0);
  emit(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -8 * kSlots);
  emit(BPF_ALU64 | BPF_ADD | BPF_X, 1, index, 0, 0);
  if (chance(2)) {
    emit(BPF_LDX | BPF_MEM | BPF_DW, scalar(), 1, 0, 0);
  } else {
    emit(BPF_STX | BPF_MEM | BPF_DW, 1, scalar(), 0, 0);
  }
}

void RandomProgram::branch(int depth) {
  constexpr uint8_t kJumps[] = {BPF_JEQ,  BPF_JNE,  BPF_JGT,  BPF_JGE,  BPF_JLT, BPF_JLE,
                                BPF_JSET, BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE};
  const size_t at = code_.size();
  const uint8_t cls = chance(2) ? BPF_JMP : BPF_JMP32;
  if (chance(2)) {
    emit(cls | kJumps[below(std::size(kJumps))] | BPF_X, scalar(), scalar(), 0, 0);
  } else {
    emit(cls | kJumps[below(std::size(kJumps))] | BPF_K, scalar(), 0, 0, interesting());
  }
  block(1 + static_cast<int>(below(4)), depth + 1);
  if (chance(2)) {  // else
    const size_t over = code_.size();
    emit(BPF_JMP | BPF_JA, 0, 0, 0, 0);
    code_[at].off = static_cast<int16_t>(code_.size() - at - 1);
    block(1 + static_cast<int>(below(4)), depth + 1);
    code_[over].off = static_cast<int16_t>(code_.size() - over - 1);
  } else {
    code_[at].off = static_cast<int16_t>(code_.size() - at - 1);
  }
}

// The counter lives on the stack below the common slots, where nothing else in the function writes.
void RandomProgram::loop(int depth) {
  const auto slot = static_cast<int16_t>(-8 * (kSlots + 1 + static_cast<int>(loops_++ % 4)));
  emit(BPF_ST | BPF_MEM | BPF_DW, 10, 0, slot, 0);
  const size_t top = code_.size();
  block(1 + static_cast<int>(below(5)), depth + 2);
  const uint8_t counter = 2;
  emit(BPF_LDX | BPF_MEM | BPF_DW, counter, 10, slot, 0);
  emit(BPF_ALU64 | BPF_ADD | BPF_K, counter, 0, 0, 1);
  emit(BPF_STX | BPF_MEM | BPF_DW, 10, counter, slot, 0);
  emit(BPF_JMP | BPF_JLT | BPF_K, counter, 0,
       static_cast<int16_t>(static_cast<int>(top) - static_cast<int>(code_.size()) - 1),
       static_cast<int32_t>(2 + below(10)));
}

// Upwards or downwards, tested at the top or at the bottom, for being below or for being different, in 32 or 64 bits;
// with an access by the counter, and something beside it that grows with it. Some of them never end, or go one turn too
// far.
void RandomProgram::counted_loop(int depth) {
  const uint8_t counter = chance(2) ? 8 : 9;
  if ((reserved_ >> counter & 1) != 0) return loop(depth);
  const bool down = chance(3);
  const bool half = chance(3);
  const bool at_top = chance(3);
  const auto turns = static_cast<int32_t>(1 + below(12));
  const int32_t step = chance(3) ? static_cast<int32_t>(2 + below(4)) : 1;
  const int32_t start = down ? turns * step : static_cast<int32_t>(below(3));
  const bool differs = chance(2);
  const int32_t end = down ? 0 : start + turns * step + (!differs && chance(20) ? 1 : 0);
  const uint8_t alu_class = half ? BPF_ALU : BPF_ALU64;
  const uint8_t jump_class = half ? BPF_JMP32 : BPF_JMP;
  emit(alu_class | BPF_MOV | BPF_K, counter, 0, 0, start);
  const uint8_t beside = chance(2) ? 0 : 5;
  if (chance(2)) emit(BPF_ALU64 | BPF_MOV | BPF_K, beside, 0, 0, static_cast<int32_t>(below(5)));
  const uint32_t outer = reserved_;
  reserved_ |= 1u << counter;
  const size_t top = code_.size();
  if (at_top) emit(jump_class | (differs ? BPF_JEQ : down ? BPF_JLE : BPF_JGE) | BPF_K, counter, 0, 0, end);
  if (!chance(3)) {  // one of the 64 bytes, by the counter
    emit(BPF_ALU64 | BPF_MOV | BPF_X, 1, 7, 0, 0);
    emit(BPF_ALU64 | BPF_ADD | BPF_X, 1, chance(8) ? beside : counter, 0, 0);
    const auto off = static_cast<int16_t>(chance(20) ? 63 - start : 0);
    if (chance(2)) {
      emit(BPF_LDX | BPF_MEM | BPF_B, scalar(), 1, off, 0);
    } else {
      emit(BPF_STX | BPF_MEM | BPF_B, 1, scalar(), off, 0);
    }
  }
  block(static_cast<int>(below(4)), depth + 2);
  if (chance(2)) emit(BPF_ALU64 | BPF_ADD | BPF_K, beside, 0, 0, static_cast<int32_t>(below(5)) - 1);
  emit(alu_class | BPF_ADD | BPF_K, counter, 0, 0, down ? -step : step);
  const auto back = [&] { return static_cast<int16_t>(static_cast<int>(top) - static_cast<int>(code_.size()) - 1); };
  if (at_top) {
    emit(BPF_JMP | BPF_JA, 0, 0, back(), 0);
    code_[top].off = static_cast<int16_t>(code_.size() - top - 1);
  } else {
    emit(jump_class | (differs ? BPF_JNE : down ? BPF_JGT : BPF_JLT) | BPF_K, counter, 0, back(), end);
  }
  reserved_ = outer;
  if (chance(3)) {  // what is known of it afterwards
    emit(BPF_ALU64 | BPF_MOV | BPF_X, 1, 7, 0, 0);
    emit(BPF_ALU64 | BPF_ADD | BPF_X, 1, chance(2) ? counter : beside, 0, 0);
    emit(BPF_LDX | BPF_MEM | BPF_B, scalar(), 1, 0, 0);
  }
}

void RandomProgram::call() {
  for (uint8_t r = 2; r <= 5; r++) {
    if (chance(3)) emit(BPF_ALU64 | BPF_MOV | BPF_X, r, scalar(), 0, 0);
  }
  emit(BPF_ALU64 | BPF_MOV | BPF_X, 1, chance(2) ? 7 : 10, 0, 0);
  if (code_.back().src_reg == 10) emit(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -64);
  calls_.push_back(code_.size());
  emit(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0);
  for (uint8_t r = 2; r <= 5; r++) emit(BPF_ALU64 | BPF_MOV | BPF_X, r, chance(2) ? 0 : 8, 0, 0);
}

void RandomProgram::helper() {
  if (chance(2)) {
    emit(BPF_JMP | BPF_CALL, 0, 0, 0, 7);  // get_prandom_u32
  } else {                                 // look something up
    emit(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, static_cast<int32_t>(below(6)));
    emit(BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0);
    emit(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4);
    emit(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, 0);
    emit(0, 0, 0, 0, 0);
    emit(BPF_JMP | BPF_CALL, 0, 0, 0, 1);
    if (!chance(25)) emit(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1, 0);
    emit(BPF_LDX | BPF_MEM | BPF_DW, 0, 0, static_cast<int16_t>(8 * below(2)), 0);
    emit(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 0);
  }
  for (uint8_t r = 2; r <= 5; r++) emit(BPF_ALU64 | BPF_MOV | (chance(2) ? BPF_X : BPF_K), r, 0, 0, 0);
  for (size_t i = code_.size() - 4; i < code_.size(); i++) {
    if ((code_[i].code & BPF_X) != 0) code_[i].src_reg = chance(2) ? 0 : 9;
  }
}

void RandomProgram::atomic() {
  constexpr int32_t kOps[] = {BPF_ADD,
                              BPF_OR,
                              BPF_AND,
                              BPF_XOR,
                              BPF_ADD | BPF_FETCH,
                              BPF_OR | BPF_FETCH,
                              BPF_AND | BPF_FETCH,
                              BPF_XOR | BPF_FETCH,
                              BPF_XCHG,
                              BPF_CMPXCHG};
  const bool word = chance(2);
  const auto slot = static_cast<int16_t>(-8 * (1 + static_cast<int>(below(kSlots))));
  const bool on_stack = chance(2);
  const auto off = on_stack ? slot : static_cast<int16_t>(8 * below(kMapBytes / 8));
  emit(BPF_STX | BPF_ATOMIC | (word ? BPF_W : BPF_DW), on_stack ? 10 : 7, scalar(), off, kOps[below(std::size(kOps))]);
}

void RandomProgram::pointer_dance() {
  emit(BPF_ALU64 | BPF_MOV | BPF_X, 1, 7, 0, 0);
  const int32_t by = static_cast<int32_t>(below(48));
  emit(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, by);
  if (chance(2))
    emit(BPF_ALU64 | BPF_SUB | BPF_K, 1, 0, 0,
         static_cast<int32_t>(below(static_cast<uint32_t>(by) + (chance(30) ? 2 : 1))));
  emit(BPF_LDX | BPF_MEM | BPF_DW, scalar(), 1, static_cast<int16_t>(below(9)), 0);
}

void RandomProgram::statement(int depth) {
  if (features_ != 0 && chance(4)) return feature(depth);
  switch (below(depth > 3 ? 12 : 16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      return alu();
    case 5:
      return load_unknown(scalar());
    case 6:
      return stack_access();
    case 7:
      return map_access();
    case 8:
      return variable_stack_access();
    case 9:
      return atomic();
    case 10:
      return pointer_dance();
    case 11:
      return chance(3) ? helper() : alu();
    case 12:
    case 13:
      return branch(depth);
    case 14:
      return chance(3) ? loop(depth) : counted_loop(depth);
    default:
      return has_context_ && calls_.size() < 3 ? call() : branch(depth);
  }
}

void RandomProgram::block(int length, int depth) {
  for (int i = 0; i < length; i++) statement(depth);
}

void RandomProgram::function(Role role) {
  const bool is_main = role == Role::kMain;
  reserved_ = 0;
  has_context_ = is_main;
  has_record_ = false;
  is_callback_ = role == Role::kTurn || role == Role::kElement;
  enter(role);
  emit(BPF_LD | BPF_IMM | BPF_DW, 7, BPF_PSEUDO_MAP_VALUE, 0, kGlobalMap);
  emit(0, 0, 0, 0, 0);
  for (int i = 1; i <= kSlots; i++) {
    emit(BPF_ST | BPF_MEM | BPF_DW, 10, 0, static_cast<int16_t>(-8 * i), chance(2) ? 0 : interesting());
  }
  if (is_main) {
    for (const uint8_t r : {2, 3, 4, 5, 9}) {
      if (chance(2)) {
        load_unknown(r);
      } else {
        emit(BPF_ALU64 | BPF_MOV | BPF_K, r, 0, 0, interesting());
      }
    }
  }
  emit(BPF_ALU64 | BPF_MOV | BPF_K, 8, 0, 0, interesting());
  emit(BPF_ALU64 | BPF_MOV | BPF_X, 0, 9, 0, 0);
  prepare_features();
  block(4 + static_cast<int>(below(is_main ? 20 : 8)), 0);
  emit(BPF_ALU64 | BPF_MOV | BPF_X, 0, scalar(), 0, 0);
  if (is_callback_ && !chance(30)) emit(BPF_ALU64 | BPF_AND | BPF_K, 0, 0, 0, 1);
  emit(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

std::vector<bpf_insn> RandomProgram::generate() {
  code_.clear();
  calls_.clear();
  turns_.clear();
  elements_.clear();
  may_run_long_ = false;
  features_ = chance(2) ? below(256) : 0;
  function(Role::kMain);
  functions_ = "gnc";
  const auto add = [&](std::vector<size_t>& open, Role role, std::string_view word) {
    if (open.empty()) return;
    const size_t start = code_.size();
    const std::vector<size_t> from = open;
    function(role);
    for (const size_t at : from) code_[at].imm = static_cast<int32_t>(start - at - 1);
    functions_ += word;
  };
  add(calls_, Role::kCallee, " snnnnnn");
  const bool calls_back = !turns_.empty() || !elements_.empty();
  add(turns_, Role::kTurn, " snnm");
  add(elements_, Role::kElement, " snmmmm");
  if (!calls_back) functions_.clear();
  return code_;
}

}  // namespace skep::verifier_test
