// PROG_TEST_RUN for socket filters and raw tracepoints.
#include "tests/host/syscall/syscall_util.h"

using namespace skep;
using namespace skep::test;

namespace {

struct Run {
  bpf_attr attr = zero_attr();
  std::vector<uint8_t> packet = std::vector<uint8_t>(64);
  std::vector<uint8_t> out = std::vector<uint8_t>(64, 0xee);
  struct __sk_buff in_context, out_context;
  host::UserWindow packet_window{packet.data(), packet.size()};
  host::UserWindow out_window{out.data(), out.size()};
  host::UserWindow in_window{&in_context, sizeof(in_context)};
  host::UserWindow context_window{&out_context, sizeof(out_context)};

  explicit Run(int program) {
    memset(&in_context, 0, sizeof(in_context));
    memset(&out_context, 0, sizeof(out_context));
    for (size_t i = 0; i < packet.size(); i++) packet[i] = static_cast<uint8_t>(i);
    attr.test.prog_fd = static_cast<uint32_t>(program);
    attr.test.data_in = packet_window.address();
    attr.test.data_size_in = static_cast<uint32_t>(packet.size());
  }
  void with_output(uint32_t bytes = 64) {
    attr.test.data_out = out_window.address();
    attr.test.data_size_out = bytes;
  }
  void with_context() {
    attr.test.ctx_in = in_window.address();
    attr.test.ctx_size_in = sizeof(in_context);
    attr.test.ctx_out = context_window.address();
    attr.test.ctx_size_out = sizeof(out_context);
  }
  long go() { return sys(BPF_PROG_TEST_RUN, attr); }
};

bpf_insn load_field(uint8_t dst, size_t offset) { return load(BPF_W, dst, 1, static_cast<int16_t>(offset)); }
int filter_returning(size_t field) { return load_fd({load_field(0, field), exit_insn()}); }

}  // namespace

TEST_CASE("PROG_TEST_RUN: a syscall program gets its context and gives it back", "[syscall]") {
  Session session;
  const Code code = {load(BPF_DW, 0, 1, 8), add_imm(0, 1), insn(BPF_STX | BPF_MEM | BPF_DW, 1, 0, 8, 0), exit_insn()};
  const Load l = load_program(code, BPF_PROG_TYPE_SYSCALL, [](bpf_attr& a) { a.prog_flags = BPF_F_SLEEPABLE; });
  INFO(l.log);
  REQUIRE(l.result >= 0);
  uint64_t context[3] = {1, 41, 3};
  host::UserWindow window(context, sizeof(context));
  bpf_attr run = zero_attr();
  run.test.prog_fd = static_cast<uint32_t>(l.result);
  run.test.ctx_in = window.address();
  run.test.ctx_size_in = sizeof(context);
  CHECK(sys(BPF_PROG_TEST_RUN, run) == 0);
  CHECK(run.test.retval == 42);
  CHECK(context[1] == 42);
  CHECK(context[2] == 3);
  const auto refused = [&](const std::function<void(bpf_attr&)>& change) {
    bpf_attr a = run;
    change(a);
    return sys(BPF_PROG_TEST_RUN, a);
  };
  CHECK(refused([](bpf_attr& a) { a.test.ctx_size_in = 15; }) == -EINVAL);
  CHECK(refused([](bpf_attr& a) { a.test.ctx_size_in = 65536; }) == -EINVAL);
  CHECK(refused([](bpf_attr& a) { a.test.repeat = 2; }) == -EINVAL);
  CHECK(refused([](bpf_attr& a) { a.test.data_in = 1; }) == -EINVAL);
  CHECK(refused([](bpf_attr& a) { a.test.ctx_in = 0xffffffff80200000; }) == -EFAULT);
}

TEST_CASE("test run of a socket filter: value, packet, repeat", "[syscall][test_run]") {
  Session session;
  Run run(load_fd({mov_imm(0, 42), exit_insn()}));
  run.with_output();
  CHECK(run.go() == 0);
  CHECK(run.attr.test.retval == 42);
  CHECK(run.attr.test.data_size_out == 64);
  CHECK(run.out[13] == 0);  // the link header comes back empty
  CHECK(run.out[14] == 14);
  CHECK(run.out[63] == 63);
  run.attr.test.repeat = 1000;
  CHECK(run.go() == 0);
  host::set_pending_signal(true);
  CHECK(run.go() == -EINTR);
  host::set_pending_signal(false);
}

