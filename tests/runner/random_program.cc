#include "tests/runner/random_program.h"

#include <utility>

#include "bpf/isa/table.h"
#include "tests/runner/fake_maps.h"

namespace skep::runner {
namespace {

using namespace skep::bpf;

// Each frame: the pointers it was given, loop counters, and the scratch area; registers hold plain numbers between
// statements, because addresses differ from engine to engine.
constexpr int16_t kMemorySlot = -8;
constexpr int16_t kPacketSlot = -16;
constexpr int16_t kCounterSlots = -24;  // -24, -32, -40
constexpr uint32_t kMaxLoopDepth = 2;
constexpr int16_t kSum64 = -56;       // results are added up here, in 64 bits
constexpr int16_t kSum32 = -64;       // and here in 32, which does not read their upper halves
constexpr int16_t kScratchTop = -64;  // scratch: [-128, -64)
constexpr int16_t kScratchBottom = kScratchTop - static_cast<int16_t>(kScratchBytes);
constexpr int16_t kSaveSlot = kScratchBottom - 8;  // r0 at the end

constexpr uint32_t kMaxFunctions = 4;
constexpr uint32_t kMaxInsns = 6000;

enum class Role : uint8_t { kMain, kCallee, kCallback };

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}
  Result<RandomProgram> run();

 private:
  struct Function {
    Role role;
    InsnIndex start;
  };
  struct CallSite {
    InsnIndex at;
    uint32_t function;
  };

  uint8_t any_reg() { return static_cast<uint8_t>(random_.below(10)); }
  uint8_t any_reg_but(uint8_t other) {
    const uint8_t r = any_reg();
    return r == other ? static_cast<uint8_t>((r + 1) % 10) : r;
  }
  InsnIndex here() const { return static_cast<InsnIndex>(code_.size()); }

  void emit(const Insn& insn);
  void move_imm(uint8_t dst, int32_t imm) { emit({.op = Op::kMov, .dst = dst, .use_imm = true, .imm = imm}); }
  void load_stack(uint8_t dst, int16_t offset) {
    emit({.op = Op::kLoad, .size = 8, .dst = dst, .src = kFrameRegister, .offset = offset});
  }
  void store_stack(int16_t offset, uint8_t src) {
    emit({.op = Op::kStoreReg, .size = 8, .dst = kFrameRegister, .src = src, .offset = offset});
  }
  void random_value(uint8_t dst);
  void observe(uint8_t reg);

  void function(uint32_t index);
  void prologue(Role role);
  void leave(Role role);
  void block(uint32_t statements, uint32_t loop_depth);
  void statement(uint32_t loop_depth);
  void row_statement(const InsnRow& row);
  void arithmetic(const InsnRow& row);
  void memory(const InsnRow& row);
  void bad_load(const InsnRow& row);
  void conditional(const InsnRow& row, uint32_t loop_depth);
  void loop(uint32_t loop_depth);
  void call(Op op);
  void tail_call();
  void look_up(uint32_t loop_depth);
  void packet(const InsnRow& row);
  void lddw(const InsnRow& row);

  Random random_;
  Vec<Insn> code_;
  Function functions_[kMaxFunctions] = {};
  uint32_t function_count_ = 1;
  uint32_t current_ = 0;
  Vec<CallSite> calls_;
  Vec<InsnIndex> fault_safe_;
  Vec<InsnIndex> prog_arrays_;
  Vec<RandomProgram::Lookup> lookups_;
  bool failed_ = false;
};

void Generator::emit(const Insn& insn) {
  if (!code_.push_back(insn)) failed_ = true;
  if (insn.op == Op::kLoadImm64 && !code_.push_back(Insn{.second_slot = true})) failed_ = true;
}

void Generator::random_value(uint8_t dst) {
  if (random_.one_in(2)) return move_imm(dst, random_.edge32());
  emit({.op = Op::kLoadImm64, .size = 8, .dst = dst, .imm64 = random_.edge64()});
}

// Keeps a result from being lost when its register is overwritten. The 64-bit form reads the upper half, which keeps
// the JIT from leaving it as it is; the other does not.
void Generator::observe(uint8_t reg) {
  const bool wide = random_.one_in(2);
  emit({.op = Op::kAtomic,
        .size = static_cast<uint8_t>(wide ? 8 : 4),
        .dst = kFrameRegister,
        .src = reg,
        .offset = wide ? kSum64 : kSum32});
}

