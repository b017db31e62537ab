// Loading an object: BTF, maps, programs. Whatever was created is closed again when a later step fails.
#include <bpf/bpf.h>

#include <algorithm>

#include "bpf_internal.h"
#include "kernel_types.h"
#include "object.h"
#include "print.h"
#include "sys.h"

namespace skep::libbpf {
namespace {

constexpr uint32_t kPageBytes = 4096;

Result<void> load_btf(bpf_object& object) {
  if (!object.types) return {};
  Result<void> r = object.types->load(object.log_buf, static_cast<uint32_t>(object.log_size), object.log_level);
  if (!r && object.log_buf && object.log_level == 0) {
    r = object.types->load(object.log_buf, static_cast<uint32_t>(object.log_size), 1);
  }
  if (r) return {};
  // The kernel knows the object's types only to explain it better; maps and programs do without.
  Vec<char> log;
  if (!object.log_buf && log.resize(kPageBytes)) {
    const Result<void> again = object.types->load(log.data(), static_cast<uint32_t>(log.size()), 1);
    if (again) return {};
    if (log[0] != '\0') {
      LOG_WARN("-- BEGIN BTF LOAD LOG ---\n%.*s\n-- END BTF LOAD LOG --\n", static_cast<int>(log.size() - 1),
               log.data());
    }
  }
  LOG_WARN("Error loading .BTF into kernel: %d. BTF is optional, ignoring.\n", -static_cast<int>(r.error()));
  return {};
}

// Whether the kernel lets maps of global data be mapped. Asked once for an object.
bool kernel_shares_arrays(bpf_object& object) {
  if (!object.shares_arrays) {
    LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
    const int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "libbpf_mmap", sizeof(int), sizeof(int), 1, &opts);
    if (fd >= 0) sys::close(fd);
    object.shares_arrays = fd >= 0;
  }
  return *object.shares_arrays;
}

bool takes_no_types(uint32_t type) {
  switch (type) {
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
    case BPF_MAP_TYPE_PROG_ARRAY:
    case BPF_MAP_TYPE_STACK_TRACE:
    case BPF_MAP_TYPE_CGROUP_ARRAY:
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
    case BPF_MAP_TYPE_DEVMAP:
    case BPF_MAP_TYPE_DEVMAP_HASH:
    case BPF_MAP_TYPE_CPUMAP:
    case BPF_MAP_TYPE_XSKMAP:
    case BPF_MAP_TYPE_SOCKMAP:
    case BPF_MAP_TYPE_SOCKHASH:
    case BPF_MAP_TYPE_QUEUE:
    case BPF_MAP_TYPE_STACK:
    case BPF_MAP_TYPE_RINGBUF:
    case BPF_MAP_TYPE_USER_RINGBUF:
      return true;
    default:
      return false;
  }
}

// A ring buffer is a power of two of pages; users write what they mean.
uint32_t ring_bytes(uint32_t wanted) {
  uint32_t bytes = kPageBytes;
  while (bytes < wanted && bytes <= UINT32_MAX / 2) bytes *= 2;
  return bytes;
}

// Creates the kernel's map of a definition; -errno in the error.
Result<int> create_kernel_map(bpf_object& object, bpf_map& map, int inner_fd) {
  MapDef& def = map.def;
  if (def.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY && def.max_entries == 0) {
    const int cpus = libbpf_num_possible_cpus();
    if (cpus < 0) {
      LOG_WARN("map '%s': failed to determine number of system CPUs: %d\n", map.shown_name(), cpus);
      return fail(errno_of(cpus));
    }
    def.max_entries = static_cast<uint32_t>(cpus);
  }
  if (def.type == BPF_MAP_TYPE_RINGBUF || def.type == BPF_MAP_TYPE_USER_RINGBUF) {
    def.max_entries = ring_bytes(def.max_entries);
  }
  if (map.is_internal() && kernel_shares_arrays(object)) def.map_flags |= BPF_F_MMAPABLE;

  LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = def.map_flags, .map_extra = def.map_extra,
              .numa_node = def.numa_node, .map_ifindex = map.ifindex);
  if (inner_fd >= 0) opts.inner_map_fd = static_cast<uint32_t>(inner_fd);
  const bool with_types = object.types && object.types->fd() >= 0 && !takes_no_types(def.type) &&
                          (map.btf_key_type_id != 0 || map.btf_value_type_id != 0);
  if (with_types) {
    opts.btf_fd = static_cast<uint32_t>(object.types->fd());
    opts.btf_key_type_id = map.btf_key_type_id;
    opts.btf_value_type_id = map.btf_value_type_id;
  }
  const auto create = [&] {
    return create_map_of_type(def.type, map.name.c_str(), def.key_size, def.value_size, def.max_entries, opts);
  };
  int fd = create();
  if (fd < 0 && with_types) {
    LOG_WARN("Error in bpf_create_map_xattr(%s):%s(%d). Retrying without BTF.\n", map.shown_name(), Message(fd).c_str(),
             fd);
    opts.btf_fd = opts.btf_key_type_id = opts.btf_value_type_id = 0;
    map.btf_key_type_id = map.btf_value_type_id = 0;
    fd = create();
  }
  if (fd < 0) return fail(errno_of(fd));
  return fd;
}

