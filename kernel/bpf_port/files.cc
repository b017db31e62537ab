// BPF objects as open files.
#include <string.h>

#include "bpf/link.h"
#include "bpf/maps/map.h"
#include "bpf/object.h"
#include "bpf/platform.h"
#include "bpf/prog.h"
#include "fs/file.h"
#include "task/task.h"
#include "trace/perf_event.h"

namespace skep::bpf::platform {
namespace {

constexpr char kFileTag = 0;
constexpr uint32_t kReadWrite = 2;  // O_RDWR

class BpfFile final : public File {
 public:
  BpfFile(Ref<Object> object, std::string_view name, DescriptorAccess access)
      : object_(std::move(object)), name_(name), access_(access) {
    flags = kReadWrite;
    object_->descriptor_opened();
  }

  const void* type_tag() const override { return &kFileTag; }
  void descriptor_closed(bool last) override {
    if (last) object_->descriptor_closed();
  }
  void describe(TextSink& out) override { format_to(out, "anon_inode:{}", name_); }
  void print_fdinfo(TextSink& out) override;

  DescribedObject content() const { return {Ref<Object>::share(object_.get()), access_}; }

 private:
  Ref<Object> object_;
  std::string_view name_;  // of static storage, as all names are
  DescriptorAccess access_;
};

// The lines of Linux's bpf_map_show_fdinfo, bpf_prog_show_fdinfo and bpf_link_show_fdinfo.
void print_map(TextSink& out, const Map& map) {
  const MapAttributes& a = map.attributes();
  format_to(out,
            "map_type:\t{}\nkey_size:\t{}\nvalue_size:\t{}\nmax_entries:\t{}\nmap_flags:\t{#x}\nmap_extra:\t{#x}\n",
            a.type, a.key_size, a.value_size, a.max_entries, a.flags, a.extra);
  format_to(out, "memlock:\t{}\nmap_id:\t{}\nfrozen:\t{}\n", map.memory_bytes(), map.id(), map.frozen() ? 1 : 0);
}

void print_tag(TextSink& out, const Program& program) {
  for (const uint8_t byte : program.tag()) format_to(out, "{02x}", byte);
}

void print_program(TextSink& out, const Program& program) {
  const bool jited = program.jit_code().entry != 0;
  format_to(out, "prog_type:\t{}\nprog_jited:\t{}\nprog_tag:\t", program.type(), jited ? 1 : 0);
  print_tag(out, program);
  format_to(out,
            "\nmemlock:\t{}\nprog_id:\t{}\nrun_time_ns:\t0\nrun_cnt:\t0\nrecursion_misses:\t{}\nverified_insns:\t{}\n",
            program.jit_code().memory.bytes + program.xlated().size_bytes(), program.id(), program.misses(),
            program.verified_insns());
}

void print_link(TextSink& out, const Link& link) {
  format_to(out, "link_type:\tperf\nlink_id:\t{}\nprog_tag:\t", link.id());
  print_tag(out, link.program());
  format_to(out, "\nprog_id:\t{}\n", link.program().id());
}

void BpfFile::print_fdinfo(TextSink& out) {
  switch (object_->kind()) {
    case ObjectKind::kMap:
      return print_map(out, static_cast<const Map&>(*object_));
    case ObjectKind::kProgram:
      return print_program(out, static_cast<const Program&>(*object_));
    case ObjectKind::kLink:
      return print_link(out, static_cast<const Link&>(*object_));
    case ObjectKind::kBtf:
      return format_to(out, "btf_id:\t{}\n", object_->id());
  }
}

}  // namespace

Result<int> install_descriptor(Ref<Object> object, std::string_view name, DescriptorAccess access) {
  const auto described = Ref<Object>::share(object.get());
  auto file = TRY(kcreate<BpfFile>(std::move(object), name, access));
  auto fd = current_fd_table().install(Ref<File>(std::move(file)), /*close_on_exec=*/true);
  if (!fd) described->descriptor_closed();  // it never had one
  return fd;
}

Result<DescribedObject> object_from_descriptor(int fd) {
  auto file = TRY(current_fd_table().get(fd));
  if (file->type_tag() != &kFileTag) return fail(Errno::kEINVAL);
  return static_cast<const BpfFile&>(*file).content();
}

Result<Ref<AttachHook>> hook_from_descriptor(int fd) {
  auto file = TRY(current_fd_table().get(fd));
  return trace::hook_of_perf_event(*file);
}

}  // namespace skep::bpf::platform
