// Every command with its nth allocation failing, for every n: an error, nothing left behind, and the same call works
// after.
#include "tests/host/btf/btf_builder.h"
#include "tests/host/syscall/syscall_util.h"

using namespace skep;
using namespace skep::test;

namespace {

// `prepare` opens what the call needs; `call` makes it once.
template <typename Prepare, typename Call>
void fail_everywhere(const char* what, Prepare prepare, Call call) {
  INFO(what);
  uint64_t failures = 0;
  for (uint64_t n = 1;; n++) {
    Session session;
    auto state = prepare();
    long result;
    bool failed;
    {
      host::FailNthAllocation failing(n);
      result = call(state);
      failed = failing.has_failed();
    }
    if (!failed) {
      CHECK(result >= 0);
      break;
    }
    failures++;
    INFO(n);
    // An allocation that only makes things faster may fail without harm.
    if (result < 0) CHECK(result == -ENOMEM);
    if (result >= 3) host::close_descriptor(static_cast<int>(result));
    const long again = call(state);
    CHECK(again >= 0);
  }
  CHECK(failures > 0);
}

}  // namespace

TEST_CASE("commands survive any allocation failing", "[syscall][allocation]") {
  const auto none = [] { return 0; };
  for (const uint32_t type :
       {BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_PERCPU_HASH}) {
    fail_everywhere("MAP_CREATE", none, [&](int) {
      bpf_attr a = map_attr(type, 4, 8, 4);
      return sys(BPF_MAP_CREATE, a);
    });
    const auto element = [](uint32_t command) {
      return [command](int fd) {
        uint32_t key = 1;
        uint64_t value[64] = {};
        host::UserWindow k(&key, sizeof(key)), v(value, sizeof(value));
        return sys(command, [&](bpf_attr& a) {
          a.map_fd = static_cast<uint32_t>(fd);
          a.key = k.address();
          a.value = v.address();
        });
      };
    };
    const auto filled = [&] {
      const int fd = make_map_fd(type);
      element(BPF_MAP_UPDATE_ELEM)(fd);
      return fd;
    };
    fail_everywhere("MAP_UPDATE_ELEM", filled, element(BPF_MAP_UPDATE_ELEM));
    fail_everywhere("MAP_LOOKUP_ELEM", filled, element(BPF_MAP_LOOKUP_ELEM));
    fail_everywhere("MAP_GET_NEXT_KEY", filled, [](int fd) {
      uint32_t next = 0;
      host::UserWindow w(&next, sizeof(next));
      return sys(BPF_MAP_GET_NEXT_KEY,
                 [&](bpf_attr& a) { a.map_fd = static_cast<uint32_t>(fd), a.next_key = w.address(); });
    });
  }
  const auto blob = everything().bytes();
  fail_everywhere("BTF_LOAD", none, [&](int) {
    const auto memory = host::UserMemory::of(std::span<const uint8_t>(blob));
    return sys(BPF_BTF_LOAD,
               [&](bpf_attr& a) { a.btf = memory.address(), a.btf_size = static_cast<uint32_t>(memory.size()); });
  });
  fail_everywhere(
      "GET_FD_BY_ID",
      [] {
        bpf_map_info info{};
        get_info(make_map_fd(BPF_MAP_TYPE_ARRAY), info);
        return info.id;
      },
      [](uint32_t id) { return sys(BPF_MAP_GET_FD_BY_ID, [&](bpf_attr& a) { a.map_id = id; }); });
  fail_everywhere(
      "OBJ_GET_INFO_BY_FD", [] { return load_fd(join({map_fd(1, make_map_fd(BPF_MAP_TYPE_ARRAY)), kReturnZero})); },
      [](int fd) {
        bpf_prog_info info{};
        return get_info(fd, info);
      });
  fail_everywhere(
      "PROG_BIND_MAP", [] { return std::pair(load_fd(kReturnZero), make_map_fd(BPF_MAP_TYPE_ARRAY)); },
      [](std::pair<int, int> fds) {
        return sys(BPF_PROG_BIND_MAP, [&](bpf_attr& a) {
          a.prog_bind_map.prog_fd = static_cast<uint32_t>(fds.first);
          a.prog_bind_map.map_fd = static_cast<uint32_t>(fds.second);
        });
      });
  fail_everywhere(
      "PROG_TEST_RUN", [] { return load_fd(kReturnZero); },
      [](int fd) {
        uint8_t packet[64] = {};
        host::UserWindow w(packet, sizeof(packet));
        return sys(BPF_PROG_TEST_RUN, [&](bpf_attr& a) {
          a.test.prog_fd = static_cast<uint32_t>(fd);
          a.test.data_in = w.address();
          a.test.data_size_in = sizeof(packet);
        });
      });
}

TEST_CASE("PROG_LOAD survives any allocation failing", "[syscall][allocation]") {
  // A loop, a map, a call and a branch, so that the verifier keeps states.
  const auto code = [](int map) {
    return join(
        {{store_imm(BPF_W, 10, -4, 0), mov_reg(2, 10), add_imm(2, -4)},
         map_fd(1, map),
         {call(BPF_FUNC_map_lookup_elem), insn(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 2, 0), mov_imm(0, 0), exit_insn(),
          mov_imm(6, 10), mov_reg(7, 0), add_imm(6, -1), insn(BPF_STX | BPF_MEM | BPF_DW, 7, 6, 0, 0),
          insn(BPF_JMP | BPF_JNE | BPF_K, 6, 0, -3, 0), mov_imm(0, 0), exit_insn()}});
  };
  fail_everywhere(
      "PROG_LOAD", [] { return make_map_fd(BPF_MAP_TYPE_ARRAY); },
      [&](int map) { return load_program(code(map), BPF_PROG_TYPE_KPROBE).result; });
}

TEST_CASE("LINK_CREATE survives any allocation failing", "[syscall][allocation]") {
  FakeHook hook;
  fail_everywhere(
      "LINK_CREATE",
      [&] {
        return std::pair(load_fd(kReturnZero, BPF_PROG_TYPE_KPROBE),
                         host::add_hook_descriptor(Ref<bpf::AttachHook>::share(&hook)));
      },
      [](std::pair<int, int> fds) {
        return sys(BPF_LINK_CREATE, [&](bpf_attr& a) {
          a.link_create.prog_fd = static_cast<uint32_t>(fds.first);
          a.link_create.target_fd = static_cast<uint32_t>(fds.second);
          a.link_create.attach_type = BPF_PERF_EVENT;
        });
      });
  CHECK(hook.attached == hook.detached);
}
