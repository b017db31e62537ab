// What the kernel is and has: CPUs, program types, map types.
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bit>

#include "errors.h"
#include "limits.h"
#include "print.h"
#include "sys.h"

using namespace skep::libbpf;

namespace {

constexpr char kPossibleCpus[] = "/sys/devices/system/cpu/possible";

// How many numbers a list like "0-3,6" names; -EINVAL for anything else.
int count_of_list(const char* text) {
  int count = 0;
  for (;;) {
    char* end;
    if (*text < '0' || *text > '9') return -EINVAL;
    const long first = strtol(text, &end, 10);
    long last = first;
    if (*end == '-') {
      text = end + 1;
      if (*text < '0' || *text > '9') return -EINVAL;
      last = strtol(text, &end, 10);
    }
    if (last < first || last > 1 << 20) return -EINVAL;
    count += static_cast<int>(last - first + 1);
    if (*end == '\0' || *end == '\n') return count;
    if (*end != ',') return -EINVAL;
    text = end + 1;
  }
}

}  // namespace

int libbpf_num_possible_cpus(void) {
  static int cached = 0;
  if (cached > 0) return cached;
  auto bytes = sys::read_file(kPossibleCpus, kMaxSysFileBytes);
  if (!bytes || !bytes->push_back(0)) {
    const int e = bytes ? -ENOMEM : -static_cast<int>(bytes.error());
    LOG_WARN("Failed to open cpu mask file %s: %d\n", kPossibleCpus, e);
    return set_errno(e);
  }
  const int count = count_of_list(reinterpret_cast<const char*>(bytes->data()));
  if (count <= 0) {
    LOG_WARN("Failed to parse cpu mask file %s\n", kPossibleCpus);
    return set_errno(-EINVAL);
  }
  return cached = count;
}

namespace {

// Loads a program of this type. 1: it loaded, 0: refused (the log is in `log`), negative: cannot tell.
int try_program(enum bpf_prog_type prog_type, const struct bpf_insn* insns, size_t count, char* log, __u32 log_bytes) {
  LIBBPF_OPTS(bpf_prog_load_opts, load);
  if (log) {
    log[0] = '\0';
    load.log_buf = log;
    load.log_size = log_bytes;
    load.log_level = 1;
  }
  switch (prog_type) {
    case BPF_PROG_TYPE_TRACING:
    case BPF_PROG_TYPE_EXT:
    case BPF_PROG_TYPE_LSM:
    case BPF_PROG_TYPE_STRUCT_OPS:
      // These need a target; without a kernel BTF there is none to name.
      return -EOPNOTSUPP;
    case BPF_PROG_TYPE_SYSCALL:
      load.prog_flags = BPF_F_SLEEPABLE;
      break;
    case BPF_PROG_TYPE_SK_LOOKUP:
      load.expected_attach_type = BPF_SK_LOOKUP;
      break;
    case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
      load.expected_attach_type = BPF_CGROUP_INET4_CONNECT;
      break;
    case BPF_PROG_TYPE_CGROUP_SOCKOPT:
      load.expected_attach_type = BPF_CGROUP_GETSOCKOPT;
      break;
    default:
      break;
  }
  const int fd = bpf_prog_load(prog_type, nullptr, "GPL", insns, count, &load);
  if (fd >= 0) sys::close(fd);
  return fd >= 0 ? 1 : fd == -EPERM ? fd : 0;
}

}  // namespace

// A program that does nothing: refused only when the kernel does not know the type.
int libbpf_probe_bpf_prog_type(enum bpf_prog_type prog_type, const void* opts) {
  if (opts) return set_errno(-EINVAL);
  struct bpf_insn insns[2] = {};
  insns[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  insns[1].code = BPF_JMP | BPF_EXIT;
  return set_errno(try_program(prog_type, insns, 2, nullptr, 0));
}

// A program that calls the helper without arguments: what the verifier finds wrong says whether it knows the helper.
int libbpf_probe_bpf_helper(enum bpf_prog_type prog_type, enum bpf_func_id helper_id, const void* opts) {
  if (opts) return set_errno(-EINVAL);
  if (prog_type == BPF_PROG_TYPE_SYSCALL) return set_errno(-EOPNOTSUPP);
  struct bpf_insn insns[2] = {};
  insns[0].code = BPF_JMP | BPF_CALL;
  insns[0].imm = static_cast<__s32>(std::bit_cast<__u32>(helper_id));
  insns[1].code = BPF_JMP | BPF_EXIT;
  char log[4096];
  const int r = try_program(prog_type, insns, 2, log, sizeof(log));
  if (r != 0) return set_errno(r);
  // Linux's words for a number that is no helper, and for a helper that this program type may not call. A refusal
  // without a word is that of the program type.
  return log[0] != '\0' && !strstr(log, "invalid func ") && !strstr(log, "unknown func ");
}

int libbpf_probe_bpf_map_type(enum bpf_map_type map_type, const void* opts) {
  if (opts) return set_errno(-EINVAL);
  __u32 key_bytes = sizeof(__u32), value_bytes = sizeof(__u32), entries = 1;
  LIBBPF_OPTS(bpf_map_create_opts, create);
  int inner = -1;
  switch (map_type) {
    case BPF_MAP_TYPE_STACK_TRACE:
      value_bytes = sizeof(__u64);
      break;
    case BPF_MAP_TYPE_LPM_TRIE:
      key_bytes = sizeof(__u64);
      value_bytes = sizeof(__u64);
      create.map_flags = BPF_F_NO_PREALLOC;
      break;
    case BPF_MAP_TYPE_QUEUE:
    case BPF_MAP_TYPE_STACK:
    case BPF_MAP_TYPE_BLOOM_FILTER:
      key_bytes = 0;
      break;
    case BPF_MAP_TYPE_RINGBUF:
    case BPF_MAP_TYPE_USER_RINGBUF:
      key_bytes = value_bytes = 0;
      entries = 4096;
      break;
    case BPF_MAP_TYPE_CGROUP_STORAGE:
    case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
      key_bytes = 16;
      value_bytes = sizeof(__u64);
      entries = 0;
      break;
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
      inner = bpf_map_create(BPF_MAP_TYPE_HASH, nullptr, sizeof(__u32), sizeof(__u32), 1, nullptr);
      if (inner < 0) return inner;
      create.inner_map_fd = static_cast<__u32>(inner);
      break;
    default:
      break;
  }
  const int fd = bpf_map_create(map_type, nullptr, key_bytes, value_bytes, entries, &create);
  if (fd >= 0) sys::close(fd);
  if (inner >= 0) sys::close(inner);
  return fd >= 0 ? 1 : fd == -EPERM ? set_errno(fd) : 0;
}
