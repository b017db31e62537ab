// Pipes (pipe(7)). Two files, one for each end, share a ring of bytes; an end is closed when its file goes.
#pragma once

#include "fs/file.h"

namespace skep::vfs {

struct PipeEnds {
  Ref<File> reader, writer;
};
// `flags`: O_NONBLOCK or 0. ENOMEM.
Result<PipeEnds> create_pipe(uint32_t flags);

}  // namespace skep::vfs
