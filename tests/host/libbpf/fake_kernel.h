// A kernel made of tables, in the place of user/libbpf/sys.cc and memory.cc: what the library asks for is kept for the
// test to look at, every file descriptor and allocation is counted, and any call or allocation can be made to fail.
#pragma once

#include <linux/bpf.h>
#include <linux/perf_event.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace skep::libbpf::fake {

struct Map {
  union bpf_attr attr;
  std::string name;
  std::map<std::string, std::string> elements;
  bool frozen = false;
};

struct Program {
  union bpf_attr attr;
  std::string name;
  std::string license;
  std::vector<bpf_insn> insns;
  std::vector<bpf_func_info> functions;
  std::vector<bpf_line_info> lines;
};

struct PerfEvent {
  perf_event_attr attr;
  std::string function;
  int program = -1;  // attached by ioctl
  bool enabled = false;
};

struct Link {
  int program = -1;
  int target = -1;
  __u32 attach_type = 0;
  std::string name;
};

struct Btf {
  std::vector<unsigned char> bytes;
};

struct Kernel {
  // By descriptor; closing erases. The lists keep everything that ever was.
  std::map<int, Map> maps;
  std::map<int, Program> programs;
  std::map<int, PerfEvent> events;
  std::map<int, Link> links;
  std::map<int, Btf> btfs;
  std::map<int, int> duplicates;
  std::vector<Program> all_programs;
  std::vector<Btf> all_btfs;
  int next_fd = 100;
  unsigned calls = 0;
  unsigned fail_call = 0;       // the nth call fails with EPERM; 0: none
  bool fail_all_after = false;  // and so do all after it
  size_t live_allocations = 0;
  unsigned allocations = 0;
  unsigned fail_allocation = 0;  // the nth allocation fails; 0: none

  std::map<std::string, std::string> files;
  bool links_of_perf_events = true;
  bool shared_arrays = true;
  // Refusal of a program: an errno, and the log that goes with it.
  std::function<int(const Program&, std::string& log)> verify;

  // When set, bpf(2) and close(2) of another kernel: the real BPF core (tests/host/libbpf_core).
  std::function<long(int command, union bpf_attr*, unsigned size)> other_bpf;
  std::function<long(int fd)> other_close;

  bool is_next_call_refused() {
    calls++;
    return fail_call != 0 && (fail_all_after ? calls >= fail_call : calls == fail_call);
  }
  size_t open_fds() const {
    return maps.size() + programs.size() + events.size() + links.size() + btfs.size() + duplicates.size();
  }
};

Kernel& kernel();
// A fresh one, with the sysfs files that a riscv64 kernel with 4 CPUs has; messages of the library go to messages().
void reset();
std::string& messages();

}  // namespace skep::libbpf::fake
