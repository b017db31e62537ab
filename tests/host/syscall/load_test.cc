// PROG_LOAD, BTF_LOAD and their logs.
#include "tests/host/btf/btf_builder.h"
#include "tests/host/syscall/syscall_util.h"

using namespace skep;
using namespace skep::test;

namespace {
long error_of(const Load& l) { return l.result >= 0 ? 0 : l.result; }
bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
const Code kBad = {mov_reg(0, 3), exit_insn()};  // r3 was never written

struct DebugInfo {
  uint32_t btf = 0;
  uint32_t function = 0;
  uint32_t text = 0;
};
DebugInfo load_debug_btf() {
  BtfBuilder b;
  const auto i = b.integer();
  DebugInfo d;
  d.function = b.function("main_program", b.prototype(i, {}));
  d.text = b.string("return x;");
  const auto blob = host::UserMemory::of(std::span<const uint8_t>(b.bytes()));
  bpf_attr a = zero_attr();
  a.btf = blob.address();
  a.btf_size = static_cast<uint32_t>(blob.size());
  const long fd = sys(BPF_BTF_LOAD, a);
  REQUIRE(fd >= 0);
  d.btf = static_cast<uint32_t>(fd);
  return d;
}
}  // namespace

TEST_CASE("PROG_LOAD: attributes", "[syscall][load]") {
  Session session;
  const auto with = [](auto change, uint32_t type = BPF_PROG_TYPE_SOCKET_FILTER) {
    return error_of(load_program(kReturnZero, type, change));
  };
  CHECK(with([](bpf_attr&) {}) == 0);
  for (const uint32_t type :
       {BPF_PROG_TYPE_KPROBE, BPF_PROG_TYPE_TRACEPOINT, BPF_PROG_TYPE_PERF_EVENT, BPF_PROG_TYPE_RAW_TRACEPOINT}) {
    CHECK(with([](bpf_attr&) {}, type) == 0);
  }
  CHECK(with([](bpf_attr& a) { a.prog_type = BPF_PROG_TYPE_XDP; }) == -EINVAL);
  CHECK(with([](bpf_attr& a) { a.prog_type = 0; }) == -EINVAL);
  CHECK(with([](bpf_attr& a) { a.prog_type = UINT32_MAX; }) == -EINVAL);
  CHECK(with([](bpf_attr& a) { a.insn_cnt = 0; }) == -E2BIG);
  CHECK(with([](bpf_attr& a) { a.insn_cnt = 1'000'001; }) == -E2BIG);
  CHECK(with([](bpf_attr& a) { a.insn_cnt = UINT32_MAX; }) == -E2BIG);
  CHECK(with([](bpf_attr& a) { a.insn_cnt = 3; }) == -EFAULT);
  CHECK(with([](bpf_attr& a) { a.insns = 0; }) == -EFAULT);
  CHECK(with([](bpf_attr& a) { a.license = 0; }) == -EFAULT);
  CHECK(with([](bpf_attr& a) { a.license = 0xffffffff80200000; }) == -EFAULT);
  CHECK(with([](bpf_attr& a) { a.prog_flags = 1U << 31; }) == -EINVAL);
  CHECK(with([](bpf_attr& a) { a.prog_flags = BPF_F_TEST_STATE_FREQ; }) == 0);
  CHECK(with([](bpf_attr& a) { a.prog_flags = 1U << 6 | 1U << 7; }) == 0);  // XDP_DEV_BOUND_ONLY, TEST_REG_INVARIANTS
  CHECK(with([](bpf_attr& a) { a.prog_flags = 1U << 8; }) == -EINVAL);
  CHECK(with([](bpf_attr& a) { strcpy(a.prog_name, "ok_name.1"); }) == 0);
  CHECK(with([](bpf_attr& a) { strcpy(a.prog_name, "not ok"); }) == -EINVAL);
  CHECK(with([](bpf_attr& a) { a.prog_ifindex = 1; }) == -EINVAL);
  CHECK(with([](bpf_attr& a) { a.kern_version = 12345; }) == 0);  // nobody looks, as in Linux
  CHECK(with([](bpf_attr& a) { a.attach_btf_id = 1; }) == -EINVAL);
  CHECK(with([](bpf_attr& a) { a.attach_prog_fd = 1; }) == -EINVAL);
  CHECK(with([](bpf_attr& a) { a.prog_flags = BPF_F_SLEEPABLE; }, BPF_PROG_TYPE_KPROBE) == 0);  // for uprobes
  CHECK(with([](bpf_attr& a) { a.prog_flags = BPF_F_SLEEPABLE; }, BPF_PROG_TYPE_TRACEPOINT) == -EINVAL);
  CHECK(with([](bpf_attr&) {}, BPF_PROG_TYPE_SYSCALL) == -EINVAL);  // not sleepable
  CHECK(with([](bpf_attr& a) { a.prog_flags = BPF_F_SLEEPABLE; }, BPF_PROG_TYPE_SYSCALL) == 0);
  CHECK(with([](bpf_attr& a) { a.prog_flags = BPF_F_SLEEPABLE, a.expected_attach_type = 1; }, BPF_PROG_TYPE_SYSCALL) ==
        -EINVAL);
  CHECK(with([](bpf_attr&) {}, BPF_PROG_TYPE_TRACING) == -EINVAL);
  CHECK(with([](bpf_attr& a) { a.core_relo_cnt = 1; }) == -EINVAL);
}

