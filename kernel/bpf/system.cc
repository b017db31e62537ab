#include "bpf/system.h"

namespace skep::bpf {

System& bpf_system() {
  static constinit System system;
  return system;
}

}  // namespace skep::bpf