TEST_CASE("test run of a socket filter: sizes", "[syscall][test_run]") {
  Session session;
  Run run(load_fd(kReturnZero));
  const auto with = [&](uint32_t bytes) {
    run.attr.test.data_size_in = bytes;
    return run.go();
  };
  CHECK(with(13) == -EINVAL);
  CHECK(with(14) == 0);
  CHECK(with(0) == -EINVAL);
  CHECK(with(65) == -EFAULT);
  CHECK(with(4096) == -EINVAL);
  CHECK(with(UINT32_MAX) == -EINVAL);
  run.attr.test.data_size_in = 64;
  run.with_output(10);
  CHECK(run.go() == -ENOSPC);
  CHECK(run.attr.test.data_size_out == 64);  // what it would take
  CHECK(run.out[10] == 0xee);
  run.with_output(64);
  run.attr.test.data_out = 8;
  CHECK(run.go() == -EFAULT);
  run.attr.test.data_out = 0;
  run.attr.test.data_in = 8;
  CHECK(run.go() == -EFAULT);
}

TEST_CASE("test run: attributes that do not belong", "[syscall][test_run]") {
  Session session;
  const int program = load_fd(kReturnZero);
  const auto with = [&](auto change) {
    Run run(program);
    change(run.attr.test);
    return run.go();
  };
  CHECK(with([](auto&) {}) == 0);
  CHECK(with([](auto& t) { t.flags = 1; }) == -EINVAL);
  CHECK(with([](auto& t) { t.cpu = 1; }) == -EINVAL);
  CHECK(with([](auto& t) { t.batch_size = 1; }) == -EINVAL);
  CHECK(with([](auto& t) { t.ctx_size_in = 8; }) == -EINVAL);
  CHECK(with([](auto& t) { t.ctx_in = 8; }) == -EINVAL);
  CHECK(with([](auto& t) { t.ctx_size_out = 8; }) == -EINVAL);
  CHECK(with([](auto& t) { t.ctx_in = 8, t.ctx_size_in = 8; }) == -EFAULT);
  CHECK(with([](auto& t) { t.prog_fd = 999; }) == -EBADF);
  CHECK(with([](auto& t) { t.prog_fd = static_cast<uint32_t>(make_map_fd(BPF_MAP_TYPE_ARRAY)); }) == -EINVAL);
  CHECK(with([](auto& t) { t.prog_fd = static_cast<uint32_t>(load_fd(kReturnZero, BPF_PROG_TYPE_KPROBE)); }) ==
        -ENOTSUPP);
}

TEST_CASE("test run of a socket filter: the context it sees", "[syscall][test_run]") {
  Session session;
  const auto value_of = [](size_t field, auto change) {
    Run run(filter_returning(field));
    change(run);
    CHECK(run.go() == 0);
    return run.attr.test.retval;
  };
  const auto nothing = [](Run&) {};
#define FIELD(name) offsetof(struct __sk_buff, name)
  CHECK(value_of(FIELD(len), nothing) == 50);
  CHECK(value_of(FIELD(protocol), nothing) == 0x0d0c);  // bytes 12 and 13 as they lie
  CHECK(value_of(FIELD(ifindex), nothing) == 1);
  CHECK(value_of(FIELD(pkt_type), nothing) == 3);  // for somebody else
  CHECK(value_of(FIELD(pkt_type), [](Run& r) { memset(r.packet.data(), 0xff, 6); }) == 1);
  CHECK(value_of(FIELD(pkt_type), [](Run& r) { memset(r.packet.data(), 0x01, 6); }) == 2);
  CHECK(value_of(FIELD(pkt_type), [](Run& r) { memset(r.packet.data(), 0, 6); }) == 0);
  CHECK(value_of(FIELD(mark), [](Run& r) { r.with_context(), r.in_context.mark = 7; }) == 7);
  CHECK(value_of(FIELD(priority), [](Run& r) { r.with_context(), r.in_context.priority = 8; }) == 8);
  CHECK(value_of(FIELD(cb[3]), [](Run& r) { r.with_context(), r.in_context.cb[3] = 9; }) == 9);
#undef FIELD
  // LD_ABS counts from behind the link header.
  Run run(load_fd({mov_reg(6, 1), insn(BPF_LD | BPF_ABS | BPF_H, 0, 0, 0, 2), exit_insn()}));
  CHECK(run.go() == 0);
  CHECK(run.attr.test.retval == 0x1011);
  Run beyond(load_fd({mov_reg(6, 1), insn(BPF_LD | BPF_ABS | BPF_H, 0, 0, 0, 49), mov_imm(0, 5), exit_insn()}));
  CHECK(beyond.go() == 0);
  CHECK(beyond.attr.test.retval == 0);
}

