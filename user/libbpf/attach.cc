// Attaching programs: perf events for kprobes and tracepoints, links, and what section names say about targets.
#include "attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "object.h"
#include "opts.h"
#include "print.h"
#include "sys.h"

namespace skep::libbpf {
namespace {

constexpr char kKprobeSource[] = "/sys/bus/event_source/devices/kprobe";

// Where a kprobe goes; `function` may be a symbol or a qualified name.
struct KprobeTarget {
  char function[256];
  size_t offset;
};

// The first number in a small file, after `prefix`. -errno, or -EINVAL when the file says something else.
long read_number(const char* path, const char* prefix) {
  const auto bytes = sys::read_file(path, kMaxSysFileBytes);
  if (!bytes) return -static_cast<long>(bytes.error());
  char text[64] = "";
  memcpy(text, bytes->data(), std::min(bytes->size(), sizeof(text) - 1));
  const size_t skip = strlen(prefix);
  if (strncmp(text, prefix, skip) != 0 || text[skip] < '0' || text[skip] > '9') return -EINVAL;
  return strtol(text + skip, nullptr, 10);
}

// A perf event that fires at the probe; -errno with the reason printed.
int open_kprobe_event(const bpf_program& prog, const char* function, size_t offset, bool retprobe) {
  const char* kind = retprobe ? "kretprobe" : "kprobe";
  char path[128];
  snprintf(path, sizeof(path), "%s/type", kKprobeSource);
  const long type = read_number(path, "");
  if (type < 0) {
    LOG_WARN("failed to determine %s perf type from %s: %s\n", kind, path, Message(type).c_str());
    return static_cast<int>(type);
  }
  struct perf_event_attr attr;
  memset(&attr, 0, sizeof(attr));
  attr.size = sizeof(attr);
  attr.type = static_cast<__u32>(type);
  attr.config1 = reinterpret_cast<uintptr_t>(function);
  attr.config2 = offset;
  if (retprobe) {
    snprintf(path, sizeof(path), "%s/format/retprobe", kKprobeSource);
    const long bit = read_number(path, "config:");
    if (bit < 0 || bit > 63) {
      LOG_WARN("failed to determine %s retprobe bit from %s: %s\n", kind, path, Message(bit).c_str());
      return static_cast<int>(bit < 0 ? bit : -EINVAL);
    }
    attr.config |= 1ull << bit;
  }
  const long fd = sys::perf_event_open(&attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd < 0) {
    LOG_WARN("prog '%s': failed to create %s '%s+0x%zx' perf event: %s\n", prog.name(), kind, function, offset,
             Message(fd).c_str());
  }
  return static_cast<int>(fd);
}

Result<Unique<bpf_link>> attach_to_perf_event(const bpf_program& prog, int pfd, __u64 cookie) {
  if (pfd < 0) {
    LOG_WARN("prog '%s': invalid perf event FD %d\n", prog.name(), pfd);
    return fail(Errno::kEINVAL);
  }
  if (prog.fd < 0) {
    LOG_WARN("prog '%s': can't attach BPF program w/o FD (did you load it?)\n", prog.name());
    return fail(Errno::kEINVAL);
  }
  auto link = TRY(Unique<bpf_link>::create());
  link->is_perf = true;
  LIBBPF_OPTS(bpf_link_create_opts, create);
  create.perf_event.bpf_cookie = cookie;
  const int link_fd = bpf_link_create(prog.fd, pfd, BPF_PERF_EVENT, &create);
  if (link_fd >= 0) {
    link->fd = link_fd;
    link->perf_fd = pfd;
  } else if (link_fd != -EINVAL || cookie != 0) {
    LOG_WARN("prog '%s': failed to create BPF link for perf_event FD %d: %d (%s)\n", prog.name(), pfd, link_fd,
             Message(link_fd).c_str());
    return fail(errno_of(link_fd));
  } else {
    // A kernel without links of perf events.
    const long r = sys::ioctl(pfd, PERF_EVENT_IOC_SET_BPF, static_cast<unsigned long>(prog.fd));
    if (r < 0) {
      LOG_WARN("prog '%s': failed to attach to perf_event FD %d: %s\n", prog.name(), pfd, Message(r).c_str());
      return fail(errno_of(r));
    }
    link->fd = pfd;
  }
  const long r = sys::ioctl(pfd, PERF_EVENT_IOC_ENABLE, 0);
  if (r < 0) {
    LOG_WARN("prog '%s': failed to enable perf_event FD %d: %s\n", prog.name(), pfd, Message(r).c_str());
    if (link->perf_fd >= 0) sys::close(link->fd);
    return fail(errno_of(r));
  }
  return link;
}

Result<Unique<bpf_link>> attach_to_kprobe(const bpf_program& prog, const char* function, size_t offset, bool retprobe,
                                          __u64 cookie) {
  const int pfd = open_kprobe_event(prog, function, offset, retprobe);
  if (pfd < 0) return fail(errno_of(pfd));
  auto link = attach_to_perf_event(prog, pfd, cookie);
  if (!link) {
    sys::close(pfd);
    LOG_WARN("prog '%s': failed to attach to %s '%s+0x%zx': %s\n", prog.name(), retprobe ? "kretprobe" : "kprobe",
             function, offset, Message(-static_cast<long>(link.error())).c_str());
  }
  return link;
}

Result<Unique<bpf_link>> attach_to_tracepoint(const bpf_program& prog, const char* category, const char* name,
                                              __u64 cookie) {
  char path[256];
  long id = -ENOENT;
  for (const char* root : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    snprintf(path, sizeof(path), "%s/events/%s/%s/id", root, category, name);
    id = read_number(path, "");
    if (id >= 0) break;
  }
  if (id < 0) {
    LOG_WARN("failed to determine tracepoint '%s/%s' perf event ID: %s\n", category, name, Message(id).c_str());
    return fail(errno_of(id));
  }
  struct perf_event_attr attr;
  memset(&attr, 0, sizeof(attr));
  attr.size = sizeof(attr);
  attr.type = PERF_TYPE_TRACEPOINT;
  attr.config = static_cast<__u64>(id);
  const long pfd = sys::perf_event_open(&attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
  if (pfd < 0) {
    LOG_WARN("prog '%s': failed to create tracepoint '%s/%s' perf event: %s\n", prog.name(), category, name,
             Message(pfd).c_str());
    return fail(errno_of(pfd));
  }
  auto link = attach_to_perf_event(prog, static_cast<int>(pfd), cookie);
  if (!link) sys::close(static_cast<int>(pfd));
  return link;
}

// A link that the kernel makes of the program alone.
Result<Unique<bpf_link>> attach_to_raw_tracepoint(const bpf_program& prog, const char* name) {
  if (prog.fd < 0) {
    LOG_WARN("prog '%s': can't attach before loaded\n", prog.name());
    return fail(Errno::kEINVAL);
  }
  auto link = TRY(Unique<bpf_link>::create());
  const int fd = bpf_raw_tracepoint_open(name, prog.fd);
  if (fd < 0) {
    LOG_WARN("prog '%s': failed to attach to raw tracepoint '%s': %s\n", prog.name(), name ? name : prog.section_name,
             Message(fd).c_str());
    return fail(errno_of(fd));
  }
  link->fd = fd;
  return link;
}

// "function" or "function+offset".
Result<KprobeTarget> parse_kprobe_target(const bpf_program& prog, std::string_view text) {
  KprobeTarget target = {};
  const size_t plus = text.rfind('+');
  std::string_view function = text;
  if (plus != text.npos) {
    function = text.substr(0, plus);
    char number[32] = "";
    const std::string_view digits = text.substr(plus + 1);
    char* end = number;
    if (digits.size() < sizeof(number)) {
      memcpy(number, digits.data(), digits.size());
      target.offset = strtoul(number, &end, 0);
    }
    if (digits.empty() || *end != '\0' || end == number || digits[0] == '-') {
      LOG_WARN("prog '%s': the offset in '%s' is not a number\n", prog.name(), prog.section_name);
      return fail(Errno::kEINVAL);
    }
  }
  if (function.empty() || function.size() >= sizeof(target.function)) {
    LOG_WARN("prog '%s': kprobe name is invalid: '%s'\n", prog.name(), prog.section_name);
    return fail(Errno::kEINVAL);
  }
  memcpy(target.function, function.data(), function.size());
  return target;
}

int hand_over(Result<Unique<bpf_link>> made, bpf_link** link) {
  if (!made) return -static_cast<int>(made.error());
  *link = made->release();
  return 0;
}

bpf_link* link_or_null(Result<Unique<bpf_link>> made) {
  if (!made) return null_with(made.error());
  return made->release();
}

int attach_kprobe_of_section(const bpf_program* prog, bpf_link** link, bool retprobe) {
  const std::string_view rest = section_rest(*prog->def, prog->section_name);
  if (rest.empty()) return 0;
  const auto target = parse_kprobe_target(*prog, rest);
  if (!target) return -static_cast<int>(target.error());
  if (retprobe && target->offset != 0) {
    LOG_WARN("prog '%s': kretprobes do not support offset specification\n", prog->name());
    return -EINVAL;
  }
  return hand_over(attach_to_kprobe(*prog, target->function, target->offset, retprobe, 0), link);
}

int attach_ksyscall_of_section(const bpf_program* prog, bpf_link** link, bool retprobe) {
  const std::string_view rest = section_rest(*prog->def, prog->section_name);
  if (rest.empty()) return 0;
  LIBBPF_OPTS(bpf_ksyscall_opts, opts, .retprobe = retprobe);
  *link = bpf_program__attach_ksyscall(prog, rest.data(), &opts);
  return *link ? 0 : -errno;
}

}  // namespace

int attach_kprobe_section(const bpf_program* prog, bpf_link** link) {
  return attach_kprobe_of_section(prog, link, false);
}
int attach_kretprobe_section(const bpf_program* prog, bpf_link** link) {
  return attach_kprobe_of_section(prog, link, true);
}
int attach_ksyscall_section(const bpf_program* prog, bpf_link** link) {
  return attach_ksyscall_of_section(prog, link, false);
}
int attach_kretsyscall_section(const bpf_program* prog, bpf_link** link) {
  return attach_ksyscall_of_section(prog, link, true);
}

int attach_tracepoint_section(const bpf_program* prog, bpf_link** link) {
  const std::string_view rest = section_rest(*prog->def, prog->section_name);
  if (rest.empty()) return 0;
  const size_t slash = rest.find('/');
  char category[128] = "";
  if (slash == rest.npos || slash == 0 || slash >= sizeof(category) || slash + 1 == rest.size()) {
    LOG_WARN("prog '%s': section '%s' must be tracepoint/category/name\n", prog->name(), prog->section_name);
    return -EINVAL;
  }
  memcpy(category, rest.data(), slash);
  return hand_over(attach_to_tracepoint(*prog, category, rest.data() + slash + 1, 0), link);
}

int attach_raw_tracepoint_section(const bpf_program* prog, bpf_link** link) {
  const std::string_view rest = section_rest(*prog->def, prog->section_name);
  if (rest.empty()) return 0;
  return hand_over(attach_to_raw_tracepoint(*prog, rest.data()), link);
}

int attach_trace_section(const bpf_program* prog, bpf_link** link) {
  return hand_over(attach_to_raw_tracepoint(*prog, nullptr), link);
}

}  // namespace skep::libbpf

using namespace skep;
using namespace skep::libbpf;

struct bpf_link* bpf_program__attach(const struct bpf_program* prog) {
  if (!prog->def || !prog->def->attach) {
    LOG_WARN("prog '%s': section '%s' does not say what to attach to\n", prog->name(), prog->section_name);
    return null_with(Errno::kEOPNOTSUPP);
  }
  bpf_link* link = nullptr;
  const int r = prog->def->attach(prog, &link);
  if (r < 0) return null_with(errno_of(r));
  if (!link) {
    LOG_WARN("prog '%s': section '%s' does not say what to attach to\n", prog->name(), prog->section_name);
    return null_with(Errno::kEOPNOTSUPP);
  }
  return link;
}

struct bpf_link* bpf_program__attach_perf_event(const struct bpf_program* prog, int pfd) {
  return bpf_program__attach_perf_event_opts(prog, pfd, nullptr);
}
struct bpf_link* bpf_program__attach_perf_event_opts(const struct bpf_program* prog, int pfd,
                                                     const struct bpf_perf_event_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_perf_event_opts, user_opts);
  if (!opts) return null_with(Errno::kEINVAL);
  return link_or_null(attach_to_perf_event(*prog, pfd, opts->bpf_cookie));
}

