// The functions behind the headers that `bpftool gen skeleton` writes: they open an object, find everything in it by
// name and hand the pointers to the skeleton's structure.
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>

#include <algorithm>

#include "object.h"
#include "print.h"
#include "sys.h"

using namespace skep;
using namespace skep::libbpf;

namespace {

constexpr uint32_t kPageBytes = 4096;

// The structures' sizes are those of the bpftool that wrote the header.
bpf_map_skeleton& map_at(const bpf_object_skeleton& s, int i) {
  return *reinterpret_cast<bpf_map_skeleton*>(reinterpret_cast<char*>(s.maps) + i * s.map_skel_sz);
}
bpf_prog_skeleton& prog_at(const bpf_object_skeleton& s, int i) {
  return *reinterpret_cast<bpf_prog_skeleton*>(reinterpret_cast<char*>(s.progs) + i * s.prog_skel_sz);
}

int fill_in(const bpf_object_skeleton& s) {
  for (int i = 0; i < s.map_cnt; i++) {
    const bpf_map_skeleton& m = map_at(s, i);
    bpf_map* map = bpf_object__find_map_by_name(*s.obj, m.name);
    if (!map) {
      LOG_WARN("failed to find skeleton map '%s'\n", m.name);
      return -ESRCH;
    }
    *m.map = map;
    // Until load, global data is read and written in the object's own copy.
    if (m.mmaped) *m.mmaped = map->is_internal() ? map->initial.data() : nullptr;
  }
  for (int i = 0; i < s.prog_cnt; i++) {
    const bpf_prog_skeleton& p = prog_at(s, i);
    bpf_program* prog = bpf_object__find_program_by_name(*s.obj, p.name);
    if (!prog) {
      LOG_WARN("failed to find skeleton program '%s'\n", p.name);
      return -ESRCH;
    }
    *p.prog = prog;
  }
  return 0;
}

}  // namespace

int bpf_object__open_skeleton(struct bpf_object_skeleton* s, const struct bpf_object_open_opts* user_opts) {
  LIBBPF_OPTS(bpf_object_open_opts, opts);
  if (user_opts) memcpy(&opts, user_opts, std::min(user_opts->sz, sizeof(opts)));
  opts.sz = sizeof(opts);
  if (!opts.object_name) opts.object_name = s->name;
  bpf_object* object = bpf_object__open_mem(s->data, s->data_sz, &opts);
  if (!object) {
    LOG_WARN("failed to initialize skeleton BPF object '%s': %d\n", s->name, -errno);
    return -errno;
  }
  *s->obj = object;
  return set_errno(fill_in(*s));
}

int bpf_object__load_skeleton(struct bpf_object_skeleton* s) {
  const int r = bpf_object__load(*s->obj);
  if (r < 0) {
    LOG_WARN("failed to load BPF skeleton '%s': %d\n", s->name, r);
    return r;
  }
  for (int i = 0; i < s->map_cnt; i++) {
    const bpf_map_skeleton& m = map_at(*s, i);
    bpf_map& map = **m.map;
    if (!m.mmaped || map.fd < 0) continue;
    void* memory = nullptr;
    if ((map.def.map_flags & BPF_F_MMAPABLE) != 0) {
      const size_t bytes = (map.initial.size() + kPageBytes - 1) / kPageBytes * kPageBytes;
      memory = sys::map_shared(map.fd, bytes, (map.def.map_flags & BPF_F_RDONLY_PROG) == 0);
    }
    map.mapped = memory;
    // Without shared memory a stale copy would lie; the map's functions still work.
    *m.mmaped = memory;
    if (!memory)
      LOG_INFO("map '%s': the kernel cannot share it with user space; read it by its fd\n", map.shown_name());
  }
  return 0;
}

int bpf_object__attach_skeleton(struct bpf_object_skeleton* s) {
  for (int i = 0; i < s->prog_cnt; i++) {
    const bpf_prog_skeleton& p = prog_at(*s, i);
    const bpf_program& prog = **p.prog;
    if (!prog.autoload || !prog.autoattach || *p.link || !prog.def || !prog.def->attach) continue;
    bpf_link* link = nullptr;
    const int r = prog.def->attach(&prog, &link);
    if (r < 0) {
      LOG_WARN("prog '%s': failed to auto-attach: %d\n", prog.name(), r);
      return set_errno(r);
    }
    *p.link = link;  // none when the section does not name a target; not an error here
  }
  return 0;
}

void bpf_object__detach_skeleton(struct bpf_object_skeleton* s) {
  for (int i = 0; i < s->prog_cnt; i++) {
    const bpf_prog_skeleton& p = prog_at(*s, i);
    bpf_link__destroy(*p.link);
    *p.link = nullptr;
  }
}

void bpf_object__destroy_skeleton(struct bpf_object_skeleton* s) {
  if (!s) return;
  if (s->progs) bpf_object__detach_skeleton(s);
  if (s->obj) bpf_object__close(*s->obj);
  free(s->maps);
  free(s->progs);
  free(s);
}
