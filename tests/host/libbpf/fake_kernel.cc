#include "tests/host/libbpf/fake_kernel.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "user/libbpf/sys.h"

namespace skep::libbpf {

void* Malloc::allocate(size_t bytes) {
  fake::Kernel& k = fake::kernel();
  if (++k.allocations == k.fail_allocation) return nullptr;
  k.live_allocations++;
  return malloc(bytes == 0 ? 1 : bytes);
}
void Malloc::release(void* p) {
  fake::kernel().live_allocations--;
  free(p);
}

}  // namespace skep::libbpf

namespace skep::libbpf::fake {
namespace {

int collect_message(libbpf_print_level level, const char* format, va_list ap) {
  if (level == LIBBPF_DEBUG) return 0;
  char line[4096];
  vsnprintf(line, sizeof(line), format, ap);
  messages() += line;
  return 0;
}

template <typename T>
const T* at(__u64 address) {
  return reinterpret_cast<const T*>(address);
}

}  // namespace

Kernel& kernel() {
  static Kernel k;
  return k;
}

std::string& messages() {
  static std::string text;
  return text;
}

void reset() {
  kernel() = Kernel();
  kernel().files["/sys/bus/event_source/devices/kprobe/type"] = "6\n";
  kernel().files["/sys/bus/event_source/devices/kprobe/format/retprobe"] = "config:0\n";
  kernel().files["/sys/devices/system/cpu/possible"] = "0-3\n";
  messages().clear();
  libbpf_set_print(collect_message);
}

}  // namespace skep::libbpf::fake

