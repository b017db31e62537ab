// What opening an object finds in it. Nothing here asks the kernel anything but the file.
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <catch2/catch.hpp>

#include "tests/host/libbpf/fake_kernel.h"
#include "tests/host/libbpf/objects.h"

using namespace skep::libbpf;
using Catch::Matchers::Contains;

namespace skep::libbpf {
std::vector<unsigned char> read_bytes(const std::string& path) {
  std::vector<unsigned char> bytes;
  FILE* f = fopen(path.c_str(), "rb");
  REQUIRE(f != nullptr);
  unsigned char chunk[4096];
  while (const size_t n = fread(chunk, 1, sizeof(chunk), f)) bytes.insert(bytes.end(), chunk, chunk + n);
  fclose(f);
  return bytes;
}
}  // namespace skep::libbpf

namespace {

// Opening fails with this error, says this, and leaves nothing.
void check_refused(const std::string& path, int error, const char* message) {
  fake::reset();
  INFO(path);
  errno = 0;
  bpf_object* object = bpf_object__open_file(path.c_str(), nullptr);
  const int e = errno;
  CHECK(object == nullptr);
  CHECK(e == error);
  CHECK(libbpf_get_error(object) == -error);
  CHECK_THAT(fake::messages(), Contains(message));
  CHECK(fake::kernel().live_allocations == 0);
  bpf_object__close(object);
}

}  // namespace

TEST_CASE("libbpf open: lathist's programs and maps", "[libbpf]") {
  fake::reset();
  auto object = open_object(program_path("lathist"));
  REQUIRE(object);
  CHECK(std::string(bpf_object__name(object.get())) == "lathist");
  CHECK(bpf_object__kversion(object.get()) != 0);
  REQUIRE(bpf_object__btf(object.get()) != nullptr);
  CHECK(bpf_object__btf_fd(object.get()) == -1);

  std::vector<std::string> programs, maps;
  bpf_program* prog;
  bpf_object__for_each_program(prog, object.get()) {
    programs.push_back(std::string(bpf_program__name(prog)) + "@" + bpf_program__section_name(prog));
    CHECK(bpf_program__type(prog) == BPF_PROG_TYPE_KPROBE);
    CHECK(bpf_program__insn_cnt(prog) > 5);
    CHECK(bpf_program__autoload(prog));
    CHECK(bpf_program__fd(prog) == -ENOENT);
  }
  CHECK(programs ==
        std::vector<std::string>{"bpf_prog1@kprobe/trace_preempt_off", "bpf_prog2@kprobe/trace_preempt_on"});
  bpf_map* map;
  bpf_object__for_each_map(map, object.get()) {
    maps.push_back(bpf_map__name(map));
    CHECK(bpf_map__type(map) == BPF_MAP_TYPE_ARRAY);
    CHECK(bpf_map__key_size(map) == 4);
    CHECK(bpf_map__value_size(map) == 8);
    CHECK(bpf_map__btf_key_type_id(map) != 0);
    CHECK(bpf_map__btf_value_type_id(map) != 0);
    CHECK_FALSE(bpf_map__is_internal(map));
    CHECK(bpf_map__fd(map) == -1);
  }
  CHECK(maps == std::vector<std::string>{"my_map", "my_lat"});
  CHECK(bpf_map__max_entries(bpf_object__find_map_by_name(object.get(), "my_map")) == 8);
  CHECK(bpf_map__max_entries(bpf_object__find_map_by_name(object.get(), "my_lat")) == 160);

  CHECK(bpf_object__find_map_by_name(object.get(), "my") == nullptr);
  CHECK(errno == ENOENT);
  CHECK(bpf_object__find_program_by_name(object.get(), "nothing") == nullptr);
  CHECK(errno == ENOENT);
  CHECK(bpf_object__find_map_fd_by_name(object.get(), "nothing") == -EINVAL);
  bpf_program* second = bpf_object__find_program_by_name(object.get(), "bpf_prog2");
  CHECK(bpf_object__prev_program(object.get(), second) == bpf_object__find_program_by_name(object.get(), "bpf_prog1"));
  CHECK(bpf_object__next_program(object.get(), second) == nullptr);
  CHECK(bpf_object__prev_map(object.get(), nullptr) == bpf_object__find_map_by_name(object.get(), "my_lat"));
  object.reset();
  CHECK(fake::kernel().live_allocations == 0);
}

TEST_CASE("libbpf open: several programs in a section, subprograms are none", "[libbpf]") {
  fake::reset();
  auto object = open_object(guest_test_path("subprog"));
  REQUIRE(object);
  std::vector<std::string> programs;
  bpf_program* prog;
  bpf_object__for_each_program(prog, object.get()) programs.push_back(bpf_program__name(prog));
  CHECK(programs == std::vector<std::string>{"first", "second", "third"});
}

