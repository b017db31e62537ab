#include "fs/sysfs.h"

#include "arch/machine.h"
#include "fs/vfs.h"
#include "lib/log.h"
#include "task/task.h"

namespace skep::vfs {

namespace {

// "0-3\n": the harts of the machine; all that are there are online.
TextFunction g_cpu_list([](FileText& out) {
  const uint32_t n = arch::machine().hart_count;
  if (n == 1) {
    out.write("0\n");
  } else {
    format_to(out, "0-{}\n", n - 1);
  }
});

}  // namespace

void register_sysfs_files() {
  for (const std::string_view name : {"online", "possible", "present"}) {
    char path[64];
    BufferSink sink(path);
    format_to(sink, "/sys/devices/system/cpu/{}", name);
    if (const Result<void> r = register_text_file(sink.view(), 0444, g_cpu_list); !r) {
      log_info("sysfs: {}: {}", sink.view(), errno_name(r.error()));
    }
  }
}

}  // namespace skep::vfs
