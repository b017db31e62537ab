#include "tools/skep/session.h"

#include <string.h>

#include <algorithm>

#include "bpf/prog.h"
#include "bpf/syscall/commands.h"

namespace skep::tool {
namespace {

constexpr uint8_t kLddw = BPF_LD | BPF_IMM | BPF_DW;
constexpr size_t kEthernetHeaderBytes = 14;
constexpr size_t kRawTracepointBytes = 12 * 8;  // Linux: MAX_BPF_FUNC_ARGS
// More than any context that the verifier lets a program read.
constexpr size_t kContextBytes = 64 << 10;

bpf_attr zero_attr() {
  bpf_attr attr;
  memset(&attr, 0, sizeof(attr));
  return attr;
}

uint64_t address_of(const void* p) { return reinterpret_cast<uintptr_t>(p); }

Failure failure_of(long result) { return fail(static_cast<Errno>(-result)); }

bool holds_maps(uint32_t type) { return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS; }

}  // namespace

Session::~Session() {
  for (size_t i = descriptors_.size(); i-- > 0;) close_bpf_descriptor(descriptors_[i]);
  settle_bpf();
}

Result<int> Session::open(uint32_t command, bpf_attr& attr) {
  const long fd = call_bpf(command, attr);
  if (fd < 0) return failure_of(fd);
  if (auto kept = descriptors_.push_back(static_cast<int>(fd)); !kept) {
    close_bpf_descriptor(static_cast<int>(fd));
    return fail(kept.error());
  }
  return static_cast<int>(fd);
}

Result<void> Session::create_map(uint32_t index) {
  const MapSpec& map = spec_.maps[index];
  step_ = {"MAP_CREATE", static_cast<int32_t>(index)};
  bpf_attr attr = zero_attr();
  attr.map_type = map.type;
  attr.key_size = map.key_size;
  attr.value_size = map.value_size;
  attr.max_entries = map.max_entries;
  attr.map_flags = map.flags;
  attr.map_extra = map.extra;
  if (map.inner_map != kNoInnerMap) {
    const auto inner = static_cast<size_t>(map.inner_map);
    if (inner >= maps_.size()) return fail(Errno::kEBADF);
    attr.inner_map_fd = static_cast<uint32_t>(maps_[inner]);
  }
  if (map.btf_value_type_id != 0 || map.btf_key_type_id != 0) {
    attr.btf_fd = static_cast<uint32_t>(btf_);
    attr.btf_key_type_id = map.btf_key_type_id;
    attr.btf_value_type_id = map.btf_value_type_id;
  }
  TRY(maps_.push_back(TRY(open(BPF_MAP_CREATE, attr))));
  return fill_map(index);
}

Result<void> Session::fill_map(uint32_t index) {
  const MapSpec& map = spec_.maps[index];
  bpf_attr attr = zero_attr();
  attr.map_fd = static_cast<uint32_t>(maps_[index]);
  step_.command = "MAP_UPDATE_ELEM";
  for (const MapElement& element : map.init) {
    uint32_t inner = 0;
    const uint8_t* value = element.value.data();
    if (holds_maps(map.type) && element.value.size() == sizeof(inner)) {
      memcpy(&inner, value, sizeof(inner));
      if (inner >= maps_.size()) return fail(Errno::kEBADF);
      inner = static_cast<uint32_t>(maps_[inner]);
      value = reinterpret_cast<const uint8_t*>(&inner);
    }
    attr.key = address_of(element.key.data());
    attr.value = address_of(value);
    if (const long r = call_bpf(BPF_MAP_UPDATE_ELEM, attr); r < 0) return failure_of(r);
  }
  if (!map.frozen) return {};
  step_.command = "MAP_FREEZE";
  attr = zero_attr();
  attr.map_fd = static_cast<uint32_t>(maps_[index]);
  if (const long r = call_bpf(BPF_MAP_FREEZE, attr); r < 0) return failure_of(r);
  return {};
}

Result<void> Session::prepare() {
  if (!spec_.btf.empty()) {
    step_ = {"BTF_LOAD"};
    bpf_attr attr = zero_attr();
    attr.btf = address_of(spec_.btf.data());
    attr.btf_size = static_cast<uint32_t>(spec_.btf.size());
    btf_ = TRY(open(BPF_BTF_LOAD, attr));
  }
  for (uint32_t i = 0; i < spec_.maps.size(); i++) TRY(create_map(i));
  return {};
}

Result<void> Session::load(uint32_t log_level, std::span<char> log, uint32_t& log_true_size) {
  step_ = {"PROG_LOAD"};
  bpf::Vec<bpf_insn> code;
  TRY(code.append(spec_.insns));
  for (size_t i = 0; i + 1 < code.size(); i++) {
    bpf_insn& insn = code[i];
    if (insn.code != kLddw) continue;
    if (insn.src_reg == BPF_PSEUDO_MAP_FD || insn.src_reg == BPF_PSEUDO_MAP_VALUE) {
      const auto index = static_cast<uint32_t>(insn.imm);
      insn.imm = index < maps_.size() ? maps_[index] : -1;
    }
    i++;
  }
  static const char kLicense[] = "GPL";
  bpf_attr attr = zero_attr();
  attr.prog_type = spec_.type;
  attr.expected_attach_type = spec_.expected_attach_type;
  attr.prog_flags = spec_.flags;
  attr.attach_btf_id = spec_.attach_btf_id;
  attr.insns = address_of(code.data());
  attr.insn_cnt = static_cast<uint32_t>(code.size());
  attr.license = address_of(kLicense);
  attr.fd_array = address_of(maps_.data());
  if (btf_ >= 0) attr.prog_btf_fd = static_cast<uint32_t>(btf_);
  if (!spec_.func_info.empty()) {
    attr.func_info = address_of(spec_.func_info.data());
    attr.func_info_rec_size = spec_.func_info_rec_size;
    attr.func_info_cnt = static_cast<uint32_t>(spec_.func_info.size() / spec_.func_info_rec_size);
  }
  if (!spec_.line_info.empty()) {
    attr.line_info = address_of(spec_.line_info.data());
    attr.line_info_rec_size = spec_.line_info_rec_size;
    attr.line_info_cnt = static_cast<uint32_t>(spec_.line_info.size() / spec_.line_info_rec_size);
  }
  if (log_level != 0) {
    attr.log_level = log_level;
    attr.log_buf = address_of(log.data());
    attr.log_size = static_cast<uint32_t>(log.size());
  }
  auto fd = open(BPF_PROG_LOAD, attr);
  log_true_size = attr.log_true_size;
  program_ = TRY(fd);
  return {};
}

Result<uint32_t> Session::run(std::span<const uint8_t> data) {
  step_ = {"PROG_TEST_RUN"};
  size_t least = 0;
  if (spec_.type == BPF_PROG_TYPE_SOCKET_FILTER) {
    least = kEthernetHeaderBytes;
  } else if (spec_.type == BPF_PROG_TYPE_RAW_TRACEPOINT) {
    least = kRawTracepointBytes;
  } else {
    return run_directly(data);
  }
  bpf::Vec<uint8_t> bytes;
  TRY(bytes.resize(std::max(least, data.size())));
  memset(bytes.data(), 0, bytes.size());
  if (!data.empty()) memcpy(bytes.data(), data.data(), data.size());
  bpf_attr attr = zero_attr();
  attr.test.prog_fd = static_cast<uint32_t>(program_);
  if (spec_.type == BPF_PROG_TYPE_SOCKET_FILTER) {
    attr.test.data_in = address_of(bytes.data());
    attr.test.data_size_in = static_cast<uint32_t>(bytes.size());
  } else {
    attr.test.ctx_in = address_of(bytes.data());
    attr.test.ctx_size_in = static_cast<uint32_t>(bytes.size());
  }
  if (const long r = call_bpf(BPF_PROG_TEST_RUN, attr, bytes.data(), bytes.size()); r < 0) return failure_of(r);
  return attr.test.retval;
}

Result<uint32_t> Session::run_directly(std::span<const uint8_t> data) {
  if (data.size() > kContextBytes) return fail(Errno::kEINVAL);
  // Its first argument is the address of a buffer, which a file cannot give.
  if (spec_.type == BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE) return fail(Errno::kENOTSUPP);
  const auto program = TRY(bpf::object_from_fd<bpf::Program>(static_cast<uint32_t>(program_)));
  bpf::Vec<uint64_t> context;
  TRY(context.resize(kContextBytes / sizeof(uint64_t)));
  if (!data.empty()) memcpy(context.data(), data.data(), data.size());
  bpf::platform::preempt_disable();
  const uint64_t r0 = program->run(context.data());
  bpf::platform::preempt_enable();
  return static_cast<uint32_t>(r0);
}

}  // namespace skep::tool
