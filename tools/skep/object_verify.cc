// skep verify OBJECT: the guest's own libbpf opens, links and loads the object, here on the host and into the core of
// this process.
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <memory>
#include <vector>

#include "tools/skep/command.h"
#include "tools/skep/load_watch.h"
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

using Object = std::unique_ptr<bpf_object, void (*)(bpf_object*)>;

std::string g_messages;  // libbpf's, without those for debugging

int collect_message(enum libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_DEBUG) return 0;
  char line[4096];
  vsnprintf(line, sizeof(line), format, arguments);
  g_messages += line;
  return 0;
}

Object open_object(const std::string& path) {
  g_messages.clear();
  return {bpf_object__open_file(path.c_str(), nullptr), bpf_object__close};
}

struct Attempt {
  int error = 0;
  bool log_fits = true;
  std::string section;
};

// Loads one program of the object, with the maps and the BTF that it may use.
Attempt load_program(const std::string& path, const std::string& name, uint32_t log_level, std::vector<char>& log) {
  Attempt attempt;
  const Object object = open_object(path);
  if (!object) return {.error = errno, .section = {}};
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object.get()) {
    const bool wanted = name == bpf_program__name(program);
    bpf_program__set_autoload(program, wanted);
    if (!wanted) continue;
    attempt.section = bpf_program__section_name(program);
    if (log_level == 0) continue;
    log[0] = '\0';
    bpf_program__set_log_buf(program, log.data(), log.size());
    bpf_program__set_log_level(program, log_level);
  }
  const int result = bpf_object__load(object.get());
  attempt.error = result < 0 ? -result : 0;
  attempt.log_fits = attempt.error != ENOSPC;
  return attempt;
}

// True when it was accepted.
bool verify_program(const std::string& path, const std::string& name, uint32_t log_level) {
  std::vector<char> log(kFirstLogBytes);
  LoadWatch watch;
  Attempt attempt = load_program(path, name, log_level, log);
  if (!attempt.log_fits) {
    log.resize(kLargestLogBytes);
    attempt = load_program(path, name, log_level, log);
  }
  printf("%s (section %s)\n", name.c_str(), attempt.section.c_str());
  if (log_level != 0) fputs(log.data(), stdout);
  const LastLoad& last = watch.last();
  const bool accepted = last.judged && last.rule.empty();
  if (accepted) {
    printf("accepted: %u instructions processed, %u states at most\n\n", last.insns_processed, last.peak_states);
  } else if (last.judged) {
    printf("refused: %s (%s at insn %u), %u instructions processed\n\n", strerrorname_np(attempt.error),
           last.rule.c_str(), last.pc, last.insns_processed);
  } else {
    printf("refused before the verifier: %s\n%s\n", strerrorname_np(attempt.error), g_messages.c_str());
  }
  return accepted;
}

}  // namespace

int verify_object(const std::string& path, const std::string& program, uint32_t log_level) {
  libbpf_set_print(collect_message);
  std::vector<std::string> names;
  {
    const Object object = open_object(path);
    if (!object) {
      char why[128];
      libbpf_strerror(errno, why, sizeof(why));
      fprintf(stderr, "skep: cannot open %s: %s\n%s", path.c_str(), why, g_messages.c_str());
      return kFailed;
    }
    bpf_program* p = nullptr;
    bpf_object__for_each_program(p, object.get()) {
      if (program.empty() || program == bpf_program__name(p)) names.emplace_back(bpf_program__name(p));
    }
  }
  if (names.empty()) {
    fprintf(stderr, "skep: %s has no program%s%s\n", path.c_str(), program.empty() ? "" : " ", program.c_str());
    return kFailed;
  }
  int status = kOk;
  for (const std::string& name : names) {
    if (!verify_program(path, name, log_level)) status = kFailed;
  }
  return status;
}

}  // namespace skep::tool