struct bpf_link* bpf_program__attach_kprobe(const struct bpf_program* prog, bool retprobe, const char* func_name) {
  return link_or_null(attach_to_kprobe(*prog, func_name, 0, retprobe, 0));
}
struct bpf_link* bpf_program__attach_kprobe_opts(const struct bpf_program* prog, const char* func_name,
                                                 const struct bpf_kprobe_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_kprobe_opts, user_opts);
  if (!opts) return null_with(Errno::kEINVAL);
  return link_or_null(attach_to_kprobe(*prog, func_name, opts->offset, opts->retprobe, opts->bpf_cookie));
}

struct bpf_link* bpf_program__attach_ksyscall(const struct bpf_program* prog, const char* syscall_name,
                                              const struct bpf_ksyscall_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_ksyscall_opts, user_opts);
  char function[128];
  if (!opts || snprintf(function, sizeof(function), "sys_%s", syscall_name) >= static_cast<int>(sizeof(function))) {
    return null_with(Errno::kEINVAL);
  }
  return link_or_null(attach_to_kprobe(*prog, function, 0, opts->retprobe, opts->bpf_cookie));
}

struct bpf_link* bpf_program__attach_tracepoint(const struct bpf_program* prog, const char* tp_category,
                                                const char* tp_name) {
  return bpf_program__attach_tracepoint_opts(prog, tp_category, tp_name, nullptr);
}
struct bpf_link* bpf_program__attach_tracepoint_opts(const struct bpf_program* prog, const char* tp_category,
                                                     const char* tp_name, const struct bpf_tracepoint_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_tracepoint_opts, user_opts);
  if (!opts) return null_with(Errno::kEINVAL);
  return link_or_null(attach_to_tracepoint(*prog, tp_category, tp_name, opts->bpf_cookie));
}