void Generator::prologue(Role role) {
  for (const int16_t sum : {kSum64, kSum32})
    emit({.op = Op::kStoreImm, .size = 8, .dst = kFrameRegister, .offset = sum});
  store_stack(kMemorySlot, role == Role::kCallback ? 2 : 1);
  if (role == Role::kMain) {
    emit({.op = Op::kLoad, .size = 8, .dst = 3, .src = 1, .offset = static_cast<int16_t>(kMemoryBytes)});
    store_stack(kPacketSlot, 3);
  }
  for (uint8_t r = 0; r < 10; r++) {
    // A callee's r2 … r5 are numbers that its caller left.
    if (role == Role::kCallee && r >= 2 && r <= 5 && random_.one_in(2)) continue;
    random_value(r);
  }
  for (int16_t at = kScratchBottom; at < kScratchTop; at += 8) {
    if (random_.one_in(2)) {
      store_stack(at, any_reg());
    } else {
      emit({.op = Op::kStoreImm, .size = 8, .dst = kFrameRegister, .offset = at, .imm = random_.edge32()});
    }
  }
}

// The main program copies its registers and scratch area to memory, where they are compared.
void Generator::leave(Role role) {
  if (role == Role::kMain) {
    const auto keep = [&](uint8_t r) {
      emit({.op = Op::kStoreReg, .size = 8, .dst = 0, .src = r, .offset = static_cast<int16_t>(kDataBytes + r * 8)});
    };
    store_stack(kSaveSlot, 0);
    load_stack(0, kMemorySlot);
    for (uint8_t r = 1; r < 10; r++) keep(r);
    load_stack(1, kSaveSlot);
    emit({.op = Op::kStoreReg, .size = 8, .dst = 0, .src = 1, .offset = static_cast<int16_t>(kDataBytes)});
    auto to = static_cast<int16_t>(kDataBytes + 80);
    const auto copy = [&](int16_t from) {
      load_stack(2, from);
      emit({.op = Op::kStoreReg, .size = 8, .dst = 0, .src = 2, .offset = to});
      to += 8;
    };
    for (int16_t at = kScratchBottom; at < kScratchTop; at += 8) copy(at);
    copy(kSum32);
    copy(kSum64);
    load_stack(0, kSaveSlot);
  } else {
    load_stack(1, kMemorySlot);
    for (const int16_t sum : {kSum64, kSum32}) {
      load_stack(2, sum);
      emit({.op = Op::kAtomic,
            .size = 8,
            .dst = 1,
            .src = 2,
            .offset = static_cast<int16_t>(random_.below(kDataBytes / 8) * 8)});
    }
  }
  emit({.op = Op::kExit});
}

void Generator::arithmetic(const InsnRow& row) {
  Insn insn{.op = row.op, .width = row.width, .size = row.size, .dst = any_reg(), .use_imm = row.uses_imm()};
  if (row.src.kind == FieldRule::Kind::kFree) insn.src = any_reg();
  if (insn.use_imm) insn.imm = random_.edge32();
  // Moves right before the operation on them are what the JIT fuses.
  if (random_.one_in(4)) {
    emit({.op = Op::kMov, .width = random_.one_in(2) ? Width::k32 : Width::k64, .dst = insn.dst, .src = any_reg()});
  }
  emit(insn);
  if (!random_.one_in(3)) observe(insn.dst);
}