Result<void> create_map(bpf_object& object, bpf_map& map) {
  int inner_fd = map.inner_fd;
  if (map.inner && inner_fd < 0) {
    const auto fd = create_kernel_map(object, *map.inner, -1);
    if (!fd) {
      LOG_WARN("map '%s': failed to create inner map: %s\n", map.shown_name(),
               Message(-static_cast<long>(fd.error())).c_str());
      return fail(fd.error());
    }
    map.inner->fd = inner_fd = *fd;
  }
  const auto fd = create_kernel_map(object, map, inner_fd);
  // The kernel took the inner map's shape; its file is no longer needed.
  if (map.inner && map.inner->fd >= 0) {
    sys::close(map.inner->fd);
    map.inner->fd = -1;
  }
  if (!fd) {
    LOG_WARN("map '%s': failed to create: %s(%d)\n", map.shown_name(), Message(-static_cast<long>(fd.error())).c_str(),
             -static_cast<int>(fd.error()));
    return fail(fd.error());
  }
  map.fd = *fd;
  LOG_DEBUG("map '%s': created successfully, fd=%d\n", map.shown_name(), map.fd);
  return {};
}

Result<void> fill_global_data(bpf_map& map) {
  const int key = 0;
  int r = bpf_map_update_elem(map.fd, &key, map.initial.data(), 0);
  if (r < 0) {
    LOG_WARN("Error setting initial map(%s) contents: %s\n", map.shown_name(), Message(r).c_str());
    return fail(errno_of(r));
  }
  if (map.kind != MapKind::kRodata) return {};
  r = bpf_map_freeze(map.fd);
  if (r < 0) {
    LOG_WARN("Error freezing map(%s) as read-only: %s\n", map.shown_name(), Message(r).c_str());
    return fail(errno_of(r));
  }
  return {};
}

// Gives the elements of maps of maps (or of programs) that the object's text names.
Result<void> fill_slots(bpf_map& map, bool programs) {
  // The kernel reads as many bytes of key and value as the map was defined with, whatever type it has.
  if (!map.slots.empty() && (map.def.key_size != sizeof(uint32_t) || map.def.value_size != sizeof(int))) {
    LOG_WARN("map '%s': has initial elements, so its keys and values must be of 4 bytes\n", map.shown_name());
    return fail(Errno::kEINVAL);
  }
  for (const MapSlot& slot : map.slots) {
    if ((slot.program != nullptr) != programs || map.fd < 0) continue;
    const int fd = slot.program ? slot.program->fd : slot.map->fd;
    if (fd < 0) continue;
    const int r = bpf_map_update_elem(map.fd, &slot.index, &fd, 0);
    if (r < 0) {
      LOG_WARN("map '%s': failed to initialize slot [%u] to '%s': %d\n", map.shown_name(), slot.index,
               slot.program ? slot.program->name() : slot.map->shown_name(), r);
      return fail(errno_of(r));
    }
  }
  return {};
}

