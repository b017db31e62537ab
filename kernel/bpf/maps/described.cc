#include "bpf/maps/described.h"

#include "bpf/memory.h"

namespace skep::bpf {

Result<Ref<Map>> DescribedMap::create(const MapAttributes& attributes, Ref<Map> inner) {
  return Ref<Map>(TRY(create_ref<DescribedMap>(attributes, std::move(inner))));
}

}  // namespace skep::bpf