// One load, store or atomic operation on the stack or the data, through r10, a copy of it, or a pointer.
void Generator::memory(const InsnRow& row) {
  const bool address_in_src = row.op == Op::kLoad || row.op == Op::kLoadSx || row.atomic == AtomicOp::kLoadAcquire;
  const bool ordered = row.op == Op::kAtomic;
  const uint32_t step = ordered || random_.one_in(2) ? row.size : 1;  // atomic operations must be aligned
  uint8_t base = kFrameRegister;
  int32_t offset;
  const uint32_t where = random_.below(3);
  if (where == 0) {
    offset = kScratchBottom + static_cast<int32_t>(random_.below((kScratchBytes - row.size) / step + 1) * step);
  } else {
    base = any_reg();
    if (row.atomic == AtomicOp::kCmpXchg && base == 0) base = 1;
    const uint32_t room = where == 1 ? kScratchBytes : kDataBytes;
    offset = static_cast<int32_t>(random_.below((room - row.size) / step + 1) * step);
    // Any part of the offset may be in the pointer, far more than it, too.
    const int32_t ahead =
        random_.one_in(4) ? static_cast<int32_t>(random_.below(30000)) : static_cast<int32_t>(random_.below(64));
    if (where == 1) {
      emit({.op = Op::kMov, .dst = base, .src = kFrameRegister});
      emit({.op = Op::kAdd, .dst = base, .use_imm = true, .imm = kScratchBottom + ahead});
    } else {
      load_stack(base, kMemorySlot);
      emit({.op = Op::kAdd, .dst = base, .use_imm = true, .imm = ahead});
    }
    offset -= ahead;
  }
  const uint8_t other = any_reg_but(base);
  Insn insn{.op = row.op,
            .size = row.size,
            .dst = base,
            .src = other,
            .atomic = row.atomic,
            .offset = static_cast<int16_t>(offset)};
  if (address_in_src) std::swap(insn.dst, insn.src);
  if (row.op == Op::kStoreImm) insn.src = 0, insn.imm = random_.edge32();
  emit(insn);
  if (random_.one_in(2)) observe(other);
  if (row.atomic == AtomicOp::kCmpXchg && random_.one_in(2)) observe(0);
  if (base != kFrameRegister) random_value(base);
}

// Through a pointer that leads nowhere, as one to a kernel structure that is gone.
void Generator::bad_load(const InsnRow& row) {
  constexpr uint64_t kNowhere[] = {0, 8, 0x800, 0xdead000000000000, 0xffffffffffffff00, 0x4000000000000000};
  const uint8_t base = any_reg(), dst = any_reg();
  emit({.op = Op::kLoadImm64, .size = 8, .dst = base, .imm64 = kNowhere[random_.below(6)]});
  if (!fault_safe_.push_back(here())) failed_ = true;
  emit({.op = row.op, .size = row.size, .dst = dst, .src = base, .offset = static_cast<int16_t>(random_.below(2000))});
  observe(dst);
  random_value(base);
}

void Generator::conditional(const InsnRow& row, uint32_t loop_depth) {
  Insn insn{.op = row.op, .width = row.width, .use_imm = row.uses_imm()};
  if (row.dst.kind == FieldRule::Kind::kFree) insn.dst = any_reg();
  if (row.src.kind == FieldRule::Kind::kFree) insn.src = any_reg();
  if (insn.use_imm) insn.imm = random_.edge32();
  // Operands that are equal, or differ only in their upper halves, are rare otherwise.
  if (random_.one_in(4) && insn.op != Op::kJa && insn.op != Op::kMayGoto) {
    if (insn.use_imm) {
      random_.one_in(2) ? move_imm(insn.dst, insn.imm)
                        : emit({.op = Op::kLoadImm64,
                                .size = 8,
                                .dst = insn.dst,
                                .imm64 = (random_.next() << 32) | static_cast<uint32_t>(insn.imm)});
    } else {
      emit({.op = Op::kMov, .width = random_.one_in(2) ? Width::k32 : Width::k64, .dst = insn.dst, .src = insn.src});
    }
  }
  const InsnIndex branch = here();
  emit(insn);
  if (random_.one_in(400) && code_.size() < kMaxInsns / 2) {  // out of reach of the short forms
    for (int n = 0; n < 1500; n++)
      emit({.op = Op::kAdd, .dst = any_reg(), .use_imm = true, .imm = static_cast<int32_t>(random_.below(4000))});
  } else {
    block(1 + random_.below(4), loop_depth);
  }
  const bool has_else = insn.op != Op::kJa && random_.one_in(3);
  if (!has_else) {
    code_[branch].target = here();
    return;
  }
  const InsnIndex over = here();
  emit({.op = Op::kJa, .width = random_.one_in(2) ? Width::k32 : Width::k64});
  code_[branch].target = here();
  block(1 + random_.below(3), loop_depth);
  code_[over].target = here();
}