namespace skep::libbpf::sys {
namespace {

using namespace fake;

long create_map(const union bpf_attr& attr) {
  if (attr.map_type == BPF_MAP_TYPE_UNSPEC || attr.map_type > BPF_MAP_TYPE_USER_RINGBUF) return -EINVAL;
  if ((attr.map_flags & BPF_F_MMAPABLE) != 0 && !kernel().shared_arrays) return -EINVAL;
  Map map = {};
  map.attr = attr;
  map.name.assign(attr.map_name, strnlen(attr.map_name, sizeof(attr.map_name)));
  kernel().maps[kernel().next_fd] = map;
  return kernel().next_fd++;
}

long load_program(const union bpf_attr& attr) {
  Program p = {};
  p.attr = attr;
  p.name.assign(attr.prog_name, strnlen(attr.prog_name, sizeof(attr.prog_name)));
  p.license = at<char>(attr.license);
  p.insns.assign(at<bpf_insn>(attr.insns), at<bpf_insn>(attr.insns) + attr.insn_cnt);
  for (__u32 i = 0; i < attr.func_info_cnt; i++) {
    bpf_func_info r;
    memcpy(&r, at<char>(attr.func_info) + size_t{i} * attr.func_info_rec_size, sizeof(r));
    p.functions.push_back(r);
  }
  for (__u32 i = 0; i < attr.line_info_cnt; i++) {
    bpf_line_info r;
    memcpy(&r, at<char>(attr.line_info) + size_t{i} * attr.line_info_rec_size, sizeof(r));
    p.lines.push_back(r);
  }
  kernel().all_programs.push_back(p);
  if (kernel().verify) {
    std::string log;
    if (const int refusal = kernel().verify(p, log)) {
      if (attr.log_level == 0) return -refusal;
      auto* to = reinterpret_cast<char*>(attr.log_buf);
      const size_t n = std::min<size_t>(log.size(), attr.log_size - 1);
      memcpy(to, log.data(), n);
      to[n] = '\0';
      return n < log.size() ? -ENOSPC : -refusal;
    }
  }
  kernel().programs[kernel().next_fd] = p;
  return kernel().next_fd++;
}

long load_btf(const union bpf_attr& attr) {
  Btf btf;
  btf.bytes.assign(at<unsigned char>(attr.btf), at<unsigned char>(attr.btf) + attr.btf_size);
  kernel().all_btfs.push_back(btf);
  kernel().btfs[kernel().next_fd] = btf;
  return kernel().next_fd++;
}

long element(int command, const union bpf_attr& attr) {
  const auto found = kernel().maps.find(static_cast<int>(attr.map_fd));
  if (found == kernel().maps.end()) return -EBADF;
  Map& map = found->second;
  const std::string key(at<char>(attr.key), map.attr.key_size);
  switch (command) {
    case BPF_MAP_UPDATE_ELEM:
      if (map.frozen) return -EPERM;
      map.elements[key] = std::string(at<char>(attr.value), map.attr.value_size);
      return 0;
    case BPF_MAP_LOOKUP_ELEM:
      if (!map.elements.contains(key)) return -ENOENT;
      memcpy(reinterpret_cast<void*>(attr.value), map.elements[key].data(), map.attr.value_size);
      return 0;
    case BPF_MAP_DELETE_ELEM:
      return map.elements.erase(key) == 1 ? 0 : -ENOENT;
    default:
      return -EINVAL;
  }
}

}  // namespace

long bpf(int command, union bpf_attr* user, unsigned size) {
  if (kernel().is_next_call_refused()) return -EPERM;
  if (kernel().other_bpf) return kernel().other_bpf(command, user, size);
  // Only what the caller says is there is read, as in the kernel.
  union bpf_attr attr;
  memset(&attr, 0, sizeof(attr));
  memcpy(&attr, user, size);
  switch (command) {
    case BPF_MAP_CREATE:
      return create_map(attr);
    case BPF_PROG_LOAD:
      return load_program(attr);
    case BPF_BTF_LOAD:
      return load_btf(attr);
    case BPF_MAP_UPDATE_ELEM:
    case BPF_MAP_LOOKUP_ELEM:
    case BPF_MAP_DELETE_ELEM:
      return element(command, attr);
    case BPF_MAP_FREEZE:
      kernel().maps.at(static_cast<int>(attr.map_fd)).frozen = true;
      return 0;
    case BPF_PROG_BIND_MAP:
      return 0;
    case BPF_LINK_CREATE: {
      if (!kernel().links_of_perf_events) return -EINVAL;
      kernel().links[kernel().next_fd] = {.program = static_cast<int>(attr.link_create.prog_fd),
                                          .target = static_cast<int>(attr.link_create.target_fd),
                                          .attach_type = attr.link_create.attach_type,
                                          .name = ""};
      return kernel().next_fd++;
    }
    case BPF_RAW_TRACEPOINT_OPEN:
      kernel().links[kernel().next_fd] = {.program = static_cast<int>(attr.raw_tracepoint.prog_fd),
                                          .target = -1,
                                          .attach_type = 0,
                                          .name = attr.raw_tracepoint.name ? at<char>(attr.raw_tracepoint.name) : ""};
      return kernel().next_fd++;
    default:
      return -EINVAL;
  }
}

long perf_event_open(struct perf_event_attr* attr, int, int, int, unsigned long) {
  if (kernel().is_next_call_refused()) return -EPERM;
  const char* function = attr->type == 6 ? at<char>(attr->config1) : "";
  if (strcmp(function, "no_such_function") == 0) return -ENOENT;
  kernel().events[kernel().next_fd] = {.attr = *attr, .function = function};
  return kernel().next_fd++;
}

long ioctl(int fd, unsigned long request, unsigned long argument) {
  if (kernel().is_next_call_refused()) return -EPERM;
  const auto found = kernel().events.find(fd);
  if (found == kernel().events.end()) return -EBADF;
  if (request == PERF_EVENT_IOC_SET_BPF) found->second.program = static_cast<int>(argument);
  if (request == PERF_EVENT_IOC_ENABLE) found->second.enabled = true;
  if (request == PERF_EVENT_IOC_DISABLE) found->second.enabled = false;
  return 0;
}

long close(int fd) {
  Kernel& k = kernel();
  if (k.other_close) return k.other_close(fd);
  const size_t closed = k.maps.erase(fd) + k.programs.erase(fd) + k.events.erase(fd) + k.links.erase(fd) +
                        k.btfs.erase(fd) + k.duplicates.erase(fd);
  // A descriptor that is not open would in a real program be somebody else's.
  if (closed != 1) abort();
  return 0;
}

long duplicate(int fd) {
  if (kernel().is_next_call_refused()) return -EPERM;
  kernel().duplicates[kernel().next_fd] = fd;
  return kernel().next_fd++;
}

Result<Vec<unsigned char>> read_file(const char* path, size_t limit) {
  if (kernel().is_next_call_refused()) return fail(Errno::kEPERM);
  std::string content;
  if (const auto found = kernel().files.find(path); found != kernel().files.end()) {
    content = found->second;
  } else {
    FILE* f = fopen(path, "rb");
    if (!f) return fail(Errno::kENOENT);
    char chunk[4096];
    while (const size_t n = fread(chunk, 1, sizeof(chunk), f)) content.append(chunk, n);
    fclose(f);
  }
  if (content.size() > limit) return fail(Errno::kEFBIG);
  Vec<unsigned char> bytes;
  TRY(bytes.append({reinterpret_cast<const unsigned char*>(content.data()), content.size()}));
  return bytes;
}

void* map_shared(int map_fd, size_t bytes, bool) {
  Map& map = kernel().maps.at(map_fd);
  auto* memory = static_cast<char*>(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  const std::string& value = map.elements.at(std::string(4, '\0'));
  memcpy(memory, value.data(), value.size());
  return memory;
}

void unmap(void* address, size_t bytes) { munmap(address, bytes); }

}  // namespace skep::libbpf::sys
