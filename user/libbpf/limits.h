// Every limit of the library, with its reason. Larger input is refused with a message; it is never cut.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace skep::libbpf {

// An object file. Clang's output for the largest known BPF tools, debug sections included, is below 8 MiB.
inline constexpr size_t kMaxObjectBytes = 64u << 20;

// One data section, as it becomes one array element. A damaged header must not make us ask for all memory.
inline constexpr size_t kMaxDataSectionBytes = 16u << 20;

// Instructions of a program with its subprograms: Linux's limit for privileged users.
inline constexpr size_t kMaxProgramInsns = 1'000'000;

// Types in a BTF: Linux's BTF_MAX_TYPE.
inline constexpr uint32_t kMaxBtfTypes = 0x000fffff;

// Steps through typedefs, modifiers and arrays before a chain of types counts as endless: Linux's MAX_RESOLVE_DEPTH.
inline constexpr int kMaxTypeChain = 32;

// The first verifier log buffer of our own, and the size beyond which it is not grown (libbpf's BPF_LOG_BUF_SIZE).
inline constexpr size_t kFirstLogBytes = 64u << 10;
inline constexpr size_t kMaxLogBytes = 16u << 20;

// Length of a license string, its NUL included: libbpf's.
inline constexpr size_t kMaxLicenseBytes = 64;

// Files below /sys that hold one number or one list.
inline constexpr size_t kMaxSysFileBytes = 4096;

}  // namespace skep::libbpf
