// The kernel's own BTF: as a BTF object, as what tracing programs are loaded for, and behind plain loads.
#include "bpf/isa/assemble.h"
#include "tests/host/btf/btf_builder.h"
#include "tests/host/syscall/syscall_util.h"

using namespace skep;
using namespace skep::test;

namespace {

// As the kernel's own task structure would begin.
struct Task {
  uint64_t pid;
  const Task* parent;
};

struct KernelTypes {
  uint32_t function = 0;
  std::vector<uint8_t> blob;
  KernelTypes() {
    BtfBuilder b;
    const auto u64 = b.integer("unsigned long", 8, 0);
    const auto task = b.next_id() + 1;
    const auto pointer = b.pointer(task);
    b.structure("task_struct", sizeof(Task), {{"pid", u64, 0}, {"parent", pointer, 64}});
    function = b.function("wake", b.prototype(u64, {{"task", pointer}}));
    blob = b.bytes();
    REQUIRE(host::set_kernel_btf(blob));
  }
  ~KernelTypes() { host::set_kernel_btf({}); }
  KernelTypes(const KernelTypes&) = delete;
  KernelTypes& operator=(const KernelTypes&) = delete;
};

long load(std::string_view text, uint32_t type, const Change& change = {}) {
  std::vector<bpf_insn> code(64);
  const auto length = bpf::assemble(text, code);
  REQUIRE(length);
  code.resize(*length);
  const auto insns = host::UserMemory::of(std::span<const bpf_insn>(code));
  const auto license = host::UserMemory::of(std::span<const char>("GPL", 4));
  bpf_attr a = zero_attr();
  a.prog_type = type;
  a.insns = insns.address();
  a.insn_cnt = static_cast<uint32_t>(code.size());
  a.license = license.address();
  if (change) change(a);
  return sys(BPF_PROG_LOAD, a);
}

long run(long program) {
  uint64_t context[1] = {};
  host::UserWindow window(context, sizeof(context));
  bpf_attr a = zero_attr();
  a.test.prog_fd = static_cast<uint32_t>(program);
  a.test.ctx_in = window.address();
  a.test.ctx_size_in = sizeof(context);
  const long r = sys(BPF_PROG_TEST_RUN, a);
  return r < 0 ? r : a.test.retval;
}

}  // namespace

TEST_CASE("kernel BTF: as an object", "[syscall][kernel_btf]") {
  Session session;
  bpf_attr next = zero_attr();
  CHECK(sys(BPF_BTF_GET_NEXT_ID, next) == -ENOENT);
  const KernelTypes types;
  next = zero_attr();
  REQUIRE(sys(BPF_BTF_GET_NEXT_ID, next) == 0);
  const long fd = sys(BPF_BTF_GET_FD_BY_ID, [&](bpf_attr& a) { a.btf_id = next.next_id; });
  REQUIRE(fd >= 0);

  const auto ask = [&](uint32_t room, std::string& name, bpf_btf_info& info) {
    host::UserMemory text(16), answer(sizeof(info));
    memset(&info, 0, sizeof(info));
    info.name = text.address();
    info.name_len = room;
    answer.fill(&info, sizeof(info));
    const long r = sys(BPF_OBJ_GET_INFO_BY_FD, [&](bpf_attr& a) {
      a.info.bpf_fd = static_cast<uint32_t>(fd);
      a.info.info = answer.address();
      a.info.info_len = sizeof(info);
    });
    memcpy(&info, answer.data(), sizeof(info));
    name = reinterpret_cast<const char*>(text.data());
    return r;
  };
  std::string name;
  bpf_btf_info info;
  CHECK(ask(16, name, info) == 0);
  CHECK(name == "vmlinux");
  CHECK(info.kernel_btf == 1);
  CHECK(info.name_len == 7);
  CHECK(info.btf_size == types.blob.size());
  CHECK(ask(4, name, info) == -ENOSPC);
  CHECK(name == "vml");
  CHECK(ask(1, name, info) == -ENOSPC);
  CHECK(name.empty());

  // It describes the kernel, not what user space brings along.
  CHECK(load("r0 = 0\nexit", BPF_PROG_TYPE_KPROBE, [&](bpf_attr& a) {
          a.prog_btf_fd = static_cast<uint32_t>(fd);
          a.func_info_cnt = 1;
          a.func_info_rec_size = sizeof(bpf_func_info);
        }) == -EACCES);
  CHECK(sys(BPF_MAP_CREATE, [&](bpf_attr& a) {
          a.map_type = BPF_MAP_TYPE_ARRAY;
          a.key_size = a.value_size = 4;
          a.max_entries = 1;
          a.btf_fd = static_cast<uint32_t>(fd);
          a.btf_key_type_id = a.btf_value_type_id = 1;
        }) == -EACCES);
}