Result<void> create_maps(bpf_object& object) {
  for (const auto& map : object.maps) {
    if (!map->autocreate) continue;
    if (!map->reused) TRY(create_map(object, *map));
    if (map->is_internal() && !map->reused) TRY(fill_global_data(*map));
  }
  for (const auto& map : object.maps) TRY(fill_slots(*map, false));
  return {};
}

// Loads one program; on refusal asks again with a log, and prints it.
class ProgramLoader {
 public:
  ProgramLoader(bpf_object& object, bpf_program& prog, uint32_t attach_btf_id) : object_(object), prog_(prog) {
    memset(&opts_, 0, sizeof(opts_));
    opts_.sz = sizeof(opts_);
    opts_.expected_attach_type = prog.expected_attach_type;
    opts_.attach_btf_id = attach_btf_id;
    opts_.prog_flags = prog.flags;
    opts_.prog_ifindex = prog.ifindex;
    opts_.kern_version = object.kernel_version;
    if (object.types && object.types->fd() >= 0 && !prog.func_info.empty()) {
      opts_.prog_btf_fd = static_cast<uint32_t>(object.types->fd());
      opts_.func_info = prog.func_info.data();
      opts_.func_info_rec_size = prog.func_info_record;
      opts_.func_info_cnt = static_cast<uint32_t>(prog.func_info.size() / prog.func_info_record);
      if (!prog.line_info.empty()) {
        opts_.line_info = prog.line_info.data();
        opts_.line_info_rec_size = prog.line_info_record;
        opts_.line_info_cnt = static_cast<uint32_t>(prog.line_info.size() / prog.line_info_record);
      }
    }
    level_ = prog.log_level != 0 ? prog.log_level : object.log_level;
    user_log_ = prog.log_buf ? prog.log_buf : object.log_buf;
    user_log_bytes_ = prog.log_buf ? prog.log_size : object.log_size;
  }

  Result<void> load() {
    int fd = user_log_ ? try_load(level_, user_log_, user_log_bytes_) : level_ == 0 ? try_load(0, nullptr, 0) : -ENOSPC;
    if (!user_log_ && fd < 0) fd = load_with_own_log(fd);
    if (fd >= 0) {
      if (!user_log_ && level_ != 0 && own_log_.size() > 0 && own_log_[0] != '\0') {
        LOG_WARN("prog '%s': -- BEGIN PROG LOAD LOG --\n%s-- END PROG LOAD LOG --\n", prog_.name(), own_log_.data());
      }
      prog_.fd = fd;
      return {};
    }
    LOG_WARN("prog '%s': BPF program load failed: %s\n", prog_.name(), Message(fd).c_str());
    const char* log = user_log_ ? user_log_ : own_log_.size() > 0 ? own_log_.data() : "";
    if (log[0] != '\0') {
      const bool ends_line = log[strlen(log) - 1] == '\n';
      LOG_WARN("prog '%s': -- BEGIN PROG LOAD LOG --\n%s%s-- END PROG LOAD LOG --\n", prog_.name(), log,
               ends_line ? "" : "\n");
    }
    return fail(errno_of(fd));
  }

 private:
  int try_load(uint32_t level, char* log, size_t log_bytes) {
    opts_.log_level = level;
    opts_.log_buf = log;
    opts_.log_size = static_cast<uint32_t>(log_bytes);
    if (log) log[0] = '\0';
    const int fd =
        bpf_prog_load(prog_.type, prog_.name(), object_.license, prog_.insns.data(), prog_.insns.size(), &opts_);
    return fd;
  }

