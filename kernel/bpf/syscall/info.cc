// OBJ_GET_INFO_BY_FD. The caller gives a struct, of which it may know more or less than there is here; arrays inside it
// are pointers and counts: in goes the room, out comes what there is.
#include <string.h>

#include <algorithm>

#include "bpf/syscall/commands.h"

namespace skep::bpf {
namespace {

// Copies min(count, room) elements to a user array. Returns the new count.
template <typename T>
Result<uint32_t> put_array(UserAddress to, uint32_t room, std::span<const T> elements) {
  const size_t n = std::min<size_t>(room, elements.size());
  if (n > 0) TRY(platform::copy_to_user(to, elements.data(), n * sizeof(T)));
  return static_cast<uint32_t>(elements.size());
}

// The caller's struct, as far as it is known here, zero behind.
template <typename T>
Result<T> read_info(const Call& call) {
  const auto& in = call.attr.info;
  TRY(check_user_tail_zero(in.info, sizeof(T), in.info_len));
  T info;
  memset(&info, 0, sizeof(info));
  TRY(platform::copy_from_user(&info, in.info, std::min<size_t>(in.info_len, sizeof(T))));
  return info;
}

template <typename T>
Result<long> write_info(const Call& call, const T& info) {
  const auto length = static_cast<uint32_t>(std::min<size_t>(call.attr.info.info_len, sizeof(T)));
  TRY(platform::copy_to_user(call.attr.info.info, &info, length));
  TRY(call.put(__builtin_offsetof(bpf_attr, info.info_len), length));
  return 0;
}

Result<long> map_info(const Call& call, const Map& map) {
  auto info = TRY(read_info<bpf_map_info>(call));
  memset(&info, 0, sizeof(info));
  const MapAttributes& a = map.attributes();
  info.type = a.type;
  info.id = map.id();
  info.key_size = a.key_size;
  info.value_size = a.value_size;
  info.max_entries = a.max_entries;
  info.map_flags = a.flags;
  info.map_extra = a.extra;
  memcpy(info.name, a.name, sizeof(info.name));
  if (map.btf()) {
    info.btf_id = map.btf()->id();
    info.btf_key_type_id = a.btf_key_type_id;
    info.btf_value_type_id = a.btf_value_type_id;
  }
  return write_info(call, info);
}

Result<long> btf_info(const Call& call, const Btf& btf) {
  auto info = TRY(read_info<bpf_btf_info>(call));
  info.id = btf.id();
  info.btf_size = TRY(put_array(info.btf, info.btf_size, btf.blob()));
  info.kernel_btf = btf.of_kernel() ? 1 : 0;
  // BTF from user space has no name: an empty string.
  constexpr std::string_view kKernelName = "vmlinux";
  const std::string_view name = btf.of_kernel() ? kKernelName : "";
  if ((info.name == 0) != (info.name_len == 0)) return fail(Errno::kEINVAL);
  const uint32_t room = info.name_len;
  info.name_len = static_cast<uint32_t>(name.size());
  if (info.name == 0) return write_info(call, info);
  // As much as there is room for, NUL included.
  const size_t shown = std::min<size_t>(name.size(), room - 1);
  TRY(platform::copy_to_user(info.name, name.data(), shown));
  TRY(put_user(info.name + shown, '\0'));
  auto written = write_info(call, info);
  if (written && shown < name.size()) return fail(Errno::kENOSPC);
  return written;
}

Result<long> link_info(const Call& call, const Link& link) {
  auto info = TRY(read_info<bpf_link_info>(call));
  info.type = link.type();
  info.id = link.id();
  info.prog_id = link.program().id();
  return write_info(call, info);
}

// Record sizes of 0 ask for them; any other must be right. (Linux: set_info_rec_size.)
Result<void> set_record_sizes(bpf_prog_info& info) {
  const auto set = [](uint32_t count, uint32_t& size, uint32_t known) {
    const bool wrong = (count != 0 || size != 0) && size != known;
    size = known;
    return !wrong;
  };
  if (!set(info.nr_func_info, info.func_info_rec_size, sizeof(bpf_func_info)) ||
      !set(info.nr_line_info, info.line_info_rec_size, sizeof(bpf_line_info)) ||
      !set(info.nr_jited_line_info, info.jited_line_info_rec_size, sizeof(uint64_t))) {
    return fail(Errno::kEINVAL);
  }
  return {};
}

// Where functions lie in the native code: all of them are one piece of memory, in order, and behind them constants.
struct NativeFunction {
  uint64_t address;
  uint32_t bytes;
};
NativeFunction native_function(const JitCode& jit, size_t i) {
  const auto& offsets = jit.subprogram_offsets;
  const uint32_t begin = i < offsets.size() ? offsets[i] : 0;
  const auto end = i + 1 < offsets.size() ? offsets[i + 1] : jit.code_bytes;
  return {jit.memory.address + begin, end > begin ? end - begin : 0};
}

Result<void> put_native_code(bpf_prog_info& info, const Program& program) {
  const JitCode& jit = program.jit_code();
  const bool jited = jit.entry != 0;
  const uint32_t room = info.jited_prog_len;
  info.jited_prog_len = jited ? jit.bytes : 0;
  if (const size_t n = std::min(room, info.jited_prog_len); n > 0) {
    TRY(platform::copy_to_user(info.jited_prog_insns, reinterpret_cast<const void*>(jit.memory.address), n));
  }
  const auto functions = static_cast<uint32_t>(std::max<size_t>(program.image().subprograms.size(), 1));
  for (uint32_t i = 0; i < std::min(info.nr_jited_ksyms, functions); i++) {
    const uint64_t address = jited ? native_function(jit, i).address : 0;
    TRY(put_user(info.jited_ksyms + i * sizeof(address), address));
  }
  info.nr_jited_ksyms = functions;
  for (uint32_t i = 0; i < std::min(info.nr_jited_func_lens, functions); i++) {
    const uint32_t bytes = jited ? native_function(jit, i).bytes : 0;
    TRY(put_user(info.jited_func_lens + i * sizeof(bytes), bytes));
  }
  info.nr_jited_func_lens = functions;

  const auto& lines = program.debug().lines;
  const uint32_t line_room = info.nr_jited_line_info;
  info.nr_jited_line_info = jited && !jit.offsets.empty() ? static_cast<uint32_t>(lines.size()) : 0;
  for (uint32_t i = 0; i < std::min(line_room, info.nr_jited_line_info); i++) {
    const uint64_t address = jit.memory.address + jit.offsets[lines[i].insn_off];
    TRY(put_user(info.jited_line_info + i * sizeof(address), address));
  }
  return {};
}

Result<long> program_info(const Call& call, Program& program) {
  auto info = TRY(read_info<bpf_prog_info>(call));
  info.type = program.type();
  info.id = program.id();
  const auto tag = program.tag();
  memcpy(info.tag, tag.data(), sizeof(info.tag));
  info.load_time = program.load_time_ns();
  info.created_by_uid = program.created_by_uid();
  memcpy(info.name, program.name(), sizeof(info.name));
  info.gpl_compatible = program.gpl_compatible();
  info.ifindex = 0;
  info.netns_dev = info.netns_ino = 0;

  Vec<uint32_t> map_ids;
  TRY(map_ids.resize(program.map_ids({})));
  const size_t held = program.map_ids(map_ids.span());  // may have grown since
  TRY(put_array(info.map_ids, info.nr_map_ids, std::span<const uint32_t>(map_ids.span())));
  info.nr_map_ids = static_cast<uint32_t>(held);

  TRY(set_record_sizes(info));
  info.run_time_ns = info.run_cnt = 0;
  info.recursion_misses = program.misses();
  info.verified_insns = program.verified_insns();

  const auto xlated = program.xlated();
  const uint32_t room = info.xlated_prog_len;
  info.xlated_prog_len = static_cast<uint32_t>(xlated.size_bytes());
  if (const size_t n = std::min(room, info.xlated_prog_len); n > 0) {
    TRY(platform::copy_to_user(info.xlated_prog_insns, xlated.data(), n));
  }
  TRY(put_native_code(info, program));

  const ProgramDebugInfo& debug = program.debug();
  info.btf_id = debug.btf ? debug.btf->id() : 0;
  const Btf* kernel_btf = bpf_system().kernel_btf.load();
  info.attach_btf_id = program.attach_btf_id();
  info.attach_btf_obj_id = program.attach_btf_id() != 0 && kernel_btf ? kernel_btf->id() : 0;
  info.nr_func_info = TRY(put_array(info.func_info, info.nr_func_info, debug.functions.span()));
  info.nr_line_info = TRY(put_array(info.line_info, info.nr_line_info, debug.lines.span()));

  // One tag for each function; here all functions share the program's.
  const auto functions = static_cast<uint32_t>(std::max<size_t>(program.image().subprograms.size(), 1));
  for (uint32_t i = 0; i < std::min(info.nr_prog_tags, functions); i++) {
    TRY(platform::copy_to_user(info.prog_tags + i * BPF_TAG_SIZE, program.tag().data(), BPF_TAG_SIZE));
  }
  info.nr_prog_tags = functions;
  return write_info(call, info);
}

}  // namespace

Result<long> obj_get_info_by_fd(const Call& call) {
  auto described = platform::object_from_descriptor(static_cast<int>(call.attr.info.bpf_fd));
  // Linux says EBADFD here, and nowhere else in bpf(2).
  if (!described) return fail(described.error() == Errno::kEBADF ? Errno::kEBADFD : described.error());
  Object& object = *described->object;
  switch (object.kind()) {
    case ObjectKind::kMap:
      return map_info(call, static_cast<Map&>(object));
    case ObjectKind::kProgram:
      return program_info(call, static_cast<Program&>(object));
    case ObjectKind::kBtf:
      return btf_info(call, static_cast<Btf&>(object));
    case ObjectKind::kLink:
      return link_info(call, static_cast<Link&>(object));
  }
  return fail(Errno::kEINVAL);
}

}  // namespace skep::bpf