TEST_CASE("kernel BTF: one that is wrong is none", "[syscall][kernel_btf]") {
  Session session;
  const uint8_t wrong[] = {1, 2, 3};
  CHECK_FALSE(host::set_kernel_btf(wrong));
  bpf_attr next = zero_attr();
  CHECK(sys(BPF_BTF_GET_NEXT_ID, next) == -ENOENT);
  CHECK(host::set_kernel_btf({}));
}

TEST_CASE("kernel BTF: what tracing programs are loaded for", "[syscall][kernel_btf]") {
  Session session;
  const KernelTypes types;
  const auto fentry = [&](bpf_attr& a) {
    a.expected_attach_type = BPF_TRACE_FENTRY;
    a.attach_btf_id = types.function;
  };
  const std::string_view program = "r1 = *(u64 *)(r1 +0)\nr1 = *(u64 *)(r1 +0)\nr0 = 0\nexit";
  const long good = load(program, BPF_PROG_TYPE_TRACING, fentry);
  REQUIRE(good >= 0);
  CHECK(sys(BPF_RAW_TRACEPOINT_OPEN, [&](bpf_attr& a) { a.raw_tracepoint.prog_fd = static_cast<uint32_t>(good); }) ==
        -EOPNOTSUPP);
  CHECK(sys(BPF_LINK_CREATE, [&](bpf_attr& a) {
          a.link_create.prog_fd = static_cast<uint32_t>(good);
          a.link_create.attach_type = BPF_TRACE_FENTRY;
        }) == -EOPNOTSUPP);
  CHECK(load(program, BPF_PROG_TYPE_KPROBE, fentry) == -EINVAL);  // is attached by name
  CHECK(load(program, BPF_PROG_TYPE_TRACING, [&](bpf_attr& a) { fentry(a), a.attach_btf_id = 1000; }) == -EINVAL);
  CHECK(load(program, BPF_PROG_TYPE_TRACING, [&](bpf_attr& a) { fentry(a), a.attach_btf_id = 1; }) == -EINVAL);
  CHECK(load(program, BPF_PROG_TYPE_TRACING, [&](bpf_attr& a) { fentry(a), a.expected_attach_type = 0; }) == -EINVAL);
  CHECK(load(program, BPF_PROG_TYPE_TRACING, [&](bpf_attr& a) { fentry(a), a.prog_flags = BPF_F_SLEEPABLE; }) ==
        -EINVAL);
  // The kernel's BTF may be named by a descriptor, another may not.
  bpf_attr next = zero_attr();
  REQUIRE(sys(BPF_BTF_GET_NEXT_ID, next) == 0);
  const long fd = sys(BPF_BTF_GET_FD_BY_ID, [&](bpf_attr& a) { a.btf_id = next.next_id; });
  const auto named = [&](long descriptor) {
    return load(program, BPF_PROG_TYPE_TRACING, [&](bpf_attr& a) {
      fentry(a);
      a.attach_btf_obj_fd = static_cast<uint32_t>(descriptor);
    });
  };
  CHECK(named(fd) >= 0);
  CHECK(named(good) == -EINVAL);
  CHECK(named(999) == -EINVAL);
  const auto own = host::UserMemory::of(std::span<const uint8_t>(types.blob));
  const long other = sys(BPF_BTF_LOAD, [&](bpf_attr& a) {
    a.btf = own.address();
    a.btf_size = static_cast<uint32_t>(own.size());
  });
  REQUIRE(other >= 0);
  CHECK(named(other) == -EOPNOTSUPP);
}

TEST_CASE("kernel BTF: loads through pointers, good and wild", "[syscall][kernel_btf]") {
  Session session;
  const KernelTypes types;
  const bool compiles = bpf::bpf_system().jit_enabled.exchange(false);  // its code is for another processor
  const Task root{.pid = 1, .parent = nullptr};
  const Task wild{.pid = 2, .parent = reinterpret_cast<const Task*>(0xffffffd800000000)};
  Task self{.pid = 77, .parent = &root};
  host::set_current_task_object(&self);
  const long own = load("call 158\nr0 = *(u64 *)(r0 +0)\nexit", BPF_PROG_TYPE_RAW_TRACEPOINT);
  const long parent = load("call 158\nr0 = *(u64 *)(r0 +8)\nr0 = *(u64 *)(r0 +0)\nexit", BPF_PROG_TYPE_RAW_TRACEPOINT);
  const long grandparent = load("call 158\nr0 = *(u64 *)(r0 +8)\nr0 = *(u64 *)(r0 +8)\nr0 = *(s32 *)(r0 +0)\nexit",
                                BPF_PROG_TYPE_RAW_TRACEPOINT);
  REQUIRE(own >= 0);
  REQUIRE(parent >= 0);
  REQUIRE(grandparent >= 0);
  CHECK(run(own) == 77);
  CHECK(run(parent) == 1);
  CHECK(run(grandparent) == 0);
  self.parent = &wild;
  CHECK(run(parent) == 2);
  CHECK(run(grandparent) == 0);
  host::set_current_task_object(nullptr);
  CHECK(run(own) == 0);
  bpf::bpf_system().jit_enabled = compiles;
}
