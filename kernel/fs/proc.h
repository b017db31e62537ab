// /proc: generated files about the system and about each process.
#pragma once

#include "fs/node.h"
#include "fs/vfs.h"

namespace skep::vfs {

// The root directory of procfs, whose numeric names are the processes.
Ref<Node> make_proc_root() SKEP_REQUIRES(tree_lock);
// The files below it that describe the system. Called by init().
void register_proc_files();

// The mounted file systems, as /proc/mounts lists them.
void print_mounts(FileText& out);

// The directory of one process; ESRCH.
Result<Ref<Node>> make_process_directory(uint32_t pid);

}  // namespace skep::vfs
