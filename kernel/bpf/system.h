// The BPF subsystem as one object: id tables and settings. One instance; bpf(2) is its only door for user space.
#pragma once

#include <stdint.h>

#include <atomic>

#include "bpf/id_table.h"
#include "bpf/platform.h"

namespace skep::bpf {

class Btf;
struct VerifyResult;
struct Rejection;

// Hears what the verifier found; bpf(2) tells user space less. For tools that hold the core in their own process.
class LoadObserver {
 public:
  virtual void accepted(const VerifyResult& result) = 0;
  virtual void refused(const Rejection& rejection) = 0;

 protected:
  ~LoadObserver() = default;
};

struct System {
  IdTable maps;
  IdTable programs;
  IdTable btfs;
  IdTable links;
  // Whether PROG_LOAD compiles; off, programs run in the interpreter. And whether it then prints the code to the
  // kernel's log. Linux's net.core.bpf_jit_enable: 0 neither, 1 the first, 2 both.
  std::atomic<bool> jit_enabled{true};
  // A kernel leaves these alone. judge_only: PROG_LOAD accepts helpers that have no function here, and MAP_CREATE
  // map types of Linux that do not exist here, for a verdict; what is loaded must not run.
  LoadObserver* observer = nullptr;
  bool judge_only = false;
  std::atomic<bool> jit_dumps{false};
  // What load_kernel_btf() made, or nullptr.
  std::atomic<const Btf*> kernel_btf{nullptr};
};

System& bpf_system();

// Checks platform::kernel_btf() and lists it among the BTF objects, as "vmlinux". At boot, before any program is
// loaded; a tool may do it again later, with another one or none. EINVAL, ENOMEM: then there is none. Task.
Result<void> load_kernel_btf();

// bpf(2): the command's result or an error. `attr` is a user address, `size` the caller's sizeof(union bpf_attr). Task.
Result<long> bpf_syscall(uint32_t command, platform::UserAddress attr, uint32_t size);

}  // namespace skep::bpf
