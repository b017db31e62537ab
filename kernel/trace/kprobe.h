// Kprobes: any number of clients may ask to be called when a kernel instruction is about to be executed. One breakpoint
// per address, armed by its first client and disarmed by its last.
//
// A hit calls every client of the address in the order of registration, with interrupts masked and preemption off; a
// grace period waits for hits. A hart that is in a probe already (a client's code ran into another probe) calls the
// clients' `missed` instead and only steps over.
#pragma once

#include <stdint.h>

#include <atomic>

#include "lib/result.h"
#include "uapi/ptrace.h"

namespace skep::trace {

class Kprobe;

// Embedded in whoever wants hits.
struct KprobeClient {
  // Called on a hit; regs.epc is the probed address. Context: probe (bpf/platform.h).
  void (*hit)(KprobeClient& self, pt_regs& regs) = nullptr;
  // Called instead of `hit` when the hart is in a probe already. Must be SKEP_NOPROBE and call nothing that is not.
  void (*missed)(KprobeClient& self) = nullptr;

  // Owned by the registry.
  Kprobe* probe = nullptr;
  std::atomic<KprobeClient*> next{nullptr};
};

// Where a probe goes. `function` is 0 when `address` is not inside one.
struct KprobePlace {
  uint64_t address = 0;
  uint64_t function = 0;  // start of the function around it
  uint64_t function_bytes = 0;
};

// Resolves function + offset (name as for kallsyms::find_by_name) or an absolute address (name empty). ENOENT: no such
// symbol. EADDRNOTAVAIL: several. EINVAL: not inside a function of the kernel, or where probes are forbidden. Task.
Result<KprobePlace> find_kprobe_place(std::string_view function, uint64_t offset);

// Calls `client` on every hit from now on. EILSEQ: inside an instruction. EINVAL: that instruction cannot be probed.
// ENOMEM, ENOSPC. The reason of every refusal goes to the kernel's log. Task.
Result<void> register_kprobe(KprobeClient& client, const KprobePlace& place);

// No new hit reaches the client. Hits that run now may: before its memory goes, wait for a grace period. Task.
void unregister_kprobe(KprobeClient& client);

// Hooks into the breakpoint trap and registers /sys/kernel/debug/kprobes/. Boot, after the file system.
void init_kprobes();

}  // namespace skep::trace
