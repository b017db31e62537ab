// Random programs that every engine must run alike: they end, read only what they wrote, and leave their registers and
// stack in memory. Which instruction forms occur is drawn from the ISA table, so that a new row is exercised by itself.
#pragma once

#include <stdint.h>

#include <span>

#include "bpf/interp/trusted_image.h"
#include "bpf/memory.h"

namespace skep::runner {

// What a generated program may touch, at r1: kDataBytes of its own, and behind them room for its final registers and
// stack.
inline constexpr uint32_t kDataBytes = 512;
inline constexpr uint32_t kScratchBytes = 64;  // of each frame's stack, initialised and used at random
inline constexpr uint32_t kMemoryBytes = kDataBytes + 10 * 8 + kScratchBytes + 16;
inline constexpr uint32_t kPacketBytes = 64;

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 0x1234567) {}
  uint64_t next() {  // splitmix64
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  uint32_t below(uint32_t n) { return static_cast<uint32_t>((next() >> 32) * n >> 32); }
  bool one_in(uint32_t n) { return below(n) == 0; }
  // Numbers at which arithmetic changes its mind: 0, ±1, the ends of 8 … 64 bits, powers of two, and any.
  uint64_t edge64();
  int32_t edge32();

 private:
  uint64_t state_;
};

// r1: kMemoryBytes of memory, and behind them the address of a PacketContext with kPacketBytes.
struct RandomProgram {
  bpf::Vec<bpf_insn> code;
  bpf::Vec<bpf::InsnIndex> fault_safe;   // loads through bad pointers, which read 0
  bpf::Vec<bpf::InsnIndex> prog_arrays;  // LDDWs to get the address of a program array: slot 0 is the program itself
  // Lookups in fake_maps(): their LDDWs are to get the map's address; `known`: the key is always the same.
  struct Lookup {
    bpf::InsnIndex map_load, call;
    uint32_t map, key;
    bool known;
  };
  bpf::Vec<Lookup> lookups;
};
Result<RandomProgram> make_random_program(uint64_t seed);

}  // namespace skep::runner
