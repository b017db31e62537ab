// skep jit OBJECT: its programs as the JIT compiles them.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/listing/loaded_program.h"
#include "tools/skep/command.h"
#include "tools/skep/jit_door.h"
#include "tools/skep/object_door.h"
#include "tools/skep/object_file.h"

namespace skep::tool {
namespace {

class FileSink final : public TextSink {
 public:
  void write(std::string_view text) override { fwrite(text.data(), 1, text.size(), stdout); }
};

class HostNames final : public listing::Names {
 public:
  HostNames(int program_fd, const listing::LoadedProgram& program) : fd_(program_fd), program_(program) {}
  std::string_view map(uint32_t id) const override {
    for (const auto& [known, name] : program_.maps) {
      if (known == id) return name;
    }
    return {};
  }
  std::string_view address(uint64_t address) const override {
    const std::string_view helper = helper_at(address);
    if (!helper.empty()) return helper;
    const uint32_t id = map_id_at(fd_, address);
    return id != 0 ? map(id) : std::string_view{};
  }

 private:
  int fd_;
  const listing::LoadedProgram& program_;
};

// True when it could be loaded.
bool show_program(const std::string& path, const std::string& name) {
  LoadLog log{.level = 1, .text = {}};
  const Attempt attempt = load_program(path, name, log);
  if (attempt.error != 0) {
    fprintf(stderr, "skep: %s cannot be loaded: %s\n%s", name.c_str(), strerror(attempt.error),
            log.text[0] != '\0' ? log.text.data() : messages().c_str());
    return false;
  }
  const int fd = bpf_program__fd(attempt.program);
  listing::LoadedProgram program;
  if (const int error = program.read(fd)) {
    fprintf(stderr, "skep: %s: no information about the loaded program: %s\n", name.c_str(), strerror(error));
    return false;
  }
  program.offsets = native_offsets(fd);
  printf("%s (section %s): %zu BPF instructions, %zu bytes of native code\n", name.c_str(), attempt.section.c_str(),
         program.insns.size() / 8, program.code.size());
  const HostNames names(fd, program);
  FileSink out;
  listing::print(out, program.listing(names), listing::Columns::kBoth);
  printf("\n");
  return true;
}

}  // namespace

int show_jit_of_object(const std::string& path, const std::string& program) {
  const std::vector<std::string> names = program_names(path, program);
  int status = names.empty() ? kFailed : kOk;
  for (const std::string& name : names) {
    if (!show_program(path, name)) status = kFailed;
  }
  return status;
}

}  // namespace skep::tool
