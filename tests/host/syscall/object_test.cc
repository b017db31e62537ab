// Ids, information, links, and what happens when things are closed.
#include "bpf/link.h"
#include "tests/host/btf/btf_builder.h"
#include "tests/host/syscall/syscall_util.h"

using namespace skep;
using namespace skep::test;

namespace {

std::vector<uint32_t> ids(uint32_t command) {
  std::vector<uint32_t> all;
  bpf_attr a = zero_attr();
  while (sys(command, a) == 0) {
    all.push_back(a.next_id);
    const uint32_t next = a.next_id;
    a = zero_attr();
    a.start_id = next;
    REQUIRE(all.size() < 100);
  }
  return all;
}
long fd_by_id(uint32_t command, uint32_t id) {
  return sys(command, [&](bpf_attr& a) { a.map_id = id; });
}
int load_btf() {
  const auto blob = host::UserMemory::of(std::span<const uint8_t>(everything().bytes()));
  bpf_attr a = zero_attr();
  a.btf = blob.address();
  a.btf_size = static_cast<uint32_t>(blob.size());
  return static_cast<int>(sys(BPF_BTF_LOAD, a));
}
long create_link(int program, int target, uint32_t type = BPF_PERF_EVENT, uint32_t flags = 0) {
  return sys(BPF_LINK_CREATE, [&](bpf_attr& a) {
    a.link_create.prog_fd = static_cast<uint32_t>(program);
    a.link_create.target_fd = static_cast<uint32_t>(target);
    a.link_create.attach_type = type;
    a.link_create.flags = flags;
  });
}

}  // namespace

TEST_CASE("ids go with their objects", "[syscall][ids]") {
  Session session;
  CHECK(ids(BPF_MAP_GET_NEXT_ID).empty());
  CHECK(ids(BPF_PROG_GET_NEXT_ID).empty());
  const int a = make_map_fd(BPF_MAP_TYPE_ARRAY);
  const int b = make_map_fd(BPF_MAP_TYPE_HASH);
  const auto two = ids(BPF_MAP_GET_NEXT_ID);
  REQUIRE(two.size() == 2);
  CHECK(two[0] < two[1]);
  bpf_map_info info{};
  CHECK(get_info(b, info) == 0);
  CHECK(info.id == two[1]);
  const long again = fd_by_id(BPF_MAP_GET_FD_BY_ID, two[0]);
  REQUIRE(again >= 0);
  host::close_descriptor(a);
  CHECK(ids(BPF_MAP_GET_NEXT_ID).size() == 2);
  host::close_descriptor(static_cast<int>(again));
  CHECK(ids(BPF_MAP_GET_NEXT_ID).size() == 1);
  CHECK(fd_by_id(BPF_MAP_GET_FD_BY_ID, two[0]) == -ENOENT);
  CHECK(fd_by_id(BPF_MAP_GET_FD_BY_ID, 0) == -ENOENT);
  CHECK(fd_by_id(BPF_MAP_GET_FD_BY_ID, UINT32_MAX) == -ENOENT);
  CHECK(fd_by_id(BPF_PROG_GET_FD_BY_ID, 12345) == -ENOENT);
  CHECK(fd_by_id(BPF_BTF_GET_FD_BY_ID, 12345) == -ENOENT);
  CHECK(fd_by_id(BPF_LINK_GET_FD_BY_ID, 12345) == -ENOENT);
  CHECK(sys(BPF_MAP_GET_NEXT_ID, [](bpf_attr& x) { x.start_id = INT32_MAX; }) == -EINVAL);
  CHECK(sys(BPF_MAP_GET_NEXT_ID, [](bpf_attr& x) { x.start_id = INT32_MAX - 1; }) == -ENOENT);
  CHECK(sys(BPF_MAP_GET_FD_BY_ID, [&](bpf_attr& x) { x.map_id = two[1], x.open_flags = 1; }) == -EINVAL);
  CHECK(sys(BPF_MAP_GET_FD_BY_ID,
            [&](bpf_attr& x) { x.map_id = two[1], x.open_flags = BPF_F_RDONLY | BPF_F_WRONLY; }) == -EINVAL);
  CHECK(sys(BPF_MAP_GET_FD_BY_ID, [&](bpf_attr& x) { x.map_id = two[1], x.open_flags = BPF_F_RDONLY; }) >= 0);
}

TEST_CASE("a program holds its maps, and its BTF", "[syscall][ids]") {
  Session session;
  const int map = make_map_fd(BPF_MAP_TYPE_ARRAY);
  const int program = load_fd(join({map_fd(1, map), kReturnZero}));
  host::close_descriptor(map);
  host::settle();
  CHECK(ids(BPF_MAP_GET_NEXT_ID).size() == 1);
  host::close_descriptor(program);
  CHECK(ids(BPF_PROG_GET_NEXT_ID).empty());
  host::settle();
  CHECK(ids(BPF_MAP_GET_NEXT_ID).empty());
}

