// Object files through the guest's own libbpf, here on the host: into the core of this process. For sources that see
// libbpf's headers; the core's and these cannot meet.
#pragma once

#include <bpf/libbpf.h>
#include <stdint.h>

#include <memory>
#include <string>
#include <vector>

namespace skep::tool {

using Object = std::unique_ptr<bpf_object, void (*)(bpf_object*)>;

// Null with errno when it cannot be opened. From here on messages() has what libbpf says of this object.
Object open_object(const std::string& path);
const std::string& messages();

// The names of its programs, or of the one that is called `only`. With a message, and none, when there is no such
// object or program.
std::vector<std::string> program_names(const std::string& path, const std::string& only);

// What the verifier writes, and as much of it as there is.
struct LoadLog {
  uint32_t level = 1;
  std::vector<char> text;
};

struct Attempt {
  Object object{nullptr, bpf_object__close};  // loaded, when there is no error
  int error = 0;                              // positive
  bpf_program* program = nullptr;
  std::string section;
};

// Loads one program of an object, with the maps and the BTF that it may use.
Attempt load_program(const std::string& path, const std::string& name, LoadLog& log);

}  // namespace skep::tool
