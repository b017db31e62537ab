// Where a test kernel differs from the kernel: its register_test_files() is another one (tests/kernel).
#pragma once

namespace skep {

// Boot, with a file system. The kernel itself registers nothing.
void register_test_files();

}  // namespace skep
