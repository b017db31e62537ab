// The runner with the whole BPF core: programs are loaded through bpf(2) and run on the JIT. See serve.cc.
#pragma once

#include "bpf/syscall/commands.h"
#include "bpf/system.h"
