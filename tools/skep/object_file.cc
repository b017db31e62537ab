#include "tools/skep/object_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/skep/object_door.h"
#include "user/libbpf/sys.h"

namespace skep::libbpf::sys {

long bpf(int command, union bpf_attr* attr, unsigned size) { return tool::object_bpf(command, attr, size); }
long close(int fd) { return tool::object_close(fd); }
long duplicate(int fd) { return tool::object_duplicate(fd); }
// Nothing is attached here, and values are read through bpf().
long perf_event_open(struct perf_event_attr*, int, int, int, unsigned long) { return -ENOENT; }
long ioctl(int, unsigned long, unsigned long) { return -ENOTTY; }
void* map_shared(int, size_t, bool) { return nullptr; }
void unmap(void*, size_t) {}

Result<Vec<unsigned char>> read_file(const char* path, size_t limit) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(path, "rb"), fclose);
  if (!file) return fail(static_cast<Errno>(errno));
  Vec<unsigned char> bytes;
  unsigned char chunk[4096];
  while (const size_t n = fread(chunk, 1, sizeof(chunk), file.get())) {
    if (bytes.size() + n > limit) return fail(Errno::kEFBIG);
    TRY(bytes.append(std::span<const unsigned char>(chunk, n)));
  }
  if (ferror(file.get())) return fail(Errno::kEIO);
  return bytes;
}

}  // namespace skep::libbpf::sys

namespace skep::tool {
namespace {

constexpr size_t kFirstLogBytes = size_t{1} << 20;
constexpr size_t kLargestLogBytes = size_t{256} << 20;

std::string g_messages;  // libbpf's, without those for debugging

int collect_message(enum libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_DEBUG) return 0;
  char line[4096];
  vsnprintf(line, sizeof(line), format, arguments);
  g_messages += line;
  return 0;
}

Attempt try_to_load(const std::string& path, const std::string& name, LoadLog& log) {
  Attempt attempt{.object = open_object(path)};
  if (!attempt.object) {
    attempt.error = errno;
    return attempt;
  }
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, attempt.object.get()) {
    const bool wanted = name == bpf_program__name(program);
    bpf_program__set_autoload(program, wanted);
    if (!wanted) continue;
    attempt.program = program;
    attempt.section = bpf_program__section_name(program);
    if (log.level == 0) continue;
    log.text[0] = '\0';
    bpf_program__set_log_buf(program, log.text.data(), log.text.size());
    bpf_program__set_log_level(program, log.level);
  }
  const int result = bpf_object__load(attempt.object.get());
  attempt.error = result < 0 ? -result : 0;
  return attempt;
}

}  // namespace

Object open_object(const std::string& path) {
  g_messages.clear();
  libbpf_set_print(collect_message);
  return {bpf_object__open_file(path.c_str(), nullptr), bpf_object__close};
}

const std::string& messages() { return g_messages; }

std::vector<std::string> program_names(const std::string& path, const std::string& only) {
  std::vector<std::string> names;
  const Object object = open_object(path);
  if (!object) {
    char why[128];
    libbpf_strerror(errno, why, sizeof(why));
    fprintf(stderr, "skep: cannot open %s: %s\n%s", path.c_str(), why, g_messages.c_str());
    return names;
  }
  bpf_program* p = nullptr;
  bpf_object__for_each_program(p, object.get()) {
    if (only.empty() || only == bpf_program__name(p)) names.emplace_back(bpf_program__name(p));
  }
  if (names.empty()) {
    fprintf(stderr, "skep: %s has no program%s%s\n", path.c_str(), only.empty() ? "" : " ", only.c_str());
  }
  return names;
}

Attempt load_program(const std::string& path, const std::string& name, LoadLog& log) {
  log.text.resize(kFirstLogBytes);
  Attempt attempt = try_to_load(path, name, log);
  if (attempt.error != ENOSPC) return attempt;
  log.text.resize(kLargestLogBytes);
  return try_to_load(path, name, log);
}

}  // namespace skep::tool
