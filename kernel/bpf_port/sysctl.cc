// /proc/sys/net/core: how the BPF subsystem is set.
#include "bpf/system.h"
#include "bpf_port/port.h"
#include "fs/vfs.h"
#include "lib/log.h"

namespace skep::bpf_port {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

// A number with blanks around it.
Result<uint32_t> parse_number(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.empty() || text.size() > 9) return fail(Errno::kEINVAL);
  uint32_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return fail(Errno::kEINVAL);
    value = value * 10 + static_cast<uint32_t>(c - '0');
  }
  return value;
}

// 0: programs loaded from now on are interpreted, 1: compiled, 2: and their code is printed.
class JitEnable final : public vfs::TextFile {
 public:
  void generate(vfs::FileText& out) override {
    const bpf::System& system = bpf::bpf_system();
    format_to(out, "{}\n", !system.jit_enabled.load() ? 0 : system.jit_dumps.load() ? 2 : 1);
  }
  Result<void> store(std::string_view text) override {
    const uint32_t value = TRY(parse_number(text));
    if (value > 2) return fail(Errno::kEINVAL);
    bpf::bpf_system().jit_enabled.store(value != 0);
    bpf::bpf_system().jit_dumps.store(value == 2);
    if (value == 2) log_info("bpf_jit_enable = 2: the code of every program is printed, for debugging only");
    return {};
  }
};

}  // namespace

void register_files() {
  if (auto r = vfs::register_fixed_file("/sys/kernel/btf/vmlinux", 0444, bpf::platform::kernel_btf()); !r) {
    log_info("bpf: no /sys/kernel/btf/vmlinux: {}", errno_name(r.error()));
  }
  static JitEnable jit_enable;
  if (auto r = vfs::register_text_file("/proc/sys/net/core/bpf_jit_enable", 0644, jit_enable); !r) {
    log_info("bpf: no bpf_jit_enable: {}", errno_name(r.error()));
  }
}

}  // namespace skep::bpf_port