void Generator::loop(uint32_t loop_depth) {
  const auto slot = static_cast<int16_t>(kCounterSlots - 8 * static_cast<int16_t>(loop_depth));
  emit({.op = Op::kStoreImm,
        .size = 8,
        .dst = kFrameRegister,
        .offset = slot,
        .imm = static_cast<int32_t>(1 + random_.below(5))});
  const InsnIndex top = here();
  block(1 + random_.below(5), loop_depth + 1);
  const uint8_t counter = any_reg();
  load_stack(counter, slot);
  emit({.op = Op::kAdd,
        .width = random_.one_in(2) ? Width::k32 : Width::k64,
        .dst = counter,
        .use_imm = true,
        .imm = -1});
  store_stack(slot, counter);
  constexpr Op kForms[] = {Op::kJne, Op::kJsgt, Op::kJgt};
  emit({.op = kForms[random_.below(3)],
        .width = random_.one_in(2) ? Width::k32 : Width::k64,
        .dst = counter,
        .use_imm = true,
        .target = top});
}

void Generator::call(Op op) {
  const auto callee_of = [&](Role role) -> int {
    for (uint32_t n = current_ + 1; n < function_count_; n++) {
      if (functions_[n].role == role && random_.one_in(2)) return static_cast<int>(n);
    }
    return -1;
  };
  if (op == Op::kCallLocal) {
    const int callee = callee_of(Role::kCallee);
    if (callee < 0) return;
    load_stack(1, kMemorySlot);
    if (!calls_.push_back({here(), static_cast<uint32_t>(callee)})) failed_ = true;
    emit({.op = Op::kCallLocal});
  } else if (const int callback = callee_of(Role::kCallback); op == Op::kCallHelper && callback >= 0) {
    move_imm(1, static_cast<int32_t>(random_.below(4)));
    if (!calls_.push_back({here(), static_cast<uint32_t>(callback)})) failed_ = true;
    emit({.op = Op::kLoadImm64, .size = 8, .dst = 2, .pseudo = Pseudo::kFunc});
    load_stack(3, kMemorySlot);
    emit({.op = Op::kCallHelper, .imm = 181});
  } else {
    constexpr int32_t kIds[] = {5, 7, 7, 8, 14, 35};
    const int32_t id = kIds[random_.below(6)];
    if (op == Op::kCallHelper) {
      emit({.op = Op::kCallHelper, .imm = id});
    } else {
      const uint8_t by = any_reg();
      move_imm(by, id);
      emit({.op = Op::kCallIndirect, .dst = by});
    }
  }
  for (uint8_t r = 1; r <= 5; r++) random_value(r);
}

// To itself, to another program, to an empty slot, or to none.
void Generator::tail_call() {
  constexpr uint32_t kIndices[] = {0, 1, 1, 2, 3, 4, 0xffffffff};
  load_stack(1, kMemorySlot);
  if (!prog_arrays_.push_back(here())) failed_ = true;
  emit({.op = Op::kLoadImm64, .size = 8, .dst = 2, .pseudo = Pseudo::kMapFd});
  emit({.op = Op::kLoadImm64, .size = 8, .dst = 3, .imm64 = random_.next() << 32 | kIndices[random_.below(7)]});
  emit({.op = Op::kCallHelper, .imm = BPF_FUNC_tail_call});
  for (uint8_t r = 0; r <= 5; r++) random_value(r);
}

