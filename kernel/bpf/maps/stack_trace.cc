#include "bpf/maps/stack_trace.h"

#include "bpf/memory.h"

namespace skep::bpf {

Result<Ref<Map>> StackTraceMap::create(const MapAttributes& attributes) {
  return Ref<Map>(TRY(create_ref<StackTraceMap>(attributes)));
}

}  // namespace skep::bpf
