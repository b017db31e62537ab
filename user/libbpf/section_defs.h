// What the name of a program's section says: program type, expected attach type, and what to attach to. One table.
#pragma once

#include <bpf/libbpf.h>

#include <string_view>

namespace skep::libbpf {

// How a section's name may go on after its prefix.
enum class SectionForm : uint8_t {
  kExact,    // "xdp"
  kMayRest,  // "kprobe", or "kprobe/" and something
};

// Attaches a loaded program to what its section names. 0 and *link; 0 and no link when the name does not say enough;
// -errno. Reasons are printed.
using AttachFunction = int (*)(const bpf_program* prog, bpf_link** link);

struct SectionDef {
  std::string_view prefix;
  SectionForm form;
  enum bpf_prog_type prog_type;
  enum bpf_attach_type attach_type;
  AttachFunction attach = nullptr;
  bool sleepable = false;
  bool names_kernel_function = false;  // the verifier needs the target's BTF id
};

// nullptr when no entry fits.
const SectionDef* find_section_def(std::string_view section_name);
// What follows "prefix/"; empty when nothing does.
std::string_view section_rest(const SectionDef& def, std::string_view section_name);

}  // namespace skep::libbpf
