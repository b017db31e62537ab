// /sys: the few attributes that tracing tools read.
#pragma once

namespace skep::vfs {

void register_sysfs_files();  // called by init()

}  // namespace skep::vfs