// The key is on the stack: known, or not, or changed again before it is used.
void Generator::look_up(uint32_t loop_depth) {
  const uint32_t map = random_.below(kFakeMapCount);
  const auto key_at = static_cast<int16_t>(kScratchBottom + 4 * static_cast<int16_t>(random_.below(kScratchBytes / 4)));
  const uint32_t key = random_.one_in(20) ? static_cast<uint32_t>(random_.edge32()) : random_.below(9);
  bool known = random_.one_in(2);
  if (known) {
    emit({.op = Op::kStoreImm, .size = 4, .dst = kFrameRegister, .offset = key_at, .imm = static_cast<int32_t>(key)});
  } else {
    const uint8_t by = any_reg();
    emit({.op = Op::kAnd, .dst = by, .use_imm = true, .imm = 7});
    emit({.op = Op::kStoreReg, .size = 4, .dst = kFrameRegister, .src = by, .offset = key_at});
  }
  if (random_.one_in(3)) {
    block(1 + random_.below(2), loop_depth);
    known = false;
  }
  const InsnIndex map_load = here();
  emit({.op = Op::kLoadImm64, .size = 8, .dst = 1, .pseudo = Pseudo::kMapFd});
  emit({.op = Op::kMov, .dst = 2, .src = kFrameRegister});
  emit({.op = Op::kAdd, .dst = 2, .use_imm = true, .imm = key_at});
  if (!lookups_.push_back({map_load, here(), map, key, known && random_.one_in(2)})) failed_ = true;
  emit({.op = Op::kCallHelper, .imm = 1});
  const InsnIndex test = here();
  const bool jumps_if_found = random_.one_in(3);
  emit({.op = jumps_if_found ? Op::kJne : Op::kJeq, .dst = 0, .use_imm = true});
  const InsnIndex over = here();
  if (jumps_if_found) {
    emit({.op = Op::kJa});
    code_[test].target = here();
  }
  const auto size = static_cast<uint8_t>(1u << random_.below(4));
  const uint32_t room = kFakeMaps[map].value_size / size;
  const auto offset = static_cast<int16_t>(size * random_.below(room));
  const auto other = static_cast<uint8_t>(6 + random_.below(4));  // the call has destroyed r1 … r5
  switch (random_.below(4)) {
    case 0:
      emit({.op = Op::kStoreReg, .size = size, .dst = 0, .src = other, .offset = offset});
      break;
    case 1:
      if (size >= 4) {
        emit({.op = Op::kAtomic, .size = size, .dst = 0, .src = other, .offset = offset});
        break;
      }
      [[fallthrough]];
    default:
      emit({.op = Op::kLoad, .size = size, .dst = other, .src = 0, .offset = offset});
      observe(other);
      break;
  }
  code_[jumps_if_found ? over : test].target = here();
  for (uint8_t r = 0; r <= 5; r++) random_value(r);
}

void Generator::packet(const InsnRow& row) {
  if (current_ != 0) return;
  load_stack(6, kPacketSlot);
  Insn insn{.op = row.op, .size = row.size, .imm = static_cast<int32_t>(random_.below(kPacketBytes - 8))};
  if (row.op == Op::kLoadInd) {
    insn.src = static_cast<uint8_t>(1 + random_.below(5));
    const int32_t part = static_cast<int32_t>(random_.below(100000));
    random_.one_in(2) ? move_imm(insn.src, part)
                      : emit({.op = Op::kLoadImm64,
                              .size = 8,
                              .dst = insn.src,
                              .imm64 = random_.next() << 32 | static_cast<uint32_t>(part)});
    insn.imm -= part;
  }
  // Outside of the packet the program ends: rarely, or nothing would follow.
  if (random_.one_in(50)) insn.imm = random_.edge32();
  emit(insn);
  for (uint8_t r = 1; r <= 6; r++) random_value(r);
}

void Generator::lddw(const InsnRow& row) {
  if (row.pseudo == Pseudo::kFunc) return;  // call() has them
  const uint64_t value =
      row.imm_high.kind == FieldRule::Kind::kFixed ? static_cast<uint32_t>(random_.edge64()) : random_.edge64();
  emit({.op = Op::kLoadImm64, .size = 8, .dst = any_reg(), .pseudo = row.pseudo, .imm64 = value});
}

void Generator::row_statement(const InsnRow& row) {
  switch (row.op) {
    case Op::kLoad:
    case Op::kLoadSx:
      return random_.one_in(30) ? bad_load(row) : memory(row);
    case Op::kStoreReg:
    case Op::kStoreImm:
    case Op::kAtomic:
      return memory(row);
    case Op::kCallHelper:
    case Op::kCallLocal:
    case Op::kCallIndirect:
      return call(row.op);
    case Op::kLoadImm64:
      return lddw(row);
    case Op::kLoadAbs:
    case Op::kLoadInd:
      return packet(row);
    case Op::kCallKfunc:  // there are none
    case Op::kExit:       // leave() has it
      return;
    default:
      return arithmetic(row);
  }
}

void Generator::statement(uint32_t loop_depth) {
  if (code_.size() > kMaxInsns) return;
  if (loop_depth < kMaxLoopDepth && random_.one_in(25)) return loop(loop_depth);
  if (current_ + 1 < function_count_ && random_.one_in(10)) {
    return call(random_.one_in(2) ? Op::kCallLocal : Op::kCallHelper);
  }
  if (random_.one_in(60)) return tail_call();
  if (random_.one_in(20)) return look_up(loop_depth);
  const auto rows = insn_rows();
  const InsnRow& row = rows[random_.below(static_cast<uint32_t>(rows.size()))];
  if (row.op >= Op::kJa && row.op <= Op::kMayGoto) return conditional(row, loop_depth);
  row_statement(row);
}

