// The context of a socket_filter program as it lies in memory: the user-visible struct __sk_buff, filled in by whoever
// runs the program, and behind it what only the kernel reads. Field accesses of the program go to the struct itself;
// LD_ABS and LD_IND read the packet through load_packet().
#pragma once

#include <stdint.h>

#include "uapi/bpf.h"

namespace skep::bpf {

struct PacketContext {
  struct __sk_buff skb;  // what the verifier lets a program see; skb.len is the packet's length
  const uint8_t* data;   // the packet's first byte
  uint32_t length;       // bytes behind `data`
};

// The `size` (1, 2, 4) bytes at `offset` of the packet as a number in network byte order, or -1 when they do not all
// lie inside the packet: the program then ends with r0 = 0, as in Linux. `context` is a PacketContext. Any context.
int64_t load_packet(const void* context, int32_t offset, uint32_t size);

}  // namespace skep::bpf
