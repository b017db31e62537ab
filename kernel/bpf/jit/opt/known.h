// What is known, along straight-line code, of registers and of the stack: constants, stack addresses, addresses of map
// values. For verified programs only: it relies on what the verifier has checked of pointers and helpers.
#pragma once

#include "bpf/jit/opt/step.h"

namespace skep::bpf::jit {

class Known {
 public:
  void clear();
  // Follows one step.
  void follow(const Step& step);
  // r0 is the address of a map's value, or null.
  void returned_map_value() { of_[0] = {.kind = Kind::kMapValue}; }
  // True when the 4 bytes that the register points to are on the stack and known.
  bool word_at(uint8_t r, uint32_t& value) const;

 private:
  enum class Kind : uint8_t { kNothing, kConstant, kStack, kMapValue };
  struct Value {
    Kind kind = Kind::kNothing;
    uint64_t value = 0;  // the constant, or the distance from r10
  };
  struct Word {
    bool known = false;
    int32_t offset = 0;  // from r10
    uint32_t value = 0;
  };
  static constexpr size_t kWords = 8;

  Value value_of(uint8_t r) const;
  Value result_of(const Step& step) const;
  void store(const Step& step);
  void remember(int32_t offset, uint32_t value);
  void forget_words(int64_t begin, int64_t end);
  void forget_all_words() { forget_words(INT32_MIN, INT32_MAX); }

  Value of_[kRegisterLimit];
  Word words_[kWords];
  uint32_t next_word_ = 0;
};

}  // namespace skep::bpf::jit