void Generator::block(uint32_t statements, uint32_t loop_depth) {
  for (uint32_t n = 0; n < statements; n++) statement(loop_depth);
}

void Generator::function(uint32_t index) {
  current_ = index;
  const Role role = functions_[index].role;
  functions_[index].start = here();
  prologue(role);
  // Mostly short ones: more of them find more than long ones do, but some things only happen in those.
  const uint32_t statements = random_.one_in(25) ? 10 + random_.below(60) : 3 + random_.below(7);
  block(role == Role::kMain ? statements : 2 + statements / 2, 0);
  if (role != Role::kMain && random_.one_in(3)) {  // an exit in the middle
    const InsnIndex branch = here();
    emit({.op = Op::kJeq, .dst = any_reg(), .use_imm = true, .imm = random_.edge32()});
    emit({.op = Op::kExit});
    code_[branch].target = here();
    block(1 + random_.below(4), 0);
  }
  leave(role);
}

Result<RandomProgram> Generator::run() {
  functions_[0] = {Role::kMain, 0};
  while (function_count_ < kMaxFunctions && random_.one_in(3)) {
    functions_[function_count_++] = {random_.one_in(3) ? Role::kCallback : Role::kCallee, 0};
  }
  for (uint32_t n = 0; n < function_count_; n++) function(n);
  for (const CallSite& site : calls_) {
    code_[site.at].target = functions_[site.function].start;
    code_[site.at].imm64 = static_cast<uint32_t>(functions_[site.function].start - site.at - 1);
    if (code_[site.at].op == Op::kCallLocal) code_[site.at].imm64 = 0;
  }
  RandomProgram program;
  TRY(program.code.reserve(code_.size()));
  for (InsnIndex at = 0; at < code_.size(); at++) {
    bpf_insn slots[2];
    if (!encode(code_[at], at, slots)) return fail(Errno::kEINVAL);
    TRY(program.code.push_back(slots[0]));
    if (code_[at].op == Op::kLoadImm64) {
      TRY(program.code.push_back(slots[1]));
      at++;
    }
  }
  program.fault_safe = std::move(fault_safe_);
  program.prog_arrays = std::move(prog_arrays_);
  program.lookups = std::move(lookups_);
  if (failed_) return fail(Errno::kENOMEM);
  return program;
}

}  // namespace

uint64_t Random::edge64() {
  switch (below(6)) {
    case 0:
      return next();
    case 1:
      return static_cast<uint64_t>(static_cast<int64_t>(edge32()));
    case 2:
      return static_cast<uint32_t>(edge32());
    case 3:
      return next() << 32 | static_cast<uint32_t>(edge32());  // dirty upper half
    case 4:
      return (uint64_t{1} << below(64)) - below(3) + 1;
    default: {
      constexpr uint64_t kEdges[] = {0,
                                     1,
                                     ~uint64_t{0},
                                     uint64_t{1} << 63,
                                     (uint64_t{1} << 63) - 1,
                                     uint64_t{1} << 32,
                                     (uint64_t{1} << 32) - 1,
                                     0xffffffff80000000,
                                     0xffffffff7fffffff,
                                     0x80000000,
                                     0x7fffffff};
      return kEdges[below(sizeof(kEdges) / sizeof(kEdges[0]))];
    }
  }
}

int32_t Random::edge32() {
  switch (below(5)) {
    case 0:
      return static_cast<int32_t>(next());
    case 1:
      return static_cast<int32_t>(below(70)) - 3;  // small numbers, shift counts past both widths
    case 2: {
      const uint32_t power = uint32_t{1} << below(32);
      return static_cast<int32_t>((one_in(2) ? power : 0 - power) + below(3) - 1);
    }
    default: {
      constexpr int32_t kEdges[] = {0,    1,     -1,     2,       -2,     INT32_MAX, INT32_MIN, INT32_MIN + 1,
                                    0xff, 0x100, 0x7f,   0x80,    2047,   2048,      -2048,     -2049,
                                    4096, -4096, 0xffff, 0x10000, 0x7fff, 0x8000,    31,        32};
      return kEdges[below(sizeof(kEdges) / sizeof(kEdges[0]))];
    }
  }
}

Result<RandomProgram> make_random_program(uint64_t seed) { return Generator(seed).run(); }

}  // namespace skep::runner
