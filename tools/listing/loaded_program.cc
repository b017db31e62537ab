#include "tools/listing/loaded_program.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "user/libbpf/sys.h"

namespace skep::listing {
namespace {

constexpr uint32_t kSlotBytes = sizeof(struct bpf_insn);

uint64_t user_pointer(const void* p) { return reinterpret_cast<uintptr_t>(p); }

int get_info(int fd, void* info, uint32_t bytes) { return bpf_obj_get_info_by_fd(fd, info, &bytes) == 0 ? 0 : errno; }

std::string name_of_map(uint32_t id) {
  const int fd = bpf_map_get_fd_by_id(id);
  if (fd < 0) return {};
  struct bpf_map_info info = {};
  const bool known = get_info(fd, &info, sizeof(info)) == 0;
  libbpf::sys::close(fd);
  return known ? std::string(info.name, strnlen(info.name, sizeof(info.name))) : std::string();
}

const char* text_at(const struct btf* btf, uint32_t offset) {
  const char* text = btf != nullptr ? btf__name_by_offset(btf, offset) : nullptr;
  return text != nullptr ? text : "";
}

}  // namespace

LoadedProgram::~LoadedProgram() { btf__free(btf_); }

int LoadedProgram::read_arrays(int fd) {
  struct bpf_prog_info size = {};
  if (const int error = get_info(fd, &size, sizeof(size))) return error;
  std::vector<uint32_t> map_ids(size.nr_map_ids), func_bytes(size.nr_jited_func_lens);
  std::vector<uint64_t> func_addresses(size.nr_jited_ksyms), line_addresses(size.nr_jited_line_info);
  std::vector<struct bpf_func_info> func_info(size.nr_func_info);
  std::vector<struct bpf_line_info> line_info(size.nr_line_info);
  insns.resize(size.xlated_prog_len);
  code.resize(size.jited_prog_len);

  struct bpf_prog_info info = {};
  info.nr_map_ids = static_cast<uint32_t>(map_ids.size());
  info.map_ids = user_pointer(map_ids.data());
  info.xlated_prog_len = static_cast<uint32_t>(insns.size());
  info.xlated_prog_insns = user_pointer(insns.data());
  info.jited_prog_len = static_cast<uint32_t>(code.size());
  info.jited_prog_insns = user_pointer(code.data());
  info.nr_jited_ksyms = static_cast<uint32_t>(func_addresses.size());
  info.jited_ksyms = user_pointer(func_addresses.data());
  info.nr_jited_func_lens = static_cast<uint32_t>(func_bytes.size());
  info.jited_func_lens = user_pointer(func_bytes.data());
  info.nr_func_info = static_cast<uint32_t>(func_info.size());
  info.func_info = user_pointer(func_info.data());
  info.func_info_rec_size = sizeof(struct bpf_func_info);
  info.nr_line_info = static_cast<uint32_t>(line_info.size());
  info.line_info = user_pointer(line_info.data());
  info.line_info_rec_size = sizeof(struct bpf_line_info);
  info.nr_jited_line_info = static_cast<uint32_t>(line_addresses.size());
  info.jited_line_info = user_pointer(line_addresses.data());
  info.jited_line_info_rec_size = sizeof(uint64_t);
  if (const int error = get_info(fd, &info, sizeof(info))) return error;

  id = info.id;
  type = info.type;
  name.assign(info.name, strnlen(info.name, sizeof(info.name)));
  memcpy(tag, info.tag, sizeof(tag));
  for (const uint32_t map : map_ids) maps.emplace_back(map, name_of_map(map));
  btf_ = info.btf_id != 0 ? btf__load_from_kernel_by_id(info.btf_id) : nullptr;
  for (const struct bpf_line_info& l : line_info) {
    lines.push_back({.at = l.insn_off,
                     .file = text_at(btf_, l.file_name_off),
                     .text = text_at(btf_, l.line_off),
                     .line = BPF_LINE_INFO_LINE_NUM(l.line_col)});
  }
  code_address = func_addresses.empty() ? 0 : func_addresses[0];
  const uint32_t slots = static_cast<uint32_t>(insns.size()) / kSlotBytes;
  if (!code.empty()) offsets.assign(slots, kNoCode);
  for (size_t i = 0; i < line_addresses.size() && i < lines.size(); i++) {
    if (lines[i].at < offsets.size()) offsets[lines[i].at] = static_cast<uint32_t>(line_addresses[i] - code_address);
  }
  const size_t count = func_info.empty() ? 1 : func_info.size();
  for (size_t i = 0; i < count; i++) {
    Function f{.at = func_info.empty() ? 0 : func_info[i].insn_off, .name = name};
    const struct btf_type* t =
        btf_ != nullptr && !func_info.empty() ? btf__type_by_id(btf_, func_info[i].type_id) : nullptr;
    if (t != nullptr) f.name = text_at(btf_, t->name_off);
    if (i < func_addresses.size() && i < func_bytes.size() && !code.empty()) {
      f.code_begin = static_cast<uint32_t>(func_addresses[i] - code_address);
      // Without func_info nothing tells where a second function begins: all is shown as one.
      f.code_end = func_info.empty() ? static_cast<uint32_t>(code.size()) : f.code_begin + func_bytes[i];
    }
    functions.push_back(f);
  }
  return 0;
}

int LoadedProgram::read(int fd) {
  const int error = read_arrays(fd);
  if (error == 0 && functions.size() == 1 && functions[0].name.empty()) functions[0].name = "program";
  return error;
}

Listing LoadedProgram::listing(const Names& names) const {
  return {.insns = insns,
          .code = code,
          .code_address = code_address,
          .offsets = offsets,
          .functions = functions,
          .lines = lines,
          .names = &names};
}

}  // namespace skep::listing
