// An image straight from instruction bytes, without a verifier: for tests and tools, which run programs that no
// verifier has seen (undefined behaviour of the program is theirs).
#pragma once

#include <span>

#include "bpf/isa/decode.h"
#include "bpf/prog.h"

namespace skep::bpf {

// Decodes all of `code` and cuts it into subprograms at the targets of local calls and LDDWs of functions. Refuses what
// the engines cannot run at all: a slot that does not decode, a target outside of its own subprogram or in the middle
// of an LDDW, a subprogram that control can fall out of, a write to r10, an empty program.
std::expected<Image, DecodeError> make_trusted_image(std::span<const bpf_insn> code);

}  // namespace skep::bpf
