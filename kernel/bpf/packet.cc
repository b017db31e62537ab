#include "bpf/packet.h"

#include "lib/checked.h"

namespace skep::bpf {

int64_t load_packet(const void* context, int32_t offset, uint32_t size) {
  const auto& packet = *static_cast<const PacketContext*>(context);
  if (offset < 0 || !range_fits(static_cast<uint32_t>(offset), size, packet.length)) return -1;
  int64_t value = 0;
  for (uint32_t i = 0; i < size; i++) value = value << 8 | packet.data[static_cast<uint32_t>(offset) + i];
  return value;
}

}  // namespace skep::bpf
