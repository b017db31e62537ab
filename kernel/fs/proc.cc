// The files of /proc that describe the whole system.
#include "fs/proc.h"

#include <string.h>

#include <algorithm>

#include "arch/machine.h"
#include "dev/drivers.h"
#include "dev/rtc.h"
#include "fs/ramfs.h"
#include "fs/vfs.h"
#include "lib/log.h"
#include "mm/heap.h"
#include "mm/page.h"
#include "task/task.h"
#include "trace/kallsyms.h"

namespace skep::vfs {

namespace {

constexpr uint64_t kTickNs = 10'000'000;  // /proc counts in 1/100 s (USER_HZ)
constexpr uint64_t kPageKib = mm::kPageBytes / 1024;

TextFunction g_meminfo([](FileText& out) {
  const uint64_t total = mm::total_page_count() * kPageKib;
  const uint64_t free = mm::free_page_count() * kPageKib;
  const uint64_t heap = heap_unused_bytes() / 1024;
  const auto line = [&](std::string_view name, uint64_t kib) {
    out.write(name);
    format_to(out, "{8} kB\n", kib);
  };
  line("MemTotal:       ", total);
  line("MemFree:        ", free);
  line("MemAvailable:   ", free);
  line("Buffers:        ", 0);
  line("Cached:         ", ram_bytes_used() / 1024);
  line("Shmem:          ", ram_bytes_used() / 1024);
  line("SwapTotal:      ", 0);
  line("SwapFree:       ", 0);
  // Not in Linux: free pages and the heap's free places. Where small objects happen to lie does not change it, so that
  // tests can tell a leak by it.
  line("MemUnused:      ", free + heap);
});

TextFunction g_version([](FileText& out) { out.write("Skep version 0.1 (clang 19) #1 SMP PREEMPT riscv64\n"); });

TextFunction g_uptime([](FileText& out) {
  uint64_t idle_ns = 0;
  for (uint32_t i = 0; i < hart_count(); i++) idle_ns += hart_times(i).idle_ns;
  const auto seconds = [&](uint64_t ns) { format_to(out, "{}.{02}", ns / 1'000'000'000, ns / kTickNs % 100); };
  seconds(monotonic_ns());
  out.write(" ");
  seconds(idle_ns);
  out.write("\n");
});

TextFunction g_cpuinfo([](FileText& out) {
  const arch::Machine& machine = arch::machine();
  for (uint32_t i = 0; i < machine.hart_count; i++) {
    format_to(out, "processor\t: {}\nhart\t\t: {}\nisa\t\t: rv64imafdc", i, machine.harts[i].id);
    if (machine.has_zba) out.write("_zba");
    if (machine.has_zbb) out.write("_zbb");
    if (machine.has_sstc) out.write("_sstc");
    out.write("\nmmu\t\t: sv39\n\n");
  }
});

TextFunction g_stat([](FileText& out) {
  HartTimes sum;
  const auto line = [&](const HartTimes& t) {
    format_to(out, " {} 0 {} {} 0 0 0 0 0 0\n", t.user_ns / kTickNs, t.system_ns / kTickNs, t.idle_ns / kTickNs);
  };
  for (uint32_t i = 0; i < hart_count(); i++) {
    const HartTimes t = hart_times(i);
    sum.user_ns += t.user_ns;
    sum.system_ns += t.system_ns;
    sum.idle_ns += t.idle_ns;
  }
  out.write("cpu ");
  line(sum);
  for (uint32_t i = 0; i < hart_count(); i++) {
    format_to(out, "cpu{}", i);
    line(hart_times(i));
  }
  uint32_t running = 0;
  for (uint32_t pid = next_process(0); pid != 0; pid = next_process(pid)) {
    const Result<ProcessFacts> facts = process_facts(pid);
    running += facts && facts->state == 'R';
  }
  format_to(out, "ctxt {}\nbtime {}\nprocesses {}\nprocs_running {}\nprocs_blocked 0\n", context_switches(),
            (realtime_ns() - monotonic_ns()) / 1'000'000'000, forks_since_boot(), running);
});

TextFunction g_loadavg([](FileText& out) {
  uint32_t running = 0, all = 0, last = 0;
  for (uint32_t pid = next_process(0); pid != 0; pid = next_process(pid)) {
    const Result<ProcessFacts> facts = process_facts(pid);
    if (!facts) continue;
    all++;
    running += facts->state == 'R';
    last = pid;
  }
  // No averages are kept: the number now stands for all three.
  format_to(out, "{}.00 {}.00 {}.00 {}/{} {}\n", running, running, running, running, all, last);
});

TextFunction g_interrupts([](FileText& out) {
  const uint32_t source = arch::machine().uart_irq;
  format_to(out, "           CPU0\n{3}: {10}   PLIC  ttyS0\n", source, dev::interrupt_count(source));
});

TextFunction g_mounts(print_mounts);

TextFunction g_filesystems([](FileText& out) {
  for (const std::string_view name : {"tmpfs", "devtmpfs", "proc", "sysfs", "debugfs", "tracefs", "bpf"}) {
    format_to(out, "nodev\t{}\n", name);
  }
});

TextFunction g_cmdline([](FileText& out) { format_to(out, "{}\n", arch::machine().bootargs_view()); });

// Addresses are the kernel's secret: other readers see zeros, as with Linux's kptr_restrict.
TextFunction g_kallsyms([](FileText& out) {
  const bool may_see = current_credentials().euid == 0;
  for (size_t i = 0; i < kallsyms::count(); i++) {
    const kallsyms::Symbol symbol = kallsyms::symbol_at(i);
    format_to(out, "{016x} {} {}\n", may_see ? symbol.address : 0, symbol.type, symbol.name);
  }
});

// /proc/sys: values that tools look at.
TextFunction g_ostype([](FileText& out) { out.write("Skep\n"); });
TextFunction g_osrelease([](FileText& out) { out.write("6.1.0-skep\n"); });
TextFunction g_kptr_restrict([](FileText& out) { out.write("1\n"); });
TextFunction g_perf_event_paranoid([](FileText& out) { out.write("2\n"); });
// 2: unprivileged bpf() is off, and an administrator may turn it on; here it stays off.
TextFunction g_unprivileged_bpf_disabled([](FileText& out) { out.write("2\n"); });
TextFunction g_pid_max([](FileText& out) { out.write("32768\n"); });

class SelfLink final : public Node {
 public:
  SelfLink() : Node(FsType::kProc, 0120777) {}
  Result<KVector<char>> read_link() override {
    const uint32_t pid = current_tgid();
    if (pid == 0) return fail(Errno::kENOENT);
    char text[16];
    BufferSink sink(text);
    format_to(sink, "{}", pid);
    return copy_text(sink.view());
  }
};

std::optional<uint32_t> parse_pid(std::string_view name) {
  if (name.empty() || name.size() > 9 || name[0] == '0') return std::nullopt;
  uint32_t pid = 0;
  for (const char c : name) {
    if (c < '0' || c > '9') return std::nullopt;
    pid = pid * 10 + static_cast<uint32_t>(c - '0');
  }
  return pid;
}

class ProcRoot final : public Directory {
 public:
  ProcRoot() : Directory(FsType::kProc, 0555, false) {}

  Result<Ref<Node>> lookup(std::string_view name) override SKEP_REQUIRES(tree_lock) {
    if (const auto pid = parse_pid(name)) {
      Result<Ref<Node>> directory = make_process_directory(*pid);
      if (!directory && directory.error() == Errno::kESRCH) return fail(Errno::kENOENT);
      return directory;
    }
    return Directory::lookup(name);
  }

  // First the fixed names, then the processes: the cookie of one is its id behind kFirstProcess.
  Result<void> list(uint64_t from, EntrySink& sink) override SKEP_REQUIRES(tree_lock) {
    class Watch final : public EntrySink {
     public:
      explicit Watch(EntrySink& inner) : inner_(inner) {}
      bool add(std::string_view name, const Node& node, uint64_t next) override {
        const bool fits = inner_.add(name, node, next);
        stopped |= !fits;
        return fits;
      }
      bool stopped = false;

     private:
      EntrySink& inner_;
    } watch(sink);
    if (from < kFirstProcess) {
      TRY(Directory::list(from, watch));
      if (watch.stopped) return {};
      from = kFirstProcess;
    }
    const auto after = static_cast<uint32_t>(from - kFirstProcess);
    for (uint32_t pid = next_process(after); pid != 0; pid = next_process(pid)) {
      const Result<Ref<Node>> directory = make_process_directory(pid);
      if (!directory) continue;
      char text[16];
      BufferSink name(text);
      format_to(name, "{}", pid);
      if (!watch.add(name.view(), **directory, kFirstProcess + pid)) break;
    }
    return {};
  }

 private:
  static constexpr uint64_t kFirstProcess = uint64_t{1} << 32;
};

}  // namespace

void print_mounts(FileText& out) {
  out.write(
      "rootfs / tmpfs rw 0 0\n"
      "devtmpfs /dev devtmpfs rw 0 0\n"
      "proc /proc proc rw 0 0\n"
      "sysfs /sys sysfs rw 0 0\n"
      "debugfs /sys/kernel/debug debugfs rw 0 0\n"
      "tracefs /sys/kernel/tracing tracefs rw 0 0\n"
      "tracefs /sys/kernel/debug/tracing tracefs rw 0 0\n"
      "bpf /sys/fs/bpf bpf rw,mode=700 0 0\n");
}

Ref<Node> make_proc_root() {
  Result<Ref<ProcRoot>> made = kcreate<ProcRoot>();
  Result<Ref<SelfLink>> self = kcreate<SelfLink>();
  if (!made || !self || !(*made)->insert("self", std::move(*self))) panic("no memory for procfs");
  return std::move(*made);
}

void register_proc_files() {
  const struct {
    std::string_view path;
    TextFile& file;
  } files[] = {{"/proc/meminfo", g_meminfo},
               {"/proc/version", g_version},
               {"/proc/uptime", g_uptime},
               {"/proc/cpuinfo", g_cpuinfo},
               {"/proc/stat", g_stat},
               {"/proc/loadavg", g_loadavg},
               {"/proc/interrupts", g_interrupts},
               {"/proc/mounts", g_mounts},
               {"/proc/filesystems", g_filesystems},
               {"/proc/cmdline", g_cmdline},
               {"/proc/kallsyms", g_kallsyms},
               {"/proc/sys/kernel/ostype", g_ostype},
               {"/proc/sys/kernel/osrelease", g_osrelease},
               {"/proc/sys/kernel/kptr_restrict", g_kptr_restrict},
               {"/proc/sys/kernel/perf_event_paranoid", g_perf_event_paranoid},
               {"/proc/sys/kernel/unprivileged_bpf_disabled", g_unprivileged_bpf_disabled},
               {"/proc/sys/kernel/pid_max", g_pid_max}};
  const auto report = [](std::string_view path, const Result<void>& r) {
    if (!r) log_info("procfs: {}: {}", path, errno_name(r.error()));
  };
  for (const auto& f : files) report(f.path, register_text_file(f.path, 0444, f.file));
}

}  // namespace skep::vfs
