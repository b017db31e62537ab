// bpf(2) as a program would call it: attributes in user memory, errors as numbers.
#pragma once

#include <string.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "bpf/prog.h"
#include "bpf/system.h"
#include "tests/host/platform/leak_check.h"
#include "uapi/bpf.h"

#ifndef ENOTSUPP
#define ENOTSUPP 524
#endif

namespace skep::test {

// All bytes zero: `bpf_attr a{}` would only promise that for the union's first member.
inline bpf_attr zero_attr() {
  bpf_attr a;
  memset(&a, 0, sizeof(a));
  return a;
}

// What a test sets in the attributes: any callable, only looked at (std::function took most of these files' compile
// time).
class Change {
 public:
  Change() = default;
  template <typename F>
  Change(const F& f) : callable_(&f), call_([](const void* c, bpf_attr& a) { (*static_cast<const F*>(c))(a); }) {}
  explicit operator bool() const { return call_ != nullptr; }
  void operator()(bpf_attr& a) const { call_(callable_, a); }

 private:
  const void* callable_ = nullptr;
  void (*call_)(const void*, bpf_attr&) = nullptr;
};

// The result, or the negative error number.
inline long sys(uint32_t command, bpf_attr& attr, uint32_t size = sizeof(bpf_attr)) {
  host::UserWindow window(&attr, sizeof(attr));
  return to_syscall_return(bpf::bpf_syscall(command, window.address(), size));
}
inline long sys(uint32_t command, const Change& fill) {
  bpf_attr attr = zero_attr();
  fill(attr);
  return sys(command, attr);
}

// Closes what the test opened, then checks for leaks.
class Session {
 public:
  ~Session() { host::close_all_descriptors(); }

 private:
  host::LeakCheck leaks_;  // runs after the destructor's body
};

inline uint32_t platform_cpus() { return bpf::platform::cpu_count(); }
inline uint64_t address_of(const void* p) { return reinterpret_cast<uint64_t>(p); }

inline bpf_attr map_attr(uint32_t type, uint32_t key, uint32_t value, uint32_t entries, uint32_t flags = 0) {
  bpf_attr a = zero_attr();
  a.map_type = type;
  a.key_size = key;
  a.value_size = value;
  a.max_entries = entries;
  a.map_flags = flags;
  return a;
}
inline int make_map_fd(uint32_t type, uint32_t key = 4, uint32_t value = 8, uint32_t entries = 4, uint32_t flags = 0) {
  bpf_attr a = map_attr(type, key, value, entries, flags);
  const long fd = sys(BPF_MAP_CREATE, a);
  REQUIRE(fd >= 0);
  return static_cast<int>(fd);
}

// Instructions, as in the macros of Linux's samples.
inline bpf_insn insn(uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm) {
  return {.code = code,
          .dst_reg = static_cast<uint8_t>(dst & 15),
          .src_reg = static_cast<uint8_t>(src & 15),
          .off = off,
          .imm = imm};
}
inline bpf_insn mov_imm(uint8_t dst, int32_t imm) { return insn(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm); }
inline bpf_insn mov_reg(uint8_t dst, uint8_t src) { return insn(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0); }
inline bpf_insn add_imm(uint8_t dst, int32_t imm) { return insn(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm); }
inline bpf_insn load(uint8_t size, uint8_t dst, uint8_t src, int16_t off) {
  return insn(BPF_LDX | BPF_MEM | size, dst, src, off, 0);
}
inline bpf_insn store_imm(uint8_t size, uint8_t dst, int16_t off, int32_t imm) {
  return insn(BPF_ST | BPF_MEM | size, dst, 0, off, imm);
}
inline bpf_insn call(int32_t helper) { return insn(BPF_JMP | BPF_CALL, 0, 0, 0, helper); }
inline bpf_insn exit_insn() { return insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }
using Code = std::vector<bpf_insn>;
inline Code map_fd(uint8_t dst, int fd, uint8_t pseudo = BPF_PSEUDO_MAP_FD, int32_t offset = 0) {
  return {insn(BPF_LD | BPF_IMM | BPF_DW, dst, pseudo, 0, fd), insn(0, 0, 0, 0, offset)};
}
inline Code join(std::initializer_list<Code> parts) {
  Code all;
  for (const Code& p : parts) all.insert(all.end(), p.begin(), p.end());
  return all;
}

struct Load {
  long result = 0;
  std::string log;
  uint32_t log_true_size = 0;
};
inline Load load_program(const Code& code, uint32_t type = BPF_PROG_TYPE_SOCKET_FILTER, const Change& change = {},
                         uint32_t log_bytes = 16384) {
  const auto insns = host::UserMemory::of(std::span<const bpf_insn>(code));
  const char gpl[] = "GPL";
  host::UserWindow license(gpl, sizeof(gpl));
  host::UserMemory log(log_bytes);
  bpf_attr a = zero_attr();
  a.prog_type = type;
  a.insn_cnt = static_cast<uint32_t>(code.size());
  a.insns = insns.address();
  a.license = license.address();
  if (log_bytes) {
    a.log_level = 1;
    a.log_size = log_bytes;
    a.log_buf = log.address();
  }
  if (change) change(a);
  Load l;
  l.result = sys(BPF_PROG_LOAD, a);
  if (log_bytes) l.log = reinterpret_cast<const char*>(log.data());
  l.log_true_size = a.log_true_size;
  return l;
}
inline const Code kReturnZero = {mov_imm(0, 0), exit_insn()};
inline int load_fd(const Code& code, uint32_t type = BPF_PROG_TYPE_SOCKET_FILTER) {
  const Load l = load_program(code, type);
  INFO(l.log);
  REQUIRE(l.result >= 0);
  return static_cast<int>(l.result);
}

template <typename Info>
long get_info(int fd, Info& info, uint32_t length = sizeof(Info)) {
  host::UserWindow window(&info, sizeof(info));
  bpf_attr a = zero_attr();
  a.info.bpf_fd = static_cast<uint32_t>(fd);
  a.info.info_len = length;
  a.info.info = window.address();
  return sys(BPF_OBJ_GET_INFO_BY_FD, a);
}

// A hook that counts what is done to it.
class FakeHook final : public bpf::AttachHook {
 public:
  Result<void> attach(Ref<bpf::Program> program) override {
    if (program_) return fail(Errno::kEEXIST);
    if (refuse != 0) return fail(static_cast<Errno>(refuse));
    program_ = std::move(program);
    attached++;
    return {};
  }
  void detach() override {
    program_.reset();
    detached++;
  }
  std::string_view description() const override { return "fake"; }
  void last_reference_dropped() override { dropped++; }  // owned by the test
  bpf::Program* program() { return program_.get(); }

  int attached = 0, detached = 0, dropped = 0, refuse = 0;

 private:
  Ref<bpf::Program> program_;
};

}  // namespace skep::test
