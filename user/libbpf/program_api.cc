// bpf_program__*: what can be asked of a program and changed before load.
#include <errno.h>

#include "object.h"
#include "sys.h"

using namespace skep;
using namespace skep::libbpf;

const char* bpf_program__name(const struct bpf_program* prog) { return prog->name(); }
const char* bpf_program__section_name(const struct bpf_program* prog) {
  // The question mark only says "not by itself".
  return prog->section_name[0] == '?' ? prog->section_name + 1 : prog->section_name;
}
bool bpf_program__autoload(const struct bpf_program* prog) { return prog->autoload; }
int bpf_program__set_autoload(struct bpf_program* prog, bool autoload) {
  if (prog->object->loaded) return set_errno(-EINVAL);
  prog->autoload = autoload;
  return 0;
}
bool bpf_program__autoattach(const struct bpf_program* prog) { return prog->autoattach; }
void bpf_program__set_autoattach(struct bpf_program* prog, bool autoattach) { prog->autoattach = autoattach; }
void bpf_program__set_ifindex(struct bpf_program* prog, __u32 ifindex) { prog->ifindex = ifindex; }

const struct bpf_insn* bpf_program__insns(const struct bpf_program* prog) {
  return prog->linked ? prog->insns.data() : prog->function->insns.data();
}
size_t bpf_program__insn_cnt(const struct bpf_program* prog) {
  return prog->linked ? prog->insns.size() : prog->function->insns.size();
}
int bpf_program__set_insns(struct bpf_program* prog, struct bpf_insn* new_insns, size_t new_insn_cnt) {
  if (prog->object->loaded) return set_errno(-EBUSY);
  Vec<bpf_insn> copy;
  if (auto r = copy.append({new_insns, new_insn_cnt}); !r) return to_int(r);
  prog->insns = std::move(copy);
  prog->func_info.clear();
  prog->line_info.clear();
  prog->linked = true;  // what the caller gives is final
  return 0;
}

int bpf_program__fd(const struct bpf_program* prog) {
  if (!prog) return set_errno(-EINVAL);
  if (prog->fd < 0) return set_errno(-ENOENT);
  return prog->fd;
}
void bpf_program__unload(struct bpf_program* prog) {
  if (!prog || prog->fd < 0) return;
  sys::close(prog->fd);
  prog->fd = -1;
}

enum bpf_prog_type bpf_program__type(const struct bpf_program* prog) { return prog->type; }
enum bpf_prog_type bpf_program__get_type(const struct bpf_program* prog) { return prog->type; }
int bpf_program__set_type(struct bpf_program* prog, enum bpf_prog_type type) {
  if (prog->object->loaded) return set_errno(-EBUSY);
  if (prog->type != type) {
    prog->type = type;
    prog->def = nullptr;  // the section's name no longer says what the program is
  }
  return 0;
}
enum bpf_attach_type bpf_program__expected_attach_type(const struct bpf_program* prog) {
  return prog->expected_attach_type;
}
enum bpf_attach_type bpf_program__get_expected_attach_type(const struct bpf_program* prog) {
  return prog->expected_attach_type;
}
int bpf_program__set_expected_attach_type(struct bpf_program* prog, enum bpf_attach_type type) {
  if (prog->object->loaded) return set_errno(-EBUSY);
  prog->expected_attach_type = type;
  return 0;
}

__u32 bpf_program__flags(const struct bpf_program* prog) { return prog->flags; }
int bpf_program__set_flags(struct bpf_program* prog, __u32 flags) {
  if (prog->object->loaded) return set_errno(-EBUSY);
  prog->flags = flags;
  return 0;
}
__u32 bpf_program__log_level(const struct bpf_program* prog) { return prog->log_level; }
int bpf_program__set_log_level(struct bpf_program* prog, __u32 log_level) {
  if (prog->object->loaded) return set_errno(-EBUSY);
  prog->log_level = log_level;
  return 0;
}
const char* bpf_program__log_buf(const struct bpf_program* prog, size_t* log_size) {
  *log_size = prog->log_size;
  return prog->log_buf;
}
int bpf_program__set_log_buf(struct bpf_program* prog, char* log_buf, size_t log_size) {
  if ((log_buf == nullptr) != (log_size == 0) || log_size > UINT32_MAX) return set_errno(-EINVAL);
  if (prog->object->loaded) return set_errno(-EBUSY);
  prog->log_buf = log_buf;
  prog->log_size = log_size;
  return 0;
}
