// Links: what keeps a program attached.
#pragma once

#include <bpf/libbpf.h>

struct bpf_link {
  int fd = -1;       // of the link, or of the perf event when the kernel made no link
  int perf_fd = -1;  // of the perf event under a link; -1: none, or fd is it
  bool is_perf = false;
  bool disconnected = false;
};

namespace skep::libbpf {

// The AttachFunctions of section_defs.cc.
int attach_kprobe_section(const bpf_program* prog, bpf_link** link);
int attach_kretprobe_section(const bpf_program* prog, bpf_link** link);
int attach_ksyscall_section(const bpf_program* prog, bpf_link** link);
int attach_kretsyscall_section(const bpf_program* prog, bpf_link** link);
int attach_tracepoint_section(const bpf_program* prog, bpf_link** link);
int attach_raw_tracepoint_section(const bpf_program* prog, bpf_link** link);
int attach_trace_section(const bpf_program* prog, bpf_link** link);

}  // namespace skep::libbpf
