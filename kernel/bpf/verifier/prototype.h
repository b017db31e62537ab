// What BTF says of the program's functions: which are global, and what they take. A global function is verified once,
// for all arguments of its type; its callers are held to that type.
#pragma once

#include <stdint.h>

namespace skep::bpf::verifier {

inline constexpr uint32_t kMaxParameters = 5;

enum class ParameterKind : uint8_t {
  kNumber,
  kContext,
  kMemory,  // `bytes` to read and write
};

struct Parameter {
  ParameterKind kind = ParameterKind::kNumber;
  bool or_null = false;  // kMemory
  uint32_t bytes = 0;    // kMemory
};

// Of one subprogram.
struct Prototype {
  bool known = false;  // func_info has a record for it
  bool is_global = false;
  bool returns_number = false;
  bool returns_nothing = false;
  uint32_t parameter_count = 0;  // the parameters of global functions only
  Parameter parameters[kMaxParameters] = {};
};

}  // namespace skep::bpf::verifier