TEST_CASE("libbpf open: global data becomes maps", "[libbpf]") {
  fake::reset();
  auto object = open_object(guest_test_path("globals"));
  REQUIRE(object);
  bpf_map* rodata = bpf_object__find_map_by_name(object.get(), ".rodata");
  bpf_map* data = bpf_object__find_map_by_name(object.get(), "globals.data");
  bpf_map* bss = bpf_object__find_map_by_name(object.get(), ".bss");
  REQUIRE(rodata);
  REQUIRE(data);
  REQUIRE(bss);
  CHECK(std::string(bpf_map__name(rodata)) == "globals.rodata");
  CHECK(bpf_map__is_internal(rodata));
  CHECK(bpf_map__max_entries(rodata) == 1);
  CHECK(bpf_map__map_flags(rodata) == BPF_F_RDONLY_PROG);
  CHECK(bpf_map__map_flags(bss) == 0);
  CHECK(bpf_map__btf_value_type_id(bss) != 0);
  size_t size = 0;
  const void* initial = bpf_map__initial_value(data, &size);
  REQUIRE(size == bpf_map__value_size(data));
  __u64 start_value;
  memcpy(&start_value, initial, sizeof(start_value));
  CHECK(start_value == 100);
  initial = bpf_map__initial_value(bss, &size);
  CHECK(std::string(static_cast<const char*>(initial), size) == std::string(size, '\0'));
  std::string wrong(size + 1, 'x');
  CHECK(bpf_map__set_initial_value(bss, wrong.data(), wrong.size()) == -EINVAL);
  CHECK(bpf_map__set_initial_value(bss, wrong.data(), size) == 0);
  CHECK(static_cast<const char*>(bpf_map__initial_value(bss, &size))[0] == 'x');
  CHECK(bpf_map__set_value_size(bss, 4) == -EOPNOTSUPP);
}

TEST_CASE("libbpf open: names of data maps fit the kernel's 15 characters", "[libbpf]") {
  fake::reset();
  const auto bytes = read_bytes(guest_test_path("globals"));
  LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "a-rather-long-name");
  ObjectPtr object(bpf_object__open_mem(bytes.data(), bytes.size(), &opts));
  REQUIRE(object);
  CHECK(std::string(bpf_object__name(object.get())) == "a-rather-long-name");
  // As libbpf: eight characters of the object's name, and no others than letters, digits, '_' and '.'.
  CHECK(bpf_object__find_map_by_name(object.get(), "a_rather.rodata") != nullptr);
  CHECK(bpf_object__find_map_by_name(object.get(), "a_rather.bss") != nullptr);
  ObjectPtr custom = open_object(data_path("callbacks"));
  REQUIRE(custom);
  bpf_map* counters = bpf_object__find_map_by_name(custom.get(), ".data.counters");
  REQUIRE(counters);
  CHECK(std::string(bpf_map__name(counters)) == ".data.counters");
  CHECK(bpf_map__map_flags(bpf_object__find_map_by_name(custom.get(), ".rodata.limits")) == BPF_F_RDONLY_PROG);
}

TEST_CASE("libbpf open: legacy map definitions", "[libbpf]") {
  fake::reset();
  auto object = open_object(guest_test_path("legacy_maps"));
  REQUIRE(object);
  bpf_map* hash = bpf_object__find_map_by_name(object.get(), "old_hash");
  REQUIRE(hash);
  CHECK(bpf_map__type(hash) == BPF_MAP_TYPE_HASH);
  CHECK(bpf_map__key_size(hash) == 8);
  CHECK(bpf_map__value_size(hash) == 24);
  CHECK(bpf_map__max_entries(hash) == 16);
  CHECK(bpf_map__map_flags(hash) == BPF_F_NO_PREALLOC);
}

TEST_CASE("libbpf open: attributes and inner maps", "[libbpf]") {
  fake::reset();
  auto object = open_object(data_path("containers"));
  REQUIRE(object);
  bpf_map* outer = bpf_object__find_map_by_name(object.get(), "outer");
  REQUIRE(bpf_map__inner_map(outer) != nullptr);
  CHECK(bpf_map__value_size(outer) == 4);
  CHECK(bpf_map__type(bpf_map__inner_map(outer)) == BPF_MAP_TYPE_HASH);
  CHECK(bpf_map__max_entries(bpf_map__inner_map(outer)) == 8);
  bpf_map* attributes = bpf_object__find_map_by_name(object.get(), "attributes");
  CHECK(bpf_map__key_size(attributes) == 24);
  CHECK(bpf_map__value_size(attributes) == 40);
  CHECK(bpf_map__set_max_entries(attributes, 99) == 0);
  CHECK(bpf_map__max_entries(attributes) == 99);
}

