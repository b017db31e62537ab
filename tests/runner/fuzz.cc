#include "tests/runner/runner.h"
namespace skep::runner {
int fuzz(int, char**) { return 0; }
}  // namespace skep::runner
