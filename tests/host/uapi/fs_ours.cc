#include <stddef.h>

#include "uapi/fs.h"
// The list's names must be this header's alone.
#include "tests/host/uapi/fs_abi.h"

static const fs_abi::Fact kFacts[] = {FS_ABI_LIST(FS_ABI_VALUE, FS_ABI_SIZE, FS_ABI_AT)};
std::span<const fs_abi::Fact> fs_abi::ours() { return kFacts; }
