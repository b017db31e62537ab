// What induction.cc keeps of one entry into a loop; how it works is told there.
#pragma once

#include <stdint.h>

#include "bpf/verifier/loops.h"
#include "bpf/verifier/state.h"

namespace skep::bpf::verifier {

struct Checkpoint;
struct OpenLoop;

// The open loops around a path's position, and in which of them it stands behind the loop's invariant (a bit for each
// level) rather than in the first turn, which is explored as it is.
struct LoopPosition {
  OpenLoop* innermost = nullptr;
  uint32_t assumed = 0;
};

// Where a path stands. One that waits stands before the branch whose other side it will take.
struct Path {
  Path() = default;
  // The other side of a branch at which `here` stands.
  Path(const Path& here, size_t value_count)
      : state(here.state.share()),
        at(here.at),
        came_from(here.came_from),
        root(here.root),
        parent(here.parent),
        length(here.length),
        decisions(here.decisions),
        values(value_count),
        loop(here.loop) {
    for (uint32_t i = 0; i < state.depth(); i++) written[i] = here.written[i];
  }

  State state;
  InsnIndex at = 0;
  InsnIndex came_from = 0;
  uint32_t root = 0;
  Checkpoint* parent = nullptr;
  uint64_t written[kMaxCallDepth] = {};  // since `parent`
  uint32_t length = 0;                   // instructions so far
  size_t decisions = 0;                  // two-sided branches so far, in Analysis::decisions_
  size_t values = 0;                     // of a waiting branch: Values::count() when it was left
  LoopPosition loop;
};

// The registers of the loop's own frame, then its stack slots.
inline constexpr uint32_t kLoopPlaces = kRegisters + kStackSlots;

// What a loop does to a register or stack slot in each turn.
struct Motion {
  bool regular = false;  // adds a number of `step` to it, whatever else happens
  uint8_t widened = 0;   // how often its range was
  Step step;
  ValueId at_entry = kNoValue;      // anchors: its value when the loop was entered,
  ValueId in_invariant = kNoValue;  // and its value in the invariant
};

// A comparison of something that moves, seen in the first turn: what a counter's bound is guessed from.
struct SeenTest {
  ValueId anchor = kNoValue;
  Step step;
  Op op = Op::kJeq;
  bool half = false;
  bool outcome = false;
  bool swapped = false;  // bound op counter
  Scalar64 bound;
};

enum class LoopPhase : uint8_t {
  kFirstTurn,
  kInvariant,  // the later turns are explored once, from an invariant
  kUnrolled,   // no invariant held: turn by turn
};

struct OpenLoop {
  static constexpr uint32_t kTests = 8;

  uint32_t loop = kNoLoop;  // in the shape's forest
  uint32_t depth = 0;       // frames below and with the loop's own
  uint32_t level = 0;       // how many open loops are around it
  LoopPhase phase = LoopPhase::kFirstTurn;
  bool proved = false;  // everything behind the invariant was explored
  bool closed = false;  // everything behind its entry was
  OpenLoop* outer = nullptr;
  OpenLoop* next = nullptr;  // of all
  uint64_t cost = 0;         // instructions looked at in its body; those of inner loops times their turns
  uint64_t first_turn = 0;   // of `cost`
  uint64_t turns = 0;        // at most, when phase is kInvariant
  uint32_t rounds = 0;       // invariants tried
  State entry;
  State invariant;
  Motion motions[kLoopPlaces];
  uint32_t counter = kLoopPlaces;
  uint64_t reach = 0;               // the counter moves at most so far from its value at entry
  ValueId first_value = kNoValue;   // values below this one are older than the loop
  ValueId first_anchor = kNoValue;  // of motions[].at_entry, which are numbered in a row
  ValueId last_anchor = kNoValue;
  SeenTest tests[kTests];  // the last ones
  uint32_t test_count = 0;

  // To go back to where the invariant was first assumed.
  Path retreat;
  size_t waiting = 0;
  size_t checkpoints = 0;  // made until then
  uint32_t processed = 0;
  uint64_t run_length = 0;
  uint64_t budget = 0;  // of `cost`, until the invariant is given up
  uint64_t claims = 0;
  uint64_t read[kMaxCallDepth] = {};  // once proved: Checkpoint::read of the invariant
  Vec<uint32_t> stacks;               // Subprogram::stack_bytes
};

}  // namespace skep::bpf::verifier
