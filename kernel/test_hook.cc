#include "test_hook.h"

namespace skep {

void register_test_files() {}

}  // namespace skep
