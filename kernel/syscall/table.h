// The system calls as functions, declared by their list.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "mm/user_copy.h"
#include "syscall/list.h"
#include "uapi/syscall.h"

namespace skep {

// Linux's highest number today is below 512.
inline constexpr uint32_t kSyscallNumbers = 512;

#define SKEP_DECLARE_SYSCALL(name, ...) extern "C" long sys_##name(__VA_ARGS__);
SKEP_SYSCALLS(SKEP_DECLARE_SYSCALL)
#undef SKEP_DECLARE_SYSCALL

// clone(SIGCHLD) ends up here, once per fork: the function to probe for "a process was forked".
extern "C" long sys_fork();

}  // namespace skep
