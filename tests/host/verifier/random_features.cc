// Of the random programs: numbers and pointers that are kept on the stack over joins and used late, copies, loops from
// anywhere, may_goto, ring buffer records, callbacks. A program has some of them.
#include "tests/host/verifier/random_program.h"
#include "tests/host/verifier/support.h"
#include "uapi/bpf_helper_ids.h"

namespace skep::verifier_test {
namespace {

// Below the slots that everything in the function uses.
constexpr int16_t kIndexSlots[] = {-104, -112};    // numbers below 64
constexpr int16_t kPointerSlots[] = {-120, -128};  // what lookups in kArray found
constexpr int16_t kRecordSlot = -136;
constexpr int32_t kContextBytes = 64;  // of the caller's stack, for callbacks

enum Feature : uint32_t {
  kIndexes = 1,
  kCopies = 2,
  kPointers = 4,
  kRecords = 8,
  kRepeats = 16,
  kAnywhere = 32,
  kTurns = 64,
  kElements = 128,
};

}  // namespace

// What a function does with what it was called with; r0 … r5 and r9 are numbers then.
void RandomProgram::enter(Role role) {
  const auto somewhere = [&] { return static_cast<int16_t>(8 * below(kContextBytes / 8)); };
  if (role == Role::kMain) return emit(BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0);
  emit(BPF_ALU64 | BPF_MOV | BPF_K, 6, 0, 0, 5);
  switch (role) {
    case Role::kMain:
      break;
    case Role::kCallee:  // r1 points to 64 bytes of the caller
      emit(BPF_LDX | BPF_MEM | BPF_DW, 9, 1, somewhere(), 0);
      emit(BPF_STX | BPF_MEM | BPF_DW, 1, 2, somewhere(), 0);
      return;
    case Role::kTurn:  // r1 the turn, r2 points to 64 bytes of the caller
      emit(BPF_LDX | BPF_MEM | BPF_DW, 9, 2, somewhere(), 0);
      if (!chance(3)) emit(BPF_STX | BPF_MEM | BPF_DW, 2, chance(2) ? 9 : 1, somewhere(), 0);
      break;
    case Role::kElement:  // r1 the map, r2 the key, r3 the value (16 bytes), r4 points to 64 bytes of the caller
      emit(BPF_LDX | BPF_MEM | BPF_DW, 9, chance(2) ? 3 : 4, static_cast<int16_t>(8 * below(2)), 0);
      if (chance(2)) emit(BPF_STX | BPF_MEM | BPF_DW, 4, 9, somewhere(), 0);
      if (chance(2)) emit(BPF_STX | BPF_MEM | BPF_DW, 3, 9, static_cast<int16_t>(8 * below(2)), 0);
      break;
  }
  for (uint8_t r = 2; r <= 5; r++) emit(BPF_ALU64 | BPF_MOV | BPF_K, r, 0, 0, interesting());
}

void RandomProgram::prepare_features() {
  if ((features_ & kIndexes) != 0) {
    for (const int16_t slot : kIndexSlots)
      emit(BPF_ST | BPF_MEM | BPF_DW, 10, 0, slot, static_cast<int32_t>(below(64)));
  }
  if ((features_ & kPointers) != 0) {
    look_up();
    look_up();
    emit(BPF_LDX | BPF_MEM | BPF_DW, 1, 10, kPointerSlots[0], 0);
    emit(BPF_STX | BPF_MEM | BPF_DW, 10, 1, kPointerSlots[1], 0);
  }
}

void RandomProgram::feature(int depth) {
  const uint32_t which = 1u << below(8);
  if ((features_ & which) == 0) return alu();
  switch (which) {
    case kIndexes:
      return chance(2) ? use_index() : store_index();
    case kCopies:
      return compare_copy(depth);
    case kPointers:
      return chance(3) ? look_up() : use_pointer();
    case kRecords:
      return has_record_ || depth > 3 ? alu() : record(depth);
    case kRepeats:
      return depth > 2 ? alu() : repeat(depth);
    case kAnywhere:
      return depth > 2 ? alu() : loop_from_anywhere(depth);
    default:
      return is_callback_ ? alu() : call_back(which == kTurns ? Role::kTurn : Role::kElement);
  }
}

// After a helper call.
void RandomProgram::restore_numbers() {
  emit(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, interesting());
  for (uint8_t r = 2; r <= 5; r++) {
    if (chance(2)) {
      emit(BPF_ALU64 | BPF_MOV | BPF_X, r, chance(2) ? 8 : 9, 0, 0);
    } else {
      emit(BPF_ALU64 | BPF_MOV | BPF_K, r, 0, 0, interesting());
    }
  }
}

void RandomProgram::store_index() {
  const int16_t slot = kIndexSlots[below(2)];
  if (chance(2)) return emit(BPF_ST | BPF_MEM | BPF_DW, 10, 0, slot, static_cast<int32_t>(below(chance(30) ? 80 : 64)));
  const uint8_t r = scalar();
  if (!chance(30)) emit(BPF_ALU64 | BPF_AND | BPF_K, r, 0, 0, chance(2) ? 31 : 63);
  emit(BPF_STX | BPF_MEM | BPF_DW, 10, r, slot, 0);
}

void RandomProgram::use_index() {
  const uint8_t r = scalar();
  emit(BPF_LDX | BPF_MEM | BPF_DW, r, 10, kIndexSlots[below(2)], 0);
  emit(BPF_ALU64 | BPF_MOV | BPF_X, 1, 7, 0, 0);
  emit(BPF_ALU64 | BPF_ADD | BPF_X, 1, r, 0, 0);
  emit(BPF_LDX | BPF_MEM | BPF_B, scalar(), 1, 0, 0);
}

// Two copies are made; later the one is compared, the other used.
void RandomProgram::compare_copy(int depth) {
  const uint8_t from = chance(2) ? 8 : 9;
  const uint8_t to = from == 8 ? 9 : 8;
  if (((reserved_ >> from | reserved_ >> to) & 1) != 0) return alu();
  if (chance(2)) load_unknown(from);
  emit(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
  const uint32_t outer = reserved_;
  if (!chance(4)) reserved_ |= 1u << from | 1u << to;
  block(static_cast<int>(below(3)), depth + 1);
  reserved_ = outer;
  emit(BPF_JMP | BPF_JGT | BPF_K, from, 0, 3, 63);
  emit(BPF_ALU64 | BPF_MOV | BPF_X, 1, 7, 0, 0);
  emit(BPF_ALU64 | BPF_ADD | BPF_X, 1, to, 0, 0);
  emit(BPF_LDX | BPF_MEM | BPF_B, chance(2) ? 0 : 3, 1, 0, 0);
}

// What is found is kept, and tested when it is used.
void RandomProgram::look_up() {
  emit(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, static_cast<int32_t>(below(6)));
  emit(BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0);
  emit(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4);
  emit(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, kArray);
  emit(0, 0, 0, 0, 0);
  emit(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem);
  emit(BPF_STX | BPF_MEM | BPF_DW, 10, 0, kPointerSlots[below(2)], 0);
  if (chance(3)) emit(BPF_STX | BPF_MEM | BPF_DW, 10, 0, kPointerSlots[below(2)], 0);
  restore_numbers();
}

void RandomProgram::use_pointer() {
  const int16_t slot = kPointerSlots[below(2)];
  emit(BPF_LDX | BPF_MEM | BPF_DW, 1, 10, slot, 0);
  switch (below(4)) {
    case 0:
      return emit(BPF_STX | BPF_MEM | BPF_DW, 10, 1, kPointerSlots[below(2)], 0);
    case 1:  // the one is tested, the other used: right when both are copies
      emit(BPF_LDX | BPF_MEM | BPF_DW, 0, 10, chance(8) ? kPointerSlots[below(2)] : slot, 0);
      emit(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1, 0);
      emit(BPF_LDX | BPF_MEM | BPF_DW, 0, 0, static_cast<int16_t>(8 * below(2)), 0);
      return emit(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, interesting());
    default:
      if (!chance(30)) emit(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1, 0);
      if (chance(2)) return emit(BPF_LDX | BPF_MEM | BPF_DW, scalar(), 1, static_cast<int16_t>(8 * below(2)), 0);
      return emit(BPF_STX | BPF_MEM | BPF_DW, 1, scalar(), static_cast<int16_t>(8 * below(2)), 0);
  }
}

// A record is reserved, and given back some statements later.
void RandomProgram::record(int depth) {
  has_record_ = true;
  emit(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, kRingbuf);
  emit(0, 0, 0, 0, 0);
  emit(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 16);
  emit(BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, 0);
  emit(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ringbuf_reserve);
  emit(BPF_ALU64 | BPF_MOV | BPF_X, 1, 0, 0, 0);
  restore_numbers();
  const size_t test = code_.size();
  emit(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0, 0);
  emit(BPF_STX | BPF_MEM | BPF_DW, 10, 1, kRecordSlot, 0);
  block(1 + static_cast<int>(below(3)), depth + 2);
  emit(BPF_LDX | BPF_MEM | BPF_DW, 1, 10, kRecordSlot, 0);
  if (chance(2)) emit(BPF_STX | BPF_MEM | BPF_DW, 1, scalar(), static_cast<int16_t>(8 * below(2)), 0);
  emit(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 0);
  if (!chance(30)) emit(BPF_JMP | BPF_CALL, 0, 0, 0, chance(2) ? BPF_FUNC_ringbuf_submit : BPF_FUNC_ringbuf_discard);
  restore_numbers();
  code_[test].off = static_cast<int16_t>(code_.size() - test - 1);
  has_record_ = false;
}

void RandomProgram::repeat(int depth) {
  may_run_long_ = true;
  const size_t top = code_.size();
  emit(BPF_JMP | BPF_JCOND, 0, 0, 0, 0);
  block(1 + static_cast<int>(below(3)), depth + 2);
  const size_t leaves = code_.size();
  const bool may_leave = chance(2);
  if (may_leave) emit(BPF_JMP | BPF_JSGT | BPF_K, scalar(), 0, 0, interesting());
  emit(BPF_JMP | BPF_JA, 0, 0, static_cast<int16_t>(static_cast<int>(top) - static_cast<int>(code_.size()) - 1), 0);
  code_[top].off = static_cast<int16_t>(code_.size() - top - 1);
  if (may_leave) code_[leaves].off = static_cast<int16_t>(code_.size() - leaves - 1);
}

// A counter that starts who knows where, and another number that starts at 0 and counts the turns.
void RandomProgram::loop_from_anywhere(int depth) {
  const uint8_t counter = chance(2) ? 8 : 9;
  if ((reserved_ >> counter & 1) != 0) return loop(depth);
  const uint8_t beside = counter == 8 ? 9 : 8;
  if ((reserved_ >> beside & 1) != 0) return loop(depth);
  const uint32_t outer = reserved_;
  load_unknown(counter);
  if (chance(2)) emit(BPF_ALU64 | BPF_AND | BPF_K, counter, 0, 0, (1 << (1 + below(6))) - 1);
  emit(BPF_ALU64 | BPF_MOV | BPF_K, beside, 0, 0, 0);
  reserved_ |= 1u << counter | 1u << beside;
  const bool half = chance(4);
  const bool is_signed = chance(3);
  const bool down = chance(4);
  const auto step = static_cast<int32_t>(1 + below(3));
  const auto end = static_cast<int32_t>(chance(2) ? 60 + below(8) : below(20));
  const size_t top = code_.size();
  emit(BPF_ALU64 | BPF_MOV | BPF_X, 1, 7, 0, 0);
  emit(BPF_ALU64 | BPF_ADD | BPF_X, 1, beside, 0, 0);
  emit(BPF_LDX | BPF_MEM | BPF_B, scalar(), 1, 0, 0);
  block(static_cast<int>(below(3)), depth + 2);
  emit(BPF_ALU64 | BPF_ADD | BPF_K, beside, 0, 0, static_cast<int32_t>(below(3)));
  emit((half ? BPF_ALU : BPF_ALU64) | BPF_ADD | BPF_K, counter, 0, 0, down ? -step : step);
  const uint8_t test = down ? (is_signed ? BPF_JSGT : BPF_JGT) : (is_signed ? BPF_JSLT : BPF_JLT);
  emit((half ? BPF_JMP32 : BPF_JMP) | test | BPF_K, counter, 0,
       static_cast<int16_t>(static_cast<int>(top) - static_cast<int>(code_.size()) - 1), end);
  reserved_ = outer;
  if (chance(2)) {
    emit(BPF_ALU64 | BPF_MOV | BPF_X, 1, 7, 0, 0);
    emit(BPF_ALU64 | BPF_ADD | BPF_X, 1, beside, 0, 0);
    emit(BPF_LDX | BPF_MEM | BPF_B, scalar(), 1, 0, 0);
  }
}

void RandomProgram::call_back(Role role) {
  std::vector<size_t>& open = role == Role::kTurn ? turns_ : elements_;
  if (open.size() >= 2) return alu();
  if (role == Role::kElement) {
    emit(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, kArray);
    emit(0, 0, 0, 0, 0);
  } else if (chance(2)) {
    emit(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, static_cast<int32_t>(below(7)));
  } else {
    emit(BPF_ALU64 | BPF_MOV | BPF_X, 1, scalar(), 0, 0);
    emit(BPF_ALU64 | BPF_AND | BPF_K, 1, 0, 0, 15);
  }
  open.push_back(code_.size());
  emit(BPF_LD | BPF_IMM | BPF_DW, 2, BPF_PSEUDO_FUNC, 0, 0);
  emit(0, 0, 0, 0, 0);
  emit(BPF_ALU64 | BPF_MOV | BPF_X, 3, 10, 0, 0);
  emit(BPF_ALU64 | BPF_ADD | BPF_K, 3, 0, 0, -kContextBytes);
  emit(BPF_ALU64 | BPF_MOV | BPF_K, 4, 0, 0, 0);
  emit(BPF_JMP | BPF_CALL, 0, 0, 0, role == Role::kTurn ? BPF_FUNC_loop : BPF_FUNC_for_each_map_elem);
  restore_numbers();
}

}  // namespace skep::verifier_test