TEST_CASE("test run of a socket filter: the context that goes in and comes out", "[syscall][test_run]") {
  Session session;
  // cb is the program's own scratch space.
  const int program =
      load_fd({mov_imm(2, 0x77), insn(BPF_STX | BPF_MEM | BPF_W, 1, 2, offsetof(struct __sk_buff, cb[1]), 0),
               mov_imm(0, 0), exit_insn()});
  {
    Run run(program);
    run.with_context();
    run.in_context.mark = 3;
    run.in_context.cb[0] = 5;
    CHECK(run.go() == 0);
    CHECK(run.out_context.mark == 3);
    CHECK(run.out_context.cb[0] == 5);
    CHECK(run.out_context.cb[1] == 0x77);
    CHECK(run.out_context.ifindex == 1);
    CHECK(run.out_context.len == 0);
    CHECK(run.attr.test.ctx_size_out == sizeof(struct __sk_buff));
    run.attr.test.ctx_size_out = 16;
    CHECK(run.go() == -ENOSPC);
  }
  const auto refused = [&](auto change) {
    Run run(program);
    run.with_context();
    change(run.in_context);
    return run.go();
  };
  CHECK(refused([](auto& c) { c.len = 1; }) == -EINVAL);
  CHECK(refused([](auto& c) { c.queue_mapping = 1; }) == -EINVAL);
  CHECK(refused([](auto& c) { c.protocol = 1; }) == -EINVAL);
  CHECK(refused([](auto& c) { c.tc_index = 1; }) == -EINVAL);
  CHECK(refused([](auto& c) { c.hash = 1; }) == -EINVAL);
  CHECK(refused([](auto& c) { c.data_meta = 1; }) == -EINVAL);
  CHECK(refused([](auto& c) { c.tstamp_type = 1; }) == -EINVAL);
  CHECK(refused([](auto& c) { c.wire_len = 49; }) == -EINVAL);
  CHECK(refused([](auto& c) { c.wire_len = 50; }) == 0);
  CHECK(refused([](auto& c) { c.wire_len = 65537; }) == -EINVAL);
  CHECK(refused([](auto& c) { c.gso_segs = 65536; }) == -EINVAL);
  CHECK(refused([](auto& c) { c.ifindex = 2; }) == -ENODEV);
  CHECK(refused([](auto& c) { c.ifindex = 1, c.tstamp = 1, c.gso_size = 1, c.hwtstamp = 1; }) == 0);
}

TEST_CASE("test run of a raw tracepoint", "[syscall][test_run]") {
  Session session;
  const int program = load_fd({load(BPF_DW, 0, 1, 8), exit_insn()}, BPF_PROG_TYPE_RAW_TRACEPOINT);
  uint64_t arguments[13] = {1, 0x1234};
  host::UserWindow window(arguments, sizeof(arguments));
  const auto with = [&](auto change) {
    bpf_attr a = zero_attr();
    a.test.prog_fd = static_cast<uint32_t>(program);
    a.test.ctx_in = window.address();
    a.test.ctx_size_in = 16;
    change(a.test);
    const long r = sys(BPF_PROG_TEST_RUN, a);
    return r == 0 ? static_cast<long>(a.test.retval) : r;
  };
  CHECK(with([](auto&) {}) == 0x1234);
  CHECK(with([](auto& t) { t.ctx_size_in = 96; }) == 0x1234);
  CHECK(with([](auto& t) { t.ctx_size_in = 97; }) == -EINVAL);
  CHECK(with([](auto& t) { t.ctx_size_in = 8; }) == -EINVAL);  // the program reads 16
  CHECK(with([](auto& t) { t.ctx_size_in = 0, t.ctx_in = 0; }) == -EINVAL);
  CHECK(with([](auto& t) { t.data_in = 1; }) == -EINVAL);
  CHECK(with([](auto& t) { t.data_out = 1; }) == -EINVAL);
  CHECK(with([](auto& t) { t.repeat = 1; }) == -EINVAL);
  CHECK(with([](auto& t) { t.ctx_in = 8; }) == -EFAULT);
  CHECK(with([](auto& t) { t.cpu = 1; }) == -EINVAL);
  CHECK(with([](auto& t) { t.flags = 1, t.cpu = 3; }) == 0x1234);
  CHECK(with([](auto& t) { t.flags = 1, t.cpu = platform_cpus(); }) == -ENXIO);
  const int where = load_fd({call(BPF_FUNC_get_smp_processor_id), exit_insn()}, BPF_PROG_TYPE_RAW_TRACEPOINT);
  for (uint32_t cpu = 0; cpu < platform_cpus(); cpu++) {
    CHECK(with([&](auto& t) { t.prog_fd = static_cast<uint32_t>(where), t.flags = 1, t.cpu = cpu; }) == cpu);
  }
}
