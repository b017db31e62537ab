// The objects that the tests open: clang's output, from the build directory.
#pragma once

#include <bpf/libbpf.h>

#include <memory>
#include <string>
#include <vector>

namespace skep::libbpf {

inline std::string program_path(const std::string& name) { return SKEP_BUILD_DIR "/bpf/" + name + ".bpf.o"; }
inline std::string guest_test_path(const std::string& name) { return SKEP_BUILD_DIR "/tests/bpf/" + name + ".bpf.o"; }
inline std::string data_path(const std::string& name) { return SKEP_BUILD_DIR "/tests/data/" + name + ".bpf.o"; }

struct ObjectCloser {
  void operator()(bpf_object* o) const { bpf_object__close(o); }
};
using ObjectPtr = std::unique_ptr<bpf_object, ObjectCloser>;

inline ObjectPtr open_object(const std::string& path) {
  return ObjectPtr(bpf_object__open_file(path.c_str(), nullptr));
}

std::vector<unsigned char> read_bytes(const std::string& path);

}  // namespace skep::libbpf
