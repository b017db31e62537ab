#include "tools/skep/jit_door.h"

#include <stdio.h>

#include "bpf/helpers/helper.h"
#include "bpf/jit/jit.h"
#include "bpf/maps/registry.h"
#include "bpf/system.h"
#include "tests/host/platform/host_platform.h"

namespace skep::tool {
namespace {

// As kernel/bpf_port answers in the guest on QEMU's machine, a 10 MHz clock; the offsets stand for those in the
// kernel's structures.
constexpr bpf::platform::InlineReads kGuestLikeReads{.cpu_id = {.loads = 2, .bytes = 4, .offsets = {16, 0}},
                                                     .pid_tgid = {.loads = 1, .bytes = 8, .offsets = {64}},
                                                     .has_clock = true,
                                                     .clock_base = 0x123456,
                                                     .clock_ns_per_tick = 100};

Ref<bpf::Object> object_of(int fd) {
  auto described = bpf::platform::object_from_descriptor(fd);
  return described ? std::move(described->object) : Ref<bpf::Object>{};
}

}  // namespace

NativeLoads::NativeLoads(bool zba, bool zbb, uint32_t passes_off) {
  host::set_inline_reads(kGuestLikeReads);
  host::set_code_place(reinterpret_cast<uintptr_t>(&bpf::jit_compile));
  bpf::set_jit_target({.zba = zba, .zbb = zbb, .passes_off = passes_off});
  bpf::bpf_system().jit_enabled = true;
}

NativeLoads::~NativeLoads() {
  bpf::bpf_system().jit_enabled = false;
  host::set_inline_reads({});
  host::set_code_place(0);
}

std::vector<uint32_t> native_offsets(int fd) {
  const Ref<bpf::Object> object = object_of(fd);
  if (!object || object->kind() != bpf::ObjectKind::kProgram) return {};
  const auto& program = static_cast<const bpf::Program&>(*object);
  const auto& offsets = program.jit_code().offsets;
  std::vector<uint32_t> out(offsets.begin(), offsets.end());
  for (size_t at = 0; at < out.size(); at++) {
    if (program.image().code[at].second_slot) out[at] = ~uint32_t{0};
  }
  return out;
}

std::string_view helper_at(uint64_t address) {
  for (const bpf::Helper& h : bpf::all_helpers()) {
    if (h.function != nullptr && reinterpret_cast<uintptr_t>(h.function) == address) return h.name;
  }
  const bpf::MapLookup hash = bpf::find_map_lookup(BPF_MAP_TYPE_HASH);
  return reinterpret_cast<uintptr_t>(hash) == address ? "lookup of a hash map" : "";
}

uint32_t map_id_at(int program_fd, uint64_t address) {
  const Ref<bpf::Object> object = object_of(program_fd);
  if (!object || object->kind() != bpf::ObjectKind::kProgram) return 0;
  for (const Ref<bpf::Map>& map : static_cast<const bpf::Program&>(*object).image().maps) {
    const auto at = [&](const void* p) { return p != nullptr && reinterpret_cast<uintptr_t>(p) == address; };
    if (at(map.get()) || at(map->array_base()) || at(map->array_base_per_cpu())) return map->id();
  }
  return 0;
}

int64_t passes_named(std::string_view list) {
  uint32_t bits = 0;
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const uint32_t one = bpf::parse_passes(list.substr(0, comma));
    if (one == 0) return -1;
    bits |= one;
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return bits;
}

void print_pass_names() {
  for (const bpf::JitPassInfo& p : bpf::kJitPasses) {
    printf("  %-12.*s %.*s\n", static_cast<int>(p.name.size()), p.name.data(), static_cast<int>(p.what.size()),
           p.what.data());
  }
}

}  // namespace skep::tool
