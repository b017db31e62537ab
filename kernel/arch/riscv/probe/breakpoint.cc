// Breakpoint probes on RISC-V. The breakpoint is always the 2-byte c.ebreak, also in place of a 4-byte instruction:
// every instruction is 2-aligned, so the store is atomic and no hart sees half of it.
#include <atomic>
#include <bit>

#include "arch/limits.h"
#include "arch/probe.h"
#include "arch/riscv/csr.h"
#include "arch/riscv/patch_text.h"
#include "arch/riscv/probe/simulate.h"
#include "arch/riscv/thread.h"
#include "lib/annotations.h"
#include "lib/log.h"

// Slots for out-of-line steps: the instruction, then c.ebreak; part of .noprobe.text, so that no probe can be placed in
// one. Bytes 4 and 5 are a c.ebreak from the start, so that either length of instruction is one aligned store of 4
// bytes.
#define SKEP_PROBE_SLOTS 8192
#define SKEP_PROBE_STRING_(x) #x
#define SKEP_PROBE_STRING(x) SKEP_PROBE_STRING_(x)
asm(".pushsection .noprobe.text, \"ax\"\n"
    ".balign 8\n"
    ".globl probe_slots\n"
    ".type probe_slots, @function\n"
    "probe_slots:\n"
    ".rept " SKEP_PROBE_STRING(SKEP_PROBE_SLOTS) "\n"
    ".4byte 0\n"
    ".2byte 0x9002, 0\n"
    ".endr\n"
    ".size probe_slots, . - probe_slots\n"
    ".popsection\n");
extern "C" const uint8_t probe_slots[];

namespace skep::arch {

namespace {

using riscv::probe::Operation;
using riscv::probe::Refusal;
using riscv::probe::Verdict;

// As many as functions whose entry needs a slot may be probed at once (most entries are simulated); 64 KiB of text.
constexpr uint32_t kSlots = SKEP_PROBE_SLOTS;
constexpr size_t kSlotBytes = 8;
constexpr uint16_t kCompressedBreakpoint = 0x9002;

uint64_t g_slots_in_use[kSlots / 64];

// What a hart that steps out of line returns to. One per hart is enough: it steps with interrupts masked, and a fault
// in the slot ends the step.
struct alignas(64) Stepping {
  const ProbeSite* site = nullptr;
  uint64_t interrupts = 0;  // SPIE of the interrupted code
};
Stepping g_stepping[kMaxHarts];

[[gnu::always_inline]] inline uintptr_t slot_address(uint32_t slot) {
  return reinterpret_cast<uintptr_t>(probe_slots) + slot * kSlotBytes;
}

[[gnu::always_inline]] inline bool in_slots(uintptr_t address) {
  return address - reinterpret_cast<uintptr_t>(probe_slots) < kSlots * kSlotBytes;
}

// The hart's step in the slot around `address`, or null.
[[gnu::always_inline]] inline Stepping* stepping_at(uintptr_t address) {
  if (!in_slots(address)) return nullptr;
  Stepping& s = g_stepping[this_hart().index];
  return s.site ? &s : nullptr;
}

[[gnu::always_inline]] inline void end_step(Stepping& stepping, pt_regs& regs, uintptr_t continue_at) {
  regs.epc = continue_at;
  regs.status = (regs.status & ~uint64_t{SKEP_SSTATUS_SPIE}) | stepping.interrupts;
  stepping.site = nullptr;
}

// Sizes and places here are right by construction, so a failure is a broken kernel.
void require(const Result<void>& written, uintptr_t address) {
  if (!written) panic("probe: the text at {#x} cannot be changed", address);
}

}  // namespace

Result<ProbeSite> prepare_probe(uintptr_t function, std::span<const uint8_t> text, size_t offset,
                                std::string_view& why) {
  const Verdict verdict = riscv::probe::classify_at(text, offset);
  if (!verdict.accepted()) {
    why = riscv::probe::describe(verdict.refusal);
    return fail(verdict.refusal == Refusal::kMiddle ? Errno::kEILSEQ : Errno::kEINVAL);
  }
  ProbeSite site;
  site.place = function + offset;
  site.step = verdict.step;
  return site;
}

Result<void> acquire_probe_slot(ProbeSite& site) {
  if (site.step.operation != Operation::kOutOfLine) return {};
  for (uint32_t group = 0; group < std::size(g_slots_in_use); group++) {
    uint64_t& used = g_slots_in_use[group];
    if (used == ~uint64_t{0}) continue;
    const auto bit = static_cast<uint32_t>(std::countr_one(used));
    used |= uint64_t{1} << bit;
    site.slot = group * 64 + bit;

    const uint32_t content =
        site.step.length == 4 ? site.step.word : site.step.word | uint32_t{kCompressedBreakpoint} << 16;
    require(patch_text(slot_address(site.slot), &content, sizeof(content)), slot_address(site.slot));
    return {};
  }
  return fail(Errno::kENOSPC);
}

void release_probe_slot(ProbeSite& site) {
  if (site.slot == ProbeSite::kNoSlot) return;
  g_slots_in_use[site.slot / 64] &= ~(uint64_t{1} << site.slot % 64);
  site.slot = ProbeSite::kNoSlot;
}

void arm_probe(const ProbeSite& site) {
  require(patch_text(site.place, &kCompressedBreakpoint, sizeof(kCompressedBreakpoint)), site.place);
  // An emulated hart that was translating this code during the store has finished by now, and may have kept the old
  // instruction (refetch_text() tells more): without a second store its hits would be missing.
  refetch_text(site.place);
}

void disarm_probe(const ProbeSite& site) {
  require(patch_text_lazily(site.place, &site.step.word, sizeof(uint16_t)), site.place);
}

std::span<const uint8_t> replaced_text(const ProbeSite& site) {
  // The first two bytes of the instruction in memory order, as RISC-V is little-endian.
  return {reinterpret_cast<const uint8_t*>(&site.step.word), sizeof(uint16_t)};
}

SKEP_NOPROBE bool finish_probe_step(pt_regs& regs) {
  Stepping* stepping = stepping_at(regs.epc);
  if (!stepping) return false;
  const ProbeSite& site = *stepping->site;
  end_step(*stepping, regs, site.place + site.step.length);
  return true;
}

SKEP_NOPROBE void step_over_probe(const ProbeSite& site, pt_regs& regs) {
  if (site.slot == ProbeSite::kNoSlot) {
    riscv::probe::simulate(site.step, riscv::probe::SavedRegisters(reinterpret_cast<uint64_t*>(&regs), 33));
    return;
  }
  Stepping& stepping = g_stepping[this_hart().index];
  stepping.site = &site;
  stepping.interrupts = regs.status & SKEP_SSTATUS_SPIE;
  regs.status &= ~uint64_t{SKEP_SSTATUS_SPIE};
  regs.epc = slot_address(site.slot);
}

SKEP_NOPROBE bool breakpoint_at(uintptr_t address) {
  // This hart's own view may be older than the text: execute what is there now.
  refetch_text(address);
  return std::atomic_ref(*reinterpret_cast<uint16_t*>(address)).load(std::memory_order_relaxed) ==
         kCompressedBreakpoint;
}

SKEP_NOPROBE bool leave_probe_slot(pt_regs& regs) {
  Stepping* stepping = stepping_at(regs.epc);
  if (!stepping) return false;
  end_step(*stepping, regs, stepping->site->place);
  return true;
}

}  // namespace skep::arch
