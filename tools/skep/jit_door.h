// The JIT of the core in this process, for code that is shown and never run. Apart from the core's headers:
// object_door.h.
#pragma once

#include <stdint.h>

#include <string_view>
#include <vector>

namespace skep::tool {

// While it lives, programs that are loaded are compiled for this processor, as in the guest: helpers in reach of direct
// calls, and the reads that the guest's kernel offers inline, with offsets and a clock of their own.
class NativeLoads {
 public:
  NativeLoads(bool zba, bool zbb, uint32_t passes_off);
  ~NativeLoads();
  NativeLoads(const NativeLoads&) = delete;
  NativeLoads& operator=(const NativeLoads&) = delete;
};

// Per BPF slot of a loaded program the byte offset of its native code; ~0 for the second slot of an LDDW.
std::vector<uint32_t> native_offsets(int fd);

// The helper at an address, "" when there is none.
std::string_view helper_at(uint64_t address);
// The map whose address, or the address of whose first element, this is; 0 for none.
uint32_t map_id_at(int program_fd, uint64_t address);

// Bits of a comma-separated list of passes; -1 when one of them is unknown.
int64_t passes_named(std::string_view list);
// Every pass's name, "  NAME  WHAT\n" each.
void print_pass_names();

}  // namespace skep::tool
