// What the PROG_LOAD fuzzer feeds on: one file is a program with its BTF and debug records. The header's numbers say
// how much of the rest is what; whatever they say, some division of the bytes comes out.
#pragma once

#include <stdint.h>

#include <vector>

#include "uapi/bpf.h"

namespace skep::fuzz {

struct Header {
  uint8_t prog_type = 0;
  uint8_t attach_type = 0;
  uint8_t prog_flags = 0;
  uint8_t log_level = 0;
  uint16_t insns = 0;      // of 8 bytes
  uint16_t functions = 0;  // bpf_func_info
  uint16_t lines = 0;      // bpf_line_info
  uint16_t log_bytes = 0;
  uint16_t attach_btf_id = 0;
  uint8_t kernel_types = 0;  // a KernelTypes
  uint8_t unused = 0;
};
static_assert(sizeof(Header) == 16);

// The kernel's own BTF.
enum KernelTypes : uint8_t {
  kNoKernelTypes,
  kImaginedKernel,  // of the verifier's tests
  kOwnTypes,        // the input's BTF, when it is right: then `btf` of the program is none
};

struct Input {
  Header header;
  std::vector<bpf_insn> insns;
  std::vector<bpf_func_info> functions;
  std::vector<bpf_line_info> lines;
  std::vector<uint8_t> btf;  // the rest
};

Input parse(const uint8_t* data, size_t size);
// At most `room` bytes: what does not fit is left out from the end.
size_t print(const Input& input, uint8_t* to, size_t room);

}  // namespace skep::fuzz