TEST_CASE("PROG_LOAD: what the verifier refuses", "[syscall][load]") {
  Session session;
  const Load l = load_program(kBad);
  CHECK(l.result == -EACCES);
  CHECK(has(l.log, "R3 !read_ok"));
  CHECK(l.log_true_size == l.log.size() + 1);
  CHECK(load_program(kBad, BPF_PROG_TYPE_SOCKET_FILTER, {}, 0).result == -EACCES);  // without a log
  const Load unknown = load_program({call(9999), exit_insn()});
  CHECK(unknown.result == -EINVAL);
  const Load later = load_program({mov_imm(1, 0), call(BPF_FUNC_ktime_get_tai_ns), mov_imm(0, 0), exit_insn()});
  CHECK(later.result == -EINVAL);
  CHECK(has(later.log, "func bpf_ktime_get_tai_ns#208 is not available in this kernel"));
}

TEST_CASE("PROG_LOAD: GPL-only helpers need a GPL-compatible license", "[syscall][load]") {
  Session session;
  const Code code = {mov_reg(1, 10), add_imm(1, -8), mov_imm(2, 8), mov_imm(3, 0), call(BPF_FUNC_probe_read_kernel),
                     mov_imm(0, 0),  exit_insn()};
  for (const char* license :
       {"GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"}) {
    host::UserWindow window(license, strlen(license) + 1);
    CHECK(error_of(load_program(code, BPF_PROG_TYPE_KPROBE, [&](bpf_attr& a) { a.license = window.address(); })) == 0);
  }
  for (const char* license : {"", "MIT", "gpl", "GPL v3", "GPLx", "Proprietary"}) {
    host::UserWindow window(license, strlen(license) + 1);
    CHECK(error_of(load_program(code, BPF_PROG_TYPE_KPROBE, [&](bpf_attr& a) { a.license = window.address(); })) ==
          -EINVAL);
  }
  const std::string endless(200, 'G');  // cut at 127
  host::UserWindow window(endless.data(), endless.size());
  CHECK(error_of(load_program(kReturnZero, BPF_PROG_TYPE_KPROBE, [&](bpf_attr& a) { a.license = window.address(); })) ==
        0);
}

TEST_CASE("PROG_LOAD: log settings", "[syscall][load][log]") {
  Session session;
  host::UserMemory buffer(256);
  const auto with = [&](uint32_t level, uint64_t at, uint32_t size, const Code& code = kReturnZero) {
    return error_of(load_program(
        code, BPF_PROG_TYPE_SOCKET_FILTER,
        [&](bpf_attr& a) {
          a.log_level = level;
          a.log_buf = at;
          a.log_size = size;
        },
        0));
  };
  CHECK(with(0, 0, 0) == 0);
  CHECK(with(0, buffer.address(), 256) == -EINVAL);
  CHECK(with(0, 0, 256) == -EINVAL);
  CHECK(with(1, buffer.address(), 0) == -EINVAL);
  CHECK(with(1, 0, 256) == -EINVAL);
  CHECK(with(1, 0, 0) == 0);
  CHECK(with(16, buffer.address(), 256) == -EINVAL);
  CHECK(with(1, buffer.address(), (UINT32_MAX >> 2) + 1) == -EINVAL);
  CHECK(with(1, buffer.address(), 256) == 0);
  CHECK(with(1, 16, 256, kBad) == -EFAULT);
}

TEST_CASE("PROG_LOAD: a log that does not fit", "[syscall][load][log]") {
  Session session;
  const Load whole = load_program(kBad);
  const auto full = static_cast<uint32_t>(whole.log.size() + 1);
  const Load exact = load_program(kBad, BPF_PROG_TYPE_SOCKET_FILTER, {}, full);
  CHECK(exact.result == -EACCES);
  CHECK(exact.log == whole.log);
  for (const uint32_t bytes : {full - 1, full / 2, 20U, 2U, 1U}) {
    const Load cut = load_program(kBad, BPF_PROG_TYPE_SOCKET_FILTER, {}, bytes);
    CHECK(cut.result == -ENOSPC);
    CHECK(cut.log_true_size == full);
    CHECK(cut.log == whole.log.substr(whole.log.size() - (bytes - 1)));  // its end
    const Load fixed = load_program(kBad, BPF_PROG_TYPE_SOCKET_FILTER, [](bpf_attr& a) { a.log_level = 1 | 8; }, bytes);
    CHECK(fixed.result == -ENOSPC);
    CHECK(fixed.log == whole.log.substr(0, bytes - 1));  // BPF_LOG_FIXED: its beginning
  }
}

