// The frame of bpf(2): privilege, sizes, unused bytes, unknown commands; and every command with every size and bad
// pointers.
#include <set>

#include "tests/host/syscall/syscall_util.h"

using namespace skep;
using namespace skep::test;

TEST_CASE("bpf(2) is for root", "[syscall]") {
  Session session;
  auto& task = host::current_task();
  task.uid = 1000;
  for (uint32_t command = 0; command <= 60; command++) {
    bpf_attr a = map_attr(BPF_MAP_TYPE_ARRAY, 4, 8, 1);
    CHECK(sys(command, a) == -EPERM);
  }
  task.uid = 0;
}

TEST_CASE("attributes that are longer or shorter than known", "[syscall]") {
  Session session;
  struct Long {
    bpf_attr attr = zero_attr();
    uint8_t more[4096] = {};
  } a;
  a.attr = map_attr(BPF_MAP_TYPE_ARRAY, 4, 8, 1);
  host::UserWindow window(&a, sizeof(a));
  const auto call_with = [&](uint32_t size) {
    return to_syscall_return(bpf::bpf_syscall(BPF_MAP_CREATE, window.address(), size));
  };
  CHECK(call_with(sizeof(bpf_attr)) >= 0);
  CHECK(call_with(sizeof(bpf_attr) + 100) >= 0);
  CHECK(call_with(4096) >= 0);
  CHECK(call_with(4097) == -E2BIG);
  CHECK(call_with(UINT32_MAX) == -E2BIG);
  a.more[99] = 1;
  CHECK(call_with(sizeof(bpf_attr) + 99) >= 0);
  CHECK(call_with(sizeof(bpf_attr) + 100) == -E2BIG);
  CHECK(call_with(16) >= 0);        // as far as max_entries
  CHECK(call_with(12) == -EINVAL);  // max_entries reads as 0
  CHECK(call_with(0) == -EINVAL);
  CHECK(to_syscall_return(bpf::bpf_syscall(BPF_MAP_CREATE, 0, 16)) == -EFAULT);
  CHECK(to_syscall_return(bpf::bpf_syscall(BPF_MAP_CREATE, 0, 0)) == -EINVAL);
  CHECK(to_syscall_return(bpf::bpf_syscall(BPF_MAP_CREATE, ~uint64_t{15}, 16)) == -EFAULT);
}

TEST_CASE("bytes behind a command's last field must be zero", "[syscall]") {
  Session session;
  const uint32_t map = static_cast<uint32_t>(make_map_fd(BPF_MAP_TYPE_ARRAY));
  // For each command: the offset of the first byte that it does not use.
  const std::pair<uint32_t, size_t> ends[] = {
      {BPF_MAP_FREEZE, 4},           {BPF_MAP_DELETE_ELEM, 16},  {BPF_MAP_GET_NEXT_KEY, 24}, {BPF_MAP_LOOKUP_ELEM, 32},
      {BPF_MAP_UPDATE_ELEM, 32},     {BPF_PROG_GET_FD_BY_ID, 4}, {BPF_MAP_GET_FD_BY_ID, 12}, {BPF_LINK_DETACH, 4},
      {BPF_OBJ_GET_INFO_BY_FD, 16},  {BPF_PROG_GET_NEXT_ID, 8},  {BPF_ENABLE_STATS, 4},      {BPF_PROG_BIND_MAP, 12},
      {BPF_RAW_TRACEPOINT_OPEN, 12}, {BPF_BTF_GET_FD_BY_ID, 4},  {BPF_OBJ_PIN, 16},          {BPF_LINK_CREATE, 48},
      {BPF_PROG_TEST_RUN, 76},       {BPF_MAP_LOOKUP_BATCH, 56}, {BPF_ITER_CREATE, 8},       {BPF_LINK_UPDATE, 16},
      {BPF_PROG_LOAD, 144},          {BPF_TASK_FD_QUERY, 48},    {BPF_PROG_ATTACH, 20},      {BPF_PROG_DETACH, 12},
  };
  for (const auto& [command, end] : ends) {
    INFO(command);
    CHECK(end <= sizeof(bpf_attr));
    if (end == sizeof(bpf_attr)) continue;
    bpf_attr a = zero_attr();
    a.map_fd = map;
    reinterpret_cast<uint8_t*>(&a)[end] = 1;
    CHECK(sys(command, a) == -EINVAL);
  }
  // The same call without the byte is another error or none: the check above saw it.
  bpf_attr a = zero_attr();
  a.map_fd = map;
  CHECK(sys(BPF_MAP_FREEZE, a) == 0);
}

TEST_CASE("unknown commands", "[syscall]") {
  for (uint32_t command : {37U, 38U, 60U, 1000U, UINT32_MAX}) {
    bpf_attr a = zero_attr();
    CHECK(sys(command, a) == -EINVAL);
  }
}

TEST_CASE("every command, every size, pointers that lead nowhere", "[syscall][fuzz]") {
  Session session;
  const uint32_t array = static_cast<uint32_t>(make_map_fd(BPF_MAP_TYPE_ARRAY));
  host::UserMemory area(4096 + 64);
  std::set<long> seen;
  for (uint32_t command = 0; command <= 60; command++) {
    for (uint32_t size = 0; size <= 4096; size += size < 200 ? 1 : 61) {
      for (const uint64_t attr : {uint64_t{0}, ~uint64_t{0} - 4095, uint64_t{0xffffffc000000000}, uint64_t{1} << 40}) {
        const long r = to_syscall_return(bpf::bpf_syscall(command, attr, size));
        if (r > 0) host::close_descriptor(static_cast<int>(r));
        CHECK((r < 0 || size == 0));
      }
      // All bytes the same: lengths, descriptors and pointers at once. 0x03 makes map type 0x03030303.
      for (const uint8_t fill : {0x00, 0x01, 0x03, 0x7f, 0xff}) {
        memset(area.data(), fill, area.size());
        const long r = to_syscall_return(bpf::bpf_syscall(command, area.address(), size));
        seen.insert(r < 0 ? r : 0);
        if (r > 0) host::close_descriptor(static_cast<int>(r));  // a small number may be an id
      }
      // A valid descriptor in front, all pointers bad.
      for (const uint64_t pointer : {uint64_t{0}, uint64_t{8}, ~uint64_t{0}, uint64_t{0xffffffff80200000}}) {
        memset(area.data(), 0, area.size());
        for (size_t at = 8; at + 8 <= sizeof(bpf_attr); at += 8) memcpy(area.data() + at, &pointer, 8);
        memcpy(area.data(), &array, sizeof(array));
        const long r = to_syscall_return(bpf::bpf_syscall(command, area.address(), size));
        if (r > 0) host::close_descriptor(static_cast<int>(r));
        seen.insert(r < 0 ? r : 0);
      }
    }
  }
  CHECK(seen.contains(-EINVAL));
  CHECK(seen.contains(-EFAULT));
  CHECK(seen.contains(-EBADF));
  CHECK(seen.contains(-E2BIG));
}
