// bpf_object__*: opening, loading, closing, finding.
#include <errno.h>
#include <stdio.h>

#include "object.h"
#include "opts.h"
#include "print.h"
#include "sys.h"

using namespace skep;
using namespace skep::libbpf;

namespace {

// "/lib/bpf/lathist.bpf.o" -> "lathist".
std::string_view base_name(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash != path.npos) path.remove_prefix(slash + 1);
  return path.substr(0, path.find('.'));
}

bpf_object* open(Vec<uint8_t> image, const char* path, const char* name, const bpf_object_open_opts& opts) {
  auto object = open_image(std::move(image), path, name, opts);
  if (!object) {
    LOG_DEBUG("failed to open object '%s': %d\n", path, -static_cast<int>(object.error()));
    return null_with(object.error());
  }
  return object->release();
}

}  // namespace

struct bpf_object* bpf_object__open(const char* path) { return bpf_object__open_file(path, nullptr); }

struct bpf_object* bpf_object__open_file(const char* path, const struct bpf_object_open_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_object_open_opts, user_opts);
  if (!path || !opts) return null_with(Errno::kEINVAL);
  auto image = sys::read_file(path, kMaxObjectBytes);
  if (!image) {
    LOG_WARN("elf: failed to open %s: %s\n", path, strerror(static_cast<int>(image.error())));
    return null_with(image.error());
  }
  const auto name = Text::copy_of(opts->object_name ? std::string_view(opts->object_name) : base_name(path));
  if (!name) return null_with(name.error());
  return open(std::move(*image), path, name->c_str(), *opts);
}

struct bpf_object* bpf_object__open_mem(const void* obj_buf, size_t obj_buf_sz,
                                        const struct bpf_object_open_opts* user_opts) {
  const auto opts = READ_OPTS(bpf_object_open_opts, user_opts);
  if (!obj_buf || obj_buf_sz == 0 || !opts) return null_with(Errno::kEINVAL);
  if (obj_buf_sz > kMaxObjectBytes) return null_with(Errno::kEFBIG);
  char default_name[64];
  snprintf(default_name, sizeof(default_name), "%lx-%lx", reinterpret_cast<unsigned long>(obj_buf),
           static_cast<unsigned long>(obj_buf_sz));
  const char* name = opts->object_name ? opts->object_name : default_name;
  Vec<uint8_t> image;
  if (auto r = image.append({static_cast<const uint8_t*>(obj_buf), obj_buf_sz}); !r) return null_with(r.error());
  return open(std::move(image), name, name, *opts);
}

int bpf_object__load(struct bpf_object* obj) {
  if (!obj) return set_errno(-EINVAL);
  return to_int(load_object(*obj));
}

void bpf_object__close(struct bpf_object* object) {
  if (!object) return;
  object->~bpf_object();
  Malloc::release(object);
}

const char* bpf_object__name(const struct bpf_object* obj) {
  return obj ? obj->name.c_str() : null_with(Errno::kEINVAL);
}
unsigned int bpf_object__kversion(const struct bpf_object* obj) { return obj ? obj->kernel_version : 0; }
int bpf_object__set_kversion(struct bpf_object* obj, __u32 kern_version) {
  if (obj->loaded) return set_errno(-EINVAL);
  obj->kernel_version = kern_version;
  return 0;
}
struct btf* bpf_object__btf(const struct bpf_object* obj) { return obj ? obj->types.get() : nullptr; }
int bpf_object__btf_fd(const struct bpf_object* obj) { return obj->types ? obj->types->fd() : -1; }

struct bpf_program* bpf_object__find_program_by_name(const struct bpf_object* obj, const char* name) {
  for (const auto& prog : obj->programs) {
    if (strcmp(prog->name(), name) == 0) return prog.get();
  }
  return null_with(Errno::kENOENT);
}

struct bpf_map* bpf_object__find_map_by_name(const struct bpf_object* obj, const char* name) {
  for (const auto& map : obj->maps) {
    // A dot in front asks for a section's name, also where the map itself is called "<object>.bss".
    const char* own = name[0] == '.' && map->is_internal() ? map->real_name : map->shown_name();
    if (strcmp(own, name) == 0) return map.get();
  }
  return null_with(Errno::kENOENT);
}

int bpf_object__find_map_fd_by_name(const struct bpf_object* obj, const char* name) {
  return bpf_map__fd(bpf_object__find_map_by_name(obj, name));
}

namespace {

// The element after (step 1) or before (step -1) `at`; the first or last for NULL.
template <typename T>
T* neighbour(const Vec<Unique<T>>& list, const T* at, int step) {
  if (!at) return list.empty() ? nullptr : (step > 0 ? list[0].get() : list.back().get());
  for (size_t i = 0; i < list.size(); i++) {
    if (list[i].get() != at) continue;
    const bool is_last = step > 0 ? i + 1 == list.size() : i == 0;
    return is_last ? nullptr : list[i + static_cast<size_t>(step)].get();
  }
  LOG_WARN("error: the program or map handed in belongs to another object\n");
  return null_with(Errno::kEINVAL);
}

}  // namespace

struct bpf_program* bpf_object__next_program(const struct bpf_object* obj, struct bpf_program* prog) {
  return obj ? neighbour(obj->programs, static_cast<const bpf_program*>(prog), 1) : null_with(Errno::kEINVAL);
}
struct bpf_program* bpf_object__prev_program(const struct bpf_object* obj, struct bpf_program* prog) {
  return obj ? neighbour(obj->programs, static_cast<const bpf_program*>(prog), -1) : null_with(Errno::kEINVAL);
}
struct bpf_map* bpf_object__next_map(const struct bpf_object* obj, const struct bpf_map* map) {
  return obj ? neighbour(obj->maps, map, 1) : null_with(Errno::kEINVAL);
}
struct bpf_map* bpf_object__prev_map(const struct bpf_object* obj, const struct bpf_map* map) {
  return obj ? neighbour(obj->maps, map, -1) : null_with(Errno::kEINVAL);
}