TEST_CASE("PROG_LOAD: maps by descriptor, by index, by value", "[syscall][load]") {
  Session session;
  const int array = make_map_fd(BPF_MAP_TYPE_ARRAY, 4, 16, 1);
  const int hash = make_map_fd(BPF_MAP_TYPE_HASH, 4, 16, 1);
  const auto program = [](Code lddw) { return join({lddw, kReturnZero}); };
  const auto result = [&](Code code, auto change) {
    const Load l = load_program(code, BPF_PROG_TYPE_SOCKET_FILTER, change);
    return std::pair(error_of(l), l.log);
  };
  const auto nothing = [](bpf_attr&) {};
  CHECK(result(program(map_fd(1, array)), nothing).first == 0);
  auto [bad, log] = result(program(map_fd(1, 999)), nothing);
  CHECK(bad == -EBADF);
  CHECK(has(log, "fd 999 is not pointing to valid bpf_map"));
  CHECK(result(program(map_fd(1, host::add_plain_descriptor())), nothing).first == -EINVAL);
  CHECK(result(program(map_fd(1, load_fd(kReturnZero))), nothing).first == -EINVAL);
  CHECK(result(program(map_fd(1, array, BPF_PSEUDO_MAP_FD, 1)), nothing).first == -EINVAL);
  CHECK(result(program(map_fd(1, array, BPF_PSEUDO_MAP_VALUE, 15)), nothing).first == 0);
  CHECK(result(program(map_fd(1, array, BPF_PSEUDO_MAP_VALUE, 16)), nothing).first == -EINVAL);
  CHECK(result(program(map_fd(1, hash, BPF_PSEUDO_MAP_VALUE, 0)), nothing).first == -EINVAL);
  CHECK(result({map_fd(1, array)[0]}, nothing).first == -EINVAL);  // half an instruction
  const int fds[] = {hash, array};
  host::UserWindow list(fds, sizeof(fds));
  const auto with_list = [&](bpf_attr& a) { a.fd_array = list.address(); };
  CHECK(result(program(map_fd(1, 1, BPF_PSEUDO_MAP_IDX)), with_list).first == 0);
  CHECK(result(program(map_fd(1, 1, BPF_PSEUDO_MAP_IDX_VALUE, 8)), with_list).first == 0);
  CHECK(result(program(map_fd(1, 0, BPF_PSEUDO_MAP_IDX_VALUE, 8)), with_list).first == -EINVAL);
  CHECK(result(program(map_fd(1, 2, BPF_PSEUDO_MAP_IDX)), with_list).first == -EFAULT);
  CHECK(result(program(map_fd(1, -1, BPF_PSEUDO_MAP_IDX)), with_list).first == -EFAULT);
  auto [proto, proto_log] = result(program(map_fd(1, 0, BPF_PSEUDO_MAP_IDX)), nothing);
  CHECK(proto == -EPROTO);
  CHECK(has(proto_log, "fd_idx without fd_array is invalid"));
}

TEST_CASE("PROG_LOAD: at most 64 maps", "[syscall][load]") {
  Session session;
  Code code;
  for (int i = 0; i < 64; i++) code = join({code, map_fd(1, make_map_fd(BPF_MAP_TYPE_ARRAY))});
  CHECK(error_of(load_program(join({code, kReturnZero}))) == 0);
  code = join({code, map_fd(1, make_map_fd(BPF_MAP_TYPE_ARRAY))});
  CHECK(error_of(load_program(join({code, kReturnZero}))) == -E2BIG);
}

