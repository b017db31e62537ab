// Mutations that keep an input a program: instructions change field by field, move as a whole, or come from the random
// generator of the soundness test; BTF and records change as bytes.
#include <algorithm>
#include <random>

#include "tests/fuzz/input.h"
#include "tests/host/verifier/random_program.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed);

namespace skep::fuzz {
namespace {

constexpr size_t kMaxInsns = 400;

class Mutator {
 public:
  Mutator(Input& input, unsigned seed) : in_(input), random_(seed), seed_(seed) {}

  void mutate() {
    const uint32_t what = below(100);
    if (in_.insns.empty() || what < 3) {
      generate();
    } else if (what < 45) {
      change_insn(in_.insns[below(in_.insns.size())]);
    } else if (what < 70) {
      move_insns();
    } else if (what < 78) {
      change_header();
    } else if (what < 90) {
      change_bytes(in_.btf, 1 + in_.btf.size() * 2);
    } else if (what < 95) {
      change_records(in_.functions);
    } else {
      change_records(in_.lines);
    }
  }

 private:
  uint32_t below(size_t n) { return static_cast<uint32_t>(random_() % n); }

  void generate() {
    in_.insns = verifier_test::RandomProgram(seed_).generate();
    in_.header.prog_type = BPF_PROG_TYPE_KPROBE;
  }

  int32_t number() {
    constexpr int32_t kCorners[] = {0,  1,   -1,  2,   4,   7,  8,   16,   31,        32,       63,
                                    64, 255, 256, 511, 512, -8, -16, -512, INT32_MAX, INT32_MIN};
    return below(3) == 0 ? static_cast<int32_t>(random_()) >> below(32) : kCorners[below(std::size(kCorners))];
  }

  void change_insn(bpf_insn& insn) {
    switch (below(8)) {
      case 0:
        insn.code = static_cast<uint8_t>(random_());
        break;
      case 1:
        insn.code ^= static_cast<uint8_t>(1u << below(8));
        break;
      case 2:
        insn.dst_reg = below(11) & 15;
        break;
      case 3:
        insn.src_reg = below(11) & 15;
        break;
      case 4:
        insn.off = static_cast<int16_t>(below(2) == 0 ? number() : insn.off + static_cast<int>(below(17)) - 8);
        break;
      case 5:
        insn.imm = number();
        break;
      case 6:
        insn.imm = static_cast<int32_t>(insn.imm + int64_t{below(17)} - 8);
        break;
      default:  // a call of some helper
        insn = {
            .code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = static_cast<int32_t>(below(212))};
        break;
    }
  }

  void move_insns() {
    auto& code = in_.insns;
    const size_t at = below(code.size());
    const size_t count = std::min<size_t>(1 + below(6), code.size() - at);
    const std::vector<bpf_insn> piece(code.begin() + static_cast<ptrdiff_t>(at),
                                      code.begin() + static_cast<ptrdiff_t>(at + count));
    const auto to = code.begin() + below(code.size() + 1);
    switch (below(4)) {
      case 0:
        if (code.size() > count)
          code.erase(code.begin() + static_cast<ptrdiff_t>(at), code.begin() + static_cast<ptrdiff_t>(at + count));
        break;
      case 1:
        if (code.size() + count <= kMaxInsns) code.insert(to, piece.begin(), piece.end());
        break;
      case 2:
        std::swap(code[at], code[below(code.size())]);
        break;
      default: {
        const auto other = verifier_test::RandomProgram(seed_).generate();
        const size_t from = below(other.size());
        const size_t more = std::min<size_t>(1 + below(12), other.size() - from);
        if (code.size() + more > kMaxInsns) break;
        code.insert(to, other.begin() + static_cast<ptrdiff_t>(from),
                    other.begin() + static_cast<ptrdiff_t>(from + more));
        break;
      }
    }
  }

  void change_header() {
    constexpr uint8_t kTypes[] = {BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_KPROBE,
                                  BPF_PROG_TYPE_TRACEPOINT,    BPF_PROG_TYPE_RAW_TRACEPOINT,
                                  BPF_PROG_TYPE_PERF_EVENT,    BPF_PROG_TYPE_TRACING,
                                  BPF_PROG_TYPE_SYSCALL,       BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE};
    switch (below(7)) {
      case 0:
        in_.header.prog_type = below(8) == 0 ? static_cast<uint8_t>(below(40)) : kTypes[below(std::size(kTypes))];
        break;
      case 1:
        in_.header.log_level = static_cast<uint8_t>(below(16));
        break;
      case 2:
        in_.header.prog_flags = static_cast<uint8_t>(1u << below(8));
        break;
      case 3:
        in_.header.attach_type = static_cast<uint8_t>(below(50));
        break;
      case 4:
        in_.header.attach_btf_id = static_cast<uint16_t>(below(64));
        break;
      case 5:
        in_.header.kernel_types = static_cast<uint8_t>(below(3));
        break;
      default:
        in_.header.log_bytes = static_cast<uint16_t>(random_());
        break;
    }
  }

  void change_bytes(std::vector<uint8_t>& bytes, size_t most) {
    const size_t size = bytes.size();
    bytes.resize(std::max<size_t>(most, 64));
    bytes.resize(LLVMFuzzerMutate(bytes.data(), size, bytes.size()));
  }

  template <typename T>
  void change_records(std::vector<T>& records) {
    if (records.empty() || below(6) == 0) return records.push_back({});
    T& r = records[below(records.size())];
    auto* words = reinterpret_cast<uint32_t*>(&r);
    words[below(sizeof(T) / 4)] = below(2) == 0 ? below(in_.insns.size() + 2) : static_cast<uint32_t>(number());
    if (below(8) == 0) records.erase(records.begin() + below(records.size()));
  }

  Input& in_;
  std::mt19937_64 random_;
  unsigned seed_;
};

}  // namespace
}  // namespace skep::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  skep::fuzz::Input input = skep::fuzz::parse(data, size);
  skep::fuzz::Mutator mutator(input, seed);
  for (unsigned n = 1 + seed % 4; n > 0; n--) mutator.mutate();
  const size_t printed = skep::fuzz::print(input, data, max_size);
  return printed != 0 ? printed : LLVMFuzzerMutate(data, size, max_size);
}