TEST_CASE("map information", "[syscall][info]") {
  Session session;
  bpf_attr a = map_attr(BPF_MAP_TYPE_HASH, 4, 12, 9, BPF_F_NO_PREALLOC);
  strcpy(a.map_name, "counts");
  const int map = static_cast<int>(sys(BPF_MAP_CREATE, a));
  struct {
    bpf_map_info info;
    uint8_t more[32];
  } big{};
  CHECK(get_info(map, big.info) == 0);
  CHECK(big.info.type == BPF_MAP_TYPE_HASH);
  CHECK((big.info.key_size == 4 && big.info.value_size == 12 && big.info.max_entries == 9));
  CHECK(big.info.map_flags == BPF_F_NO_PREALLOC);
  CHECK(std::string(big.info.name) == "counts");
  // A caller who knows less gets less, one who knows more is told how much there is.
  bpf_map_info part{};
  memset(&part, 0xee, sizeof(part));
  part = {};
  part.name[0] = 'x';
  host::UserWindow window(&big, sizeof(big));
  bpf_attr q = zero_attr();
  q.info.bpf_fd = static_cast<uint32_t>(map);
  q.info.info_len = sizeof(big);
  q.info.info = window.address();
  CHECK(sys(BPF_OBJ_GET_INFO_BY_FD, q) == 0);
  CHECK(q.info.info_len == sizeof(bpf_map_info));
  big.more[31] = 1;
  q.info.info_len = sizeof(big);
  CHECK(sys(BPF_OBJ_GET_INFO_BY_FD, q) == -E2BIG);
  q.info.info_len = 8;
  CHECK(sys(BPF_OBJ_GET_INFO_BY_FD, q) == 0);
  CHECK(q.info.info_len == 8);
  q.info.info_len = sizeof(bpf_map_info);
  q.info.info = 64;
  CHECK(sys(BPF_OBJ_GET_INFO_BY_FD, q) == -EFAULT);
  q.info.bpf_fd = 999;
  CHECK(sys(BPF_OBJ_GET_INFO_BY_FD, q) == -77);  // EBADFD
  q.info.bpf_fd = static_cast<uint32_t>(host::add_plain_descriptor());
  CHECK(sys(BPF_OBJ_GET_INFO_BY_FD, q) == -EINVAL);
}