struct bpf_link* bpf_program__attach_raw_tracepoint(const struct bpf_program* prog, const char* tp_name) {
  return link_or_null(attach_to_raw_tracepoint(*prog, tp_name));
}

struct bpf_link* bpf_program__attach_trace(const struct bpf_program* prog) {
  return bpf_program__attach_trace_opts(prog, nullptr);
}
struct bpf_link* bpf_program__attach_trace_opts(const struct bpf_program* prog,
                                                const struct bpf_trace_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_trace_opts, user_opts);
  if (!opts) return null_with(Errno::kEINVAL);
  if (opts->cookie != 0) {
    LOG_WARN("prog '%s': attach cookies of trace programs are not supported\n", prog->name());
    return null_with(Errno::kEOPNOTSUPP);
  }
  return link_or_null(attach_to_raw_tracepoint(*prog, nullptr));
}

int bpf_link__fd(const struct bpf_link* link) { return link->fd; }
const char* bpf_link__pin_path(const struct bpf_link*) { return nullptr; }
void bpf_link__disconnect(struct bpf_link* link) { link->disconnected = true; }
int bpf_link__detach(struct bpf_link* link) { return bpf_link_detach(link->fd); }

int bpf_link__update_program(struct bpf_link* link, struct bpf_program* prog) {
  return bpf_link_update(bpf_link__fd(link), bpf_program__fd(prog), nullptr);
}

int bpf_link__destroy(struct bpf_link* link) {
  if (!link) return 0;
  long r = 0;
  if (!link->disconnected) {
    if (link->is_perf) {
      const int event = link->perf_fd >= 0 ? link->perf_fd : link->fd;
      r = sys::ioctl(event, PERF_EVENT_IOC_DISABLE, 0);
    }
    if (link->perf_fd >= 0) sys::close(link->perf_fd);
    if (link->fd >= 0) sys::close(link->fd);
  }
  link->~bpf_link();
  Malloc::release(link);
  return set_errno(static_cast<int>(r));
}
