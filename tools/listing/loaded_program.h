// What bpf(2) tells of a loaded program, as a listing: OBJ_GET_INFO_BY_FD of the program, its maps and its BTF, through
// libbpf. Needs the privilege of bpf(2).
#pragma once

#include <stdint.h>

#include <string>
#include <utility>
#include <vector>

#include "tools/listing/listing.h"

struct btf;

namespace skep::listing {

class LoadedProgram {
 public:
  LoadedProgram() = default;
  LoadedProgram(const LoadedProgram&) = delete;  // the listing points into it
  LoadedProgram& operator=(const LoadedProgram&) = delete;
  ~LoadedProgram();

  // 0 or the error number. The descriptor stays the caller's.
  int read(int fd);

  uint32_t id = 0, type = 0;
  std::string name;
  uint8_t tag[8] = {};
  std::vector<std::pair<uint32_t, std::string>> maps;  // id, name
  std::vector<uint8_t> insns, code;
  uint64_t code_address = 0;
  std::vector<uint32_t> offsets;  // known where source lines begin
  std::vector<Function> functions;
  std::vector<SourceLine> lines;

  Listing listing(const Names& names) const;

 private:
  int read_arrays(int fd);
  btf* btf_ = nullptr;
};

}  // namespace skep::listing
