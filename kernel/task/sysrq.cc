// /proc/sysrq-trigger: a way to see what a panic looks like. Linux's letters (Documentation/admin-guide/sysrq.rst).
#include "task/sysrq.h"

#include "arch/machine.h"
#include "fs/text_file.h"
#include "fs/vfs.h"
#include "lib/log.h"

namespace skep {

namespace {

class SysrqTrigger final : public vfs::TextFile {
 public:
  void generate(vfs::FileText&) override {}
  Result<void> store(std::string_view text) override {
    if (text.empty()) return fail(Errno::kEINVAL);
    switch (text[0]) {
      case 'c':
        panic("crash asked for through /proc/sysrq-trigger");
      case 'o':
        arch::power_off(0);
      default:
        return fail(Errno::kEINVAL);
    }
  }
};
SysrqTrigger g_trigger;

}  // namespace

void register_sysrq() {
  if (auto r = vfs::register_text_file("/proc/sysrq-trigger", 0200, g_trigger); !r) {
    log_info("sysrq: {}", errno_name(r.error()));
  }
}

}  // namespace skep
