#include "bpf/jit/opt/known.h"

namespace skep::bpf::jit {
namespace {
constexpr int32_t kMapLookup = 1;  // Linux's number (uapi/bpf_helper_ids.h)
}

void Known::clear() {
  for (Value& v : of_) v = {};
  for (Word& w : words_) w = {};
}

Known::Value Known::value_of(uint8_t r) const { return r == kFrameRegister ? Value{.kind = Kind::kStack} : of_[r]; }

void Known::forget_words(int64_t begin, int64_t end) {
  for (Word& w : words_) {
    if (w.offset < end && begin < int64_t{w.offset} + 4) w.known = false;
  }
}

void Known::remember(int32_t offset, uint32_t value) {
  words_[next_word_] = {.known = true, .offset = offset, .value = value};
  next_word_ = (next_word_ + 1) % kWords;
}

bool Known::word_at(uint8_t r, uint32_t& value) const {
  const Value at = value_of(r);
  if (at.kind != Kind::kStack) return false;
  for (const Word& w : words_) {
    if (w.known && w.offset == static_cast<int64_t>(at.value)) return value = w.value, true;
  }
  return false;
}

// Stores, atomic ones included: what they may overwrite, and what is known to stand there afterwards.
void Known::store(const Step& step) {
  const Value base = value_of(step.dst);
  if (base.kind == Kind::kMapValue) return;
  if (base.kind != Kind::kStack) return forget_all_words();
  const auto offset = static_cast<int64_t>(base.value) + step.offset;
  forget_words(offset, offset + step.size);
  if (step.op == Op::kAtomic || step.size < 4) return;
  Value stored = {.kind = Kind::kConstant, .value = static_cast<uint64_t>(static_cast<int64_t>(step.imm))};
  if (step.op == Op::kStoreReg) stored = value_of(step.src);
  if (stored.kind != Kind::kConstant) return;
  for (int32_t at = 0; at < step.size; at += 4)
    remember(static_cast<int32_t>(offset) + at, static_cast<uint32_t>(stored.value >> (8 * at)));
}

Known::Value Known::result_of(const Step& step) const {
  const bool wide = step.width == Width::k64;
  if (step.form != Form::kPlain) return {};
  if (step.op == Op::kLoadImm64 && step.pseudo == Pseudo::kNone) return {.kind = Kind::kConstant, .value = step.imm64};
  if (step.op == Op::kMov && step.use_imm) {
    const auto value = static_cast<uint64_t>(static_cast<int64_t>(step.imm));
    return {.kind = Kind::kConstant, .value = wide ? value : static_cast<uint32_t>(value)};
  }
  if (step.op == Op::kMov) {
    Value v = value_of(step.src);
    if (!wide && v.kind == Kind::kConstant) v.value = static_cast<uint32_t>(v.value);
    return wide || v.kind == Kind::kConstant ? v : Value{};
  }
  if (step.op == Op::kAdd && step.use_imm && wide) {
    Value v = value_of(step.left);
    if (v.kind == Kind::kStack || v.kind == Kind::kConstant) v.value += static_cast<uint64_t>(int64_t{step.imm});
    return v;
  }
  return {};
}

void Known::follow(const Step& step) {
  const RegSet written = step.def;
  const bool stores =
      step.form == Form::kPlain && (step.op == Op::kStoreReg || step.op == Op::kStoreImm || step.op == Op::kAtomic);
  if (stores) store(step);
  // A lookup only reads its key. Other helpers and functions may write to the stack by pointers that they are given.
  if (clobbers_caller_saved(step) && !(step.is(Op::kCallHelper) && step.imm == kMapLookup)) forget_all_words();
  const Value result = result_of(step);
  for_each_in(written, [&](uint8_t r) { of_[r] = {}; });
  if (result.kind != Kind::kNothing && (written & reg_bit(step.dst)) != 0) of_[step.dst] = result;
}

}  // namespace skep::bpf::jit