TEST_CASE("PROG_LOAD: func_info and line_info", "[syscall][load][btf]") {
  Session session;
  const DebugInfo d = load_debug_btf();
  bpf_func_info functions[2] = {{0, d.function}, {0, d.function}};
  bpf_line_info lines[2] = {{0, 0, d.text, 5 << 10 | 1}, {1, 0, d.text, 6 << 10 | 1}};
  host::UserWindow f(functions, sizeof(functions)), l(lines, sizeof(lines));
  const auto with = [&](auto change) {
    return error_of(load_program(kReturnZero, BPF_PROG_TYPE_SOCKET_FILTER, [&](bpf_attr& a) {
      a.prog_btf_fd = d.btf;
      a.func_info = f.address();
      a.func_info_cnt = 1;
      a.func_info_rec_size = sizeof(bpf_func_info);
      a.line_info = l.address();
      a.line_info_cnt = 2;
      a.line_info_rec_size = sizeof(bpf_line_info);
      change(a);
    }));
  };
  CHECK(with([](bpf_attr&) {}) == 0);
  CHECK(with([](bpf_attr& a) { a.prog_btf_fd = 999; }) == -EBADF);
  CHECK(with([](bpf_attr& a) { a.prog_btf_fd = static_cast<uint32_t>(make_map_fd(BPF_MAP_TYPE_ARRAY)); }) == -EINVAL);
  CHECK(with([](bpf_attr& a) { a.func_info_cnt = 2; }) == -EINVAL);
  CHECK(with([](bpf_attr& a) { a.func_info_cnt = UINT32_MAX; }) == -EINVAL);
  CHECK(with([](bpf_attr& a) { a.line_info_cnt = UINT32_MAX; }) == -EINVAL);
  CHECK(with([](bpf_attr& a) { a.func_info_rec_size = 4; }) == -EINVAL);
  CHECK(with([](bpf_attr& a) { a.func_info_rec_size = 10; }) == -EINVAL);
  CHECK(with([](bpf_attr& a) { a.line_info_rec_size = 256; }) == -EINVAL);
  CHECK(with([](bpf_attr& a) { a.func_info = 0; }) == -EFAULT);
  CHECK(with([](bpf_attr& a) { a.func_info_rec_size = 16; }) == -E2BIG);  // the second record is not zero
  CHECK(with([](bpf_attr& a) { a.func_info_cnt = a.line_info_cnt = 0; }) == 0);
}

TEST_CASE("BTF_LOAD", "[syscall][btf]") {
  Session session;
  auto bytes = everything().bytes();
  const auto error = [&](auto change) {
    const auto blob = host::UserMemory::of(std::span<const uint8_t>(bytes));
    bpf_attr a = zero_attr();
    a.btf = blob.address();
    a.btf_size = static_cast<uint32_t>(blob.size());
    change(a);
    const long r = sys(BPF_BTF_LOAD, a);
    return r >= 0 ? 0 : r;
  };
  CHECK(error([](bpf_attr&) {}) == 0);
  CHECK(error([](bpf_attr& a) { a.btf = 0; }) == -EFAULT);
  CHECK(error([](bpf_attr& a) { a.btf_size = 0; }) == -EINVAL);
  CHECK(error([](bpf_attr& a) { a.btf_size++; }) == -EFAULT);
  CHECK(error([](bpf_attr& a) { a.btf_size = (16U << 20) + 1; }) == -E2BIG);
  CHECK(error([](bpf_attr& a) { a.btf_log_level = 1; }) == 0);
  CHECK(error([](bpf_attr& a) { a.btf_log_size = 64; }) == -EINVAL);
  bytes[0] = 0;
  host::UserMemory log(64);
  CHECK(error([&](bpf_attr& a) {
          a.btf_log_level = 1;
          a.btf_log_buf = log.address();
          a.btf_log_size = 64;
        }) == -EINVAL);
  CHECK(std::string(reinterpret_cast<char*>(log.data())) == "Invalid magic\n");
  CHECK(error([&](bpf_attr& a) {
          a.btf_log_level = 1;
          a.btf_log_buf = log.address();
          a.btf_log_size = 5;
        }) == -ENOSPC);
}

TEST_CASE("PROG_BIND_MAP", "[syscall]") {
  Session session;
  const int array = make_map_fd(BPF_MAP_TYPE_ARRAY);
  const int other = make_map_fd(BPF_MAP_TYPE_HASH);
  const int program = load_fd(join({map_fd(1, array), kReturnZero}));
  const auto bind = [](int prog, int map, uint32_t flags = 0) {
    return sys(BPF_PROG_BIND_MAP, [&](bpf_attr& a) {
      a.prog_bind_map.prog_fd = static_cast<uint32_t>(prog);
      a.prog_bind_map.map_fd = static_cast<uint32_t>(map);
      a.prog_bind_map.flags = flags;
    });
  };
  bpf_prog_info info{};
  CHECK(bind(program, array) == 0);
  CHECK(get_info(program, info) == 0);
  CHECK(info.nr_map_ids == 1);
  CHECK(bind(program, other) == 0);
  CHECK(bind(program, other) == 0);
  info = {};
  CHECK(get_info(program, info) == 0);
  CHECK(info.nr_map_ids == 2);
  CHECK(bind(program, other, 1) == -EINVAL);
  CHECK(bind(999, other) == -EBADF);
  CHECK(bind(program, 999) == -EBADF);
  CHECK(bind(other, program) == -EINVAL);
  // The program keeps the map alive.
  bpf_map_info before{};
  CHECK(get_info(other, before) == 0);
  host::close_descriptor(other);
  host::settle();
  CHECK(sys(BPF_MAP_GET_FD_BY_ID, [&](bpf_attr& a) { a.map_id = before.id; }) >= 0);
}