  // Grows the buffer while the log does not fit; without memory for a larger one the cut log must do.
  int load_with_own_log(int first_error) {
    const uint32_t level = level_ != 0 ? level_ : 1;
    int fd = first_error;
    for (size_t bytes = kFirstLogBytes; bytes <= kMaxLogBytes; bytes *= 4) {
      if (!own_log_.resize(bytes)) break;
      fd = try_load(level, own_log_.data(), own_log_.size());
      if (fd != -ENOSPC) break;
    }
    // A refusal that does not repeat with a log is still a refusal, whatever ENOSPC says about the log.
    return fd == -ENOSPC && level_ == 0 ? first_error : fd;
  }

  bpf_object& object_;
  bpf_program& prog_;
  bpf_prog_load_opts opts_;
  uint32_t level_;
  char* user_log_;
  size_t user_log_bytes_;
  Vec<char> own_log_;
};

Result<void> load_program(bpf_object& object, bpf_program& prog) {
  if (prog.type == BPF_PROG_TYPE_UNSPEC) {
    LOG_WARN("prog '%s': missing BPF prog type, check ELF section name '%s'\n", prog.name(), prog.section_name);
    return fail(Errno::kEINVAL);
  }
  uint32_t attach_btf_id = 0;
  if (prog.def && prog.def->names_kernel_function) attach_btf_id = TRY(attach_type_id_of(prog));
  TRY(ProgramLoader(object, prog, attach_btf_id).load());
  // A program keeps the constants alive that its log lines and users may look at, even when its code uses none.
  for (const auto& map : object.maps) {
    if (map->kind == MapKind::kRodata && map->fd >= 0 && bpf_prog_bind_map(prog.fd, map->fd, nullptr) < 0) {
      LOG_DEBUG("prog '%s': failed to bind map '%s'\n", prog.name(), map->shown_name());
    }
  }
  return {};
}

Result<void> load_steps(bpf_object& object) {
  TRY(load_btf(object));
  TRY(create_maps(object));
  for (const auto& prog : object.programs) {
    if (!prog->autoload) {
      LOG_DEBUG("prog '%s': skipped loading\n", prog->name());
      continue;
    }
    if (!prog->linked) {
      const auto r = link_program(object, *prog);
      if (!r) {
        LOG_WARN("prog '%s': failed to relocate: %d\n", prog->name(), -static_cast<int>(r.error()));
        return r;
      }
    }
    const auto r = load_program(object, *prog);
    if (!r) {
      LOG_WARN("prog '%s': failed to load: %d\n", prog->name(), -static_cast<int>(r.error()));
      return r;
    }
  }
  for (const auto& map : object.maps) TRY(fill_slots(*map, true));
  return {};
}

void close_fd(int& fd) {
  if (fd >= 0) sys::close(fd);
  fd = -1;
}

}  // namespace

Result<void> load_object(bpf_object& object) {
  if (std::exchange(object.loaded, true)) {
    LOG_WARN("object '%s': load can't be attempted twice\n", object.name.c_str());
    return fail(Errno::kEINVAL);
  }
  const auto r = load_steps(object);
  if (r) return r;
  unload_object(object);
  LOG_WARN("failed to load object '%s'\n", object.path.c_str());
  return r;
}

void unload_object(bpf_object& object) {
  for (const auto& prog : object.programs) close_fd(prog->fd);
  for (const auto& map : object.maps) {
    if (map->mapped) sys::unmap(map->mapped, map->initial.size());
    map->mapped = nullptr;
    close_fd(map->fd);
    if (map->inner) close_fd(map->inner->fd);
  }
  if (object.types && object.types->fd() >= 0) {
    sys::close(object.types->fd());
    object.types->set_fd(-1);
  }
}

}  // namespace skep::libbpf
