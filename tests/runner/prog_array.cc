#include "tests/runner/prog_array.h"

namespace skep::bpf {

// Maps live as long as the process here. (kernel/bpf/maps/map.cc has the kernel's way.)
void Map::last_reference_dropped() {}

}  // namespace skep::bpf