TEST_CASE("program information", "[syscall][info]") {
  Session session;
  const int map = make_map_fd(BPF_MAP_TYPE_ARRAY);
  host::set_clock_ns(5'000'000'000);
  const Code code = join({map_fd(1, map), kReturnZero});
  const Load l = load_program(code, BPF_PROG_TYPE_KPROBE, [](bpf_attr& a) { strcpy(a.prog_name, "probe_it"); });
  REQUIRE(l.result >= 0);
  const int program = static_cast<int>(l.result);
  host::set_clock_ns(0);
  bpf_prog_info info{};
  CHECK(get_info(program, info) == 0);
  CHECK(info.type == BPF_PROG_TYPE_KPROBE);
  CHECK(info.gpl_compatible == 1);
  CHECK(std::string(info.name) == "probe_it");
  CHECK(info.load_time == 5'000'000'000);
  CHECK(info.xlated_prog_len == code.size() * 8);
  CHECK(info.jited_prog_len == 0);  // the host's tests interpret
  CHECK(info.nr_map_ids == 1);
  CHECK(info.verified_insns >= 3);
  CHECK((info.func_info_rec_size == 8 && info.line_info_rec_size == 16 && info.jited_line_info_rec_size == 8));
  // SHA-1 of the code with the map's number taken out, by another implementation.
  CHECK(info.nr_prog_tags == 1);

  uint32_t map_id = 0;
  bpf_insn dump[4] = {};
  uint8_t tag[8] = {};
  uint64_t ksym = 1;
  host::UserWindow w1(&map_id, sizeof(map_id)), w2(dump, sizeof(dump)), w3(tag, sizeof(tag)), w4(&ksym, sizeof(ksym));
  info = {};
  info.nr_map_ids = 1;
  info.map_ids = w1.address();
  info.xlated_prog_len = sizeof(dump);
  info.xlated_prog_insns = w2.address();
  info.nr_prog_tags = 1;
  info.prog_tags = w3.address();
  info.nr_jited_ksyms = 1;
  info.jited_ksyms = w4.address();
  CHECK(get_info(program, info) == 0);
  bpf_map_info map_info{};
  CHECK(get_info(map, map_info) == 0);
  CHECK(map_id == map_info.id);
  CHECK((dump[0].code == code[0].code && dump[0].src_reg == BPF_PSEUDO_MAP_FD));
  CHECK(dump[0].imm == static_cast<int32_t>(map_info.id));  // no address reaches user space
  CHECK(dump[3].code == (BPF_JMP | BPF_EXIT));
  CHECK(memcmp(tag, info.tag, 8) == 0);
  CHECK(ksym == 0);
  info = {};
  info.xlated_prog_len = 8;
  info.xlated_prog_insns = 64;
  CHECK(get_info(program, info) == -EFAULT);
  info = {};
  info.nr_map_ids = 1;
  info.map_ids = 64;
  CHECK(get_info(program, info) == -EFAULT);
  info = {};
  info.func_info_rec_size = 4;
  CHECK(get_info(program, info) == -EINVAL);
}

TEST_CASE("a program's tag tells code apart, not descriptors", "[syscall][info]") {
  Session session;
  const auto tag_of = [](const Code& code) {
    bpf_prog_info info{};
    CHECK(get_info(load_fd(code), info) == 0);
    return std::string(reinterpret_cast<char*>(info.tag), 8);
  };
  const int a = make_map_fd(BPF_MAP_TYPE_ARRAY);
  const int b = make_map_fd(BPF_MAP_TYPE_ARRAY);
  CHECK(tag_of(join({map_fd(1, a), kReturnZero})) == tag_of(join({map_fd(1, b), kReturnZero})));
  CHECK(tag_of(kReturnZero) != tag_of({mov_imm(0, 1), exit_insn()}));
  // Of the code as it was loaded, dead code included.
  const Code dead = {mov_imm(0, 0), insn(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1, 0), mov_imm(0, 1), exit_insn()};
  CHECK(tag_of(dead) == std::string("\xc1\x5d\x84\x0a\x15\xe3\x80\x1d", 8));
  // b7 00 00 00 00 00 00 00 95 00 00 00 00 00 00 00: what Linux reports for "return 0"
  CHECK(tag_of(kReturnZero) == std::string("\xa0\x4f\x5e\xef\x06\xa7\xf5\x55", 8));
}

TEST_CASE("BTF information", "[syscall][info][btf]") {
  Session session;
  const int btf = load_btf();
  const auto original = everything().bytes();
  std::vector<uint8_t> copy(original.size() + 10);
  char name[8] = "unset";
  host::UserWindow w(copy.data(), copy.size()), n(name, sizeof(name));
  bpf_btf_info info{};
  info.btf = w.address();
  info.btf_size = static_cast<uint32_t>(copy.size());
  info.name = n.address();
  info.name_len = sizeof(name);
  CHECK(get_info(btf, info) == 0);
  CHECK(info.btf_size == original.size());
  CHECK(memcmp(copy.data(), original.data(), original.size()) == 0);
  CHECK(name[0] == '\0');
  CHECK((info.kernel_btf == 0 && info.id != 0));
  info = {};
  info.name_len = 4;
  CHECK(get_info(btf, info) == -EINVAL);
  info = {};
  CHECK(get_info(btf, info) == 0);
  CHECK(info.btf_size == original.size());
}

TEST_CASE("links: attach, describe, detach by closing", "[syscall][link]") {
  FakeHook hook;
  {
    Session session;
    const int target = host::add_hook_descriptor(Ref<bpf::AttachHook>::share(&hook));
    const int program = load_fd(kReturnZero, BPF_PROG_TYPE_KPROBE);
    const int filter = load_fd(kReturnZero);
    CHECK(create_link(999, target) == -EBADF);
    CHECK(create_link(target, target) == -EINVAL);
    CHECK(create_link(program, 999) == -EBADF);
    CHECK(create_link(program, program) == -EINVAL);
    CHECK(create_link(filter, target) == -EINVAL);
    CHECK(create_link(program, target, BPF_TRACE_KPROBE_MULTI) == -EINVAL);
    CHECK(create_link(program, target, 9999) == -EINVAL);
    CHECK(create_link(program, target, BPF_PERF_EVENT, 1) == -EINVAL);
    hook.refuse = ENOMEM;
    CHECK(create_link(program, target) == -ENOMEM);
    hook.refuse = 0;
    CHECK(hook.attached == 0);
    const long link = create_link(program, target);
    REQUIRE(link >= 0);
    CHECK(host::descriptor_name(static_cast<int>(link)) == "bpf_link");
    CHECK(hook.program() != nullptr);
    CHECK(create_link(program, target) == -EEXIST);

    bpf_link_info info{};
    CHECK(get_info(static_cast<int>(link), info) == 0);
    bpf_prog_info program_info{};
    CHECK(get_info(program, program_info) == 0);
    CHECK((info.type == BPF_LINK_TYPE_PERF_EVENT && info.prog_id == program_info.id));
    CHECK(ids(BPF_LINK_GET_NEXT_ID) == std::vector<uint32_t>{info.id});
    const auto on_link = [&](uint32_t command, uint32_t fd) {
      return sys(command, [&](bpf_attr& a) { a.link_detach.link_fd = fd; });
    };
    CHECK(on_link(BPF_LINK_DETACH, static_cast<uint32_t>(link)) == -EOPNOTSUPP);
    CHECK(on_link(BPF_LINK_DETACH, 999) == -EBADF);
    CHECK(on_link(BPF_ITER_CREATE, static_cast<uint32_t>(link)) == -EINVAL);
    CHECK(sys(BPF_LINK_UPDATE, [&](bpf_attr& a) {
            a.link_update.link_fd = static_cast<uint32_t>(link);
            a.link_update.new_prog_fd = static_cast<uint32_t>(program);
          }) == -EINVAL);

    // The program outlives its own descriptor, the link a duplicate of its descriptor.
    host::close_descriptor(program);
    CHECK(ids(BPF_PROG_GET_NEXT_ID).size() == 2);
    const int copy = host::duplicate_descriptor(static_cast<int>(link));
    host::close_descriptor(static_cast<int>(link));
    CHECK(hook.detached == 0);
    const long again = fd_by_id(BPF_LINK_GET_FD_BY_ID, info.id);
    host::close_descriptor(copy);
    CHECK(hook.detached == 0);
    host::close_descriptor(static_cast<int>(again));
    CHECK(hook.detached == 1);
    CHECK(hook.program() == nullptr);
    CHECK(ids(BPF_LINK_GET_NEXT_ID).empty());
    CHECK(ids(BPF_PROG_GET_NEXT_ID).size() == 1);
  }
  CHECK(hook.attached == 1);
}

TEST_CASE("commands for things that are not there", "[syscall]") {
  Session session;
  const auto program = static_cast<uint32_t>(load_fd(kReturnZero, BPF_PROG_TYPE_RAW_TRACEPOINT));
  const char path[] = "/sys/fs/bpf/x";
  host::UserWindow w(path, sizeof(path));
  CHECK(sys(BPF_OBJ_PIN, [&](bpf_attr& a) { a.pathname = w.address(), a.bpf_fd = program; }) == -EPERM);
  CHECK(sys(BPF_OBJ_PIN, [&](bpf_attr& a) { a.pathname = 0, a.bpf_fd = program; }) == -EFAULT);
  CHECK(sys(BPF_OBJ_PIN, [&](bpf_attr& a) { a.pathname = w.address(), a.bpf_fd = 999; }) == -EBADF);
  CHECK(sys(BPF_OBJ_GET, [&](bpf_attr& a) { a.pathname = w.address(); }) == -ENOENT);
  CHECK(sys(BPF_OBJ_GET, [&](bpf_attr& a) { a.pathname = w.address(), a.bpf_fd = 1; }) == -EINVAL);
  const char name[] = "sched_switch";
  host::UserWindow n(name, sizeof(name));
  CHECK(sys(BPF_RAW_TRACEPOINT_OPEN,
            [&](bpf_attr& a) { a.raw_tracepoint.name = n.address(), a.raw_tracepoint.prog_fd = program; }) == -ENOENT);
  CHECK(sys(BPF_RAW_TRACEPOINT_OPEN, [&](bpf_attr& a) { a.raw_tracepoint.prog_fd = program; }) == -EFAULT);
  CHECK(sys(BPF_RAW_TRACEPOINT_OPEN, [&](bpf_attr& a) { a.raw_tracepoint.prog_fd = 999; }) == -EBADF);
  CHECK(sys(BPF_PROG_ATTACH, [&](bpf_attr& a) { a.attach_bpf_fd = program; }) == -EINVAL);
  CHECK(sys(BPF_PROG_DETACH, [&](bpf_attr&) {}) == -EINVAL);
  CHECK(sys(BPF_PROG_QUERY, [&](bpf_attr&) {}) == -EINVAL);
  CHECK(sys(BPF_ENABLE_STATS, [&](bpf_attr&) {}) == -EINVAL);
  CHECK(sys(BPF_TASK_FD_QUERY, [&](bpf_attr&) {}) == -ENOTSUPP);
  CHECK(sys(BPF_MAP_LOOKUP_BATCH, [&](bpf_attr& a) { a.batch.map_fd = 999; }) == -EBADF);
  CHECK(sys(BPF_MAP_LOOKUP_BATCH,
            [&](bpf_attr& a) { a.batch.map_fd = static_cast<uint32_t>(make_map_fd(BPF_MAP_TYPE_HASH)); }) == -ENOTSUPP);
}
