// The generic headers are those of riscv64; on the host they are read directly, past its own architecture's.
#include <asm-generic/fcntl.h>
#include <asm-generic/ioctls.h>
#include <asm-generic/poll.h>
#include <asm-generic/stat.h>
#include <asm-generic/statfs.h>
#include <asm-generic/termbits.h>
#include <asm-generic/termios.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <linux/uio.h>
#include <stddef.h>

#include "tests/host/uapi/fs_abi.h"

static const fs_abi::Fact kFacts[] = {FS_ABI_LIST(FS_ABI_VALUE, FS_ABI_SIZE, FS_ABI_AT)};
std::span<const fs_abi::Fact> fs_abi::linuxs() { return kFacts; }