TEST_CASE("libbpf open: what is not supported is refused by name", "[libbpf]") {
  check_refused(guest_test_path("bad_extern"), LIBBPF_ERRNO__RELOC, "extern 'missing_function' is not supported");
  check_refused(data_path("map_pinned"), EOPNOTSUPP, "map 'pinned': pinning is not supported");
  check_refused(data_path("map_unknown_field"), EOPNOTSUPP, "map 'coloured': unknown field 'colour'");
  check_refused(data_path("map_conflict"), EINVAL, "map 'torn': conflicting key size 8 != 4");
  check_refused(data_path("static_program"), EOPNOTSUPP, "func 'lonely' is static and not supported");
  check_refused("/no/such/file.o", ENOENT, "failed to open /no/such/file.o");

  fake::reset();
  LIBBPF_OPTS(bpf_object_open_opts, opts, .relaxed_maps = true);
  ObjectPtr relaxed(bpf_object__open_file(data_path("map_unknown_field").c_str(), &opts));
  CHECK(relaxed);
}

TEST_CASE("libbpf open: options of another size", "[libbpf]") {
  fake::reset();
  const auto bytes = read_bytes(program_path("lathist"));
  struct {
    bpf_object_open_opts opts;
    char from_the_future[8];
  } wide = {};
  wide.opts.sz = sizeof(wide);
  ObjectPtr known(bpf_object__open_mem(bytes.data(), bytes.size(), &wide.opts));
  CHECK(known);
  wide.from_the_future[3] = 1;
  CHECK(bpf_object__open_mem(bytes.data(), bytes.size(), &wide.opts) == nullptr);
  CHECK(errno == EINVAL);
  bpf_object_open_opts narrow = {};
  narrow.sz = 4;
  CHECK(bpf_object__open_mem(bytes.data(), bytes.size(), &narrow) == nullptr);
  CHECK(errno == EINVAL);
  CHECK(bpf_object__open_mem(nullptr, 8, nullptr) == nullptr);
  CHECK(errno == EINVAL);
}

TEST_CASE("libbpf sections: names, types and what they attach to", "[libbpf]") {
  bpf_prog_type type;
  bpf_attach_type attach;
  CHECK(libbpf_prog_type_by_name("kprobe/sys_fork", &type, &attach) == 0);
  CHECK(type == BPF_PROG_TYPE_KPROBE);
  CHECK(libbpf_prog_type_by_name("kprobe", &type, &attach) == 0);
  CHECK(libbpf_prog_type_by_name("socket", &type, &attach) == 0);
  CHECK(type == BPF_PROG_TYPE_SOCKET_FILTER);
  CHECK(libbpf_prog_type_by_name("fexit/f", &type, &attach) == 0);
  CHECK(type == BPF_PROG_TYPE_TRACING);
  CHECK(attach == BPF_TRACE_FEXIT);
  CHECK(libbpf_prog_type_by_name("socket/x", &type, &attach) == -ESRCH);
  CHECK(libbpf_prog_type_by_name("kprobes/x", &type, &attach) == -ESRCH);
  CHECK(libbpf_prog_type_by_name("kprob", &type, &attach) == -ESRCH);
  CHECK(libbpf_prog_type_by_name(nullptr, &type, &attach) == -EINVAL);
  CHECK(libbpf_attach_type_by_name("fentry/f", &attach) == 0);
  CHECK(attach == BPF_TRACE_FENTRY);
  CHECK(libbpf_attach_type_by_name("kprobe/f", &attach) == -EINVAL);
  CHECK(std::string(libbpf_bpf_prog_type_str(BPF_PROG_TYPE_SYSCALL)) == "syscall");
  CHECK(std::string(libbpf_bpf_map_type_str(BPF_MAP_TYPE_LRU_PERCPU_HASH)) == "lru_percpu_hash");
  CHECK(std::string(libbpf_bpf_attach_type_str(BPF_PERF_EVENT)) == "perf_event");
  CHECK(std::string(libbpf_bpf_link_type_str(BPF_LINK_TYPE_PERF_EVENT)) == "perf_event");
  CHECK(libbpf_bpf_map_type_str(static_cast<bpf_map_type>(999)) == nullptr);
}

TEST_CASE("libbpf errors: texts", "[libbpf]") {
  char text[64];
  CHECK(libbpf_strerror(-EACCES, text, sizeof(text)) == 0);
  CHECK(std::string(text) == "Permission denied");
  CHECK(libbpf_strerror(LIBBPF_ERRNO__RELOC, text, sizeof(text)) == 0);
  CHECK(std::string(text) == "Relocation failed");
  CHECK(libbpf_strerror(4999, text, sizeof(text)) == -ENOENT);
  CHECK(std::string(text) == "Unknown libbpf error 4999");
  CHECK(libbpf_strerror(EACCES, text, 5) == -ERANGE);
  CHECK(std::string(text) == "Perm");
  CHECK(libbpf_strerror(EACCES, nullptr, 5) == -EINVAL);
  CHECK(std::string(libbpf_version_string()) == "v1.1");
}
