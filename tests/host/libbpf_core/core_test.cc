// libbpf on the real BPF core: clang's objects through parser, linker, bpf(2), verifier and engine, all in one process
// under the sanitisers.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include <catch2/catch.hpp>
#include <random>
#include <regex>

#include "tests/host/libbpf/fake_kernel.h"
#include "tests/host/libbpf/objects.h"
#include "tests/host/libbpf_core/core_door.h"

using namespace skep::libbpf;
using Catch::Matchers::Contains;

namespace {

void use_core() {
  fake::reset();
  fake::kernel().other_bpf = [](int command, union bpf_attr* attr, unsigned size) {
    return core::bpf(command, attr, size);
  };
  fake::kernel().other_close = core::close;
}

ObjectPtr load(const std::string& path) {
  auto object = open_object(path);
  REQUIRE(object);
  INFO(fake::messages());
  REQUIRE(bpf_object__load(object.get()) == 0);
  return object;
}

long run(const ObjectPtr& object, const char* name) {
  bpf_program* prog = bpf_object__find_program_by_name(object.get(), name);
  REQUIRE(prog);
  LIBBPF_OPTS(bpf_test_run_opts, opts);
  REQUIRE(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts) == 0);
  return opts.retval;
}

// Opens and loads; what is refused, and with which error.
int try_load(const std::vector<unsigned char>& bytes) {
  errno = 0;
  ObjectPtr object(bpf_object__open_mem(bytes.data(), bytes.size(), nullptr));
  if (!object) return -errno;
  return bpf_object__load(object.get());
}

void check_nothing_left(int descriptors) {
  CHECK(core::open_descriptors() == descriptors);
  CHECK(fake::kernel().live_allocations == 0);
}

}  // namespace

TEST_CASE("libbpf on the core: the demo's programs load", "[libbpf][core]") {
  use_core();
  const int descriptors = core::open_descriptors();
  for (const char* name : {"lathist", "forkcount", "hello"}) {
    INFO(name);
    auto object = load(program_path(name));
    CHECK(bpf_object__btf_fd(object.get()) >= 0);
    CHECK(fake::messages() == "");
    bpf_program* prog;
    bpf_object__for_each_program(prog, object.get()) {
      struct bpf_prog_info info = {};
      __u32 length = sizeof(info);
      REQUIRE(bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &length) == 0);
      CHECK(info.nr_func_info == 1);
      CHECK(info.nr_line_info > 0);
      CHECK(std::string(info.name) == bpf_program__name(prog));
    }
  }
  check_nothing_left(descriptors);
}

TEST_CASE("libbpf on the core: global data, subprograms and legacy maps run", "[libbpf][core]") {
  use_core();
  const int descriptors = core::open_descriptors();
  {
    auto globals = load(guest_test_path("globals"));
    CHECK(run(globals, "count") == 103 + 7 + 5);
    CHECK(run(globals, "count") == 106 + 7 + 6);
    const __u32 key = 0;
    std::vector<unsigned char> zeros(64);
    CHECK(bpf_map_update_elem(bpf_object__find_map_fd_by_name(globals.get(), ".rodata"), &key, zeros.data(), 0) ==
          -EPERM);

    auto subprograms = load(guest_test_path("subprog"));
    CHECK(run(subprograms, "first") == 41);
    CHECK(run(subprograms, "second") == 60);
    CHECK(run(subprograms, "third") == 9);
    const int results = bpf_object__find_map_fd_by_name(subprograms.get(), "results");
    for (const auto& [k, expected] : {std::pair<__u32, __u64>{1, 41}, {2, 60}, {3, 9}}) {
      __u64 value = 0;
      CHECK(bpf_map_lookup_elem(results, &k, &value) == 0);
      CHECK(value == expected);
    }

    auto legacy = load(guest_test_path("legacy_maps"));
    CHECK(run(legacy, "touch") == 1);
  }
  check_nothing_left(descriptors);
}

TEST_CASE("libbpf on the core: a refused program's log names register, instruction and source line", "[libbpf][core]") {
  use_core();
  const int descriptors = core::open_descriptors();
  for (const auto& [name, line] :
       {std::pair{"lathist_nonull", "*start"}, std::pair{"lathist_noclamp", "row->buckets[key]"}}) {
    INFO(name);
    fake::messages().clear();
    {
      auto object = open_object(guest_test_path(name));
      REQUIRE(object);
      CHECK(bpf_object__load(object.get()) == -EACCES);
    }
    const std::string& log = fake::messages();
    CHECK_THAT(log, Contains("prog 'bpf_prog2': BPF program load failed: Permission denied"));
    CHECK_THAT(log, Contains(line));
    CHECK(std::regex_search(log, std::regex(R"(R[0-9])")));
    CHECK(std::regex_search(log, std::regex(R"([0-9]+: \([0-9a-f]{2}\))")));
  }
  check_nothing_left(descriptors);
}

TEST_CASE("libbpf on the core: bad objects have their errors", "[libbpf][core]") {
  use_core();
  const int descriptors = core::open_descriptors();
  for (const auto& [name, error] :
       {std::pair{"bad_section", EINVAL}, std::pair{"bad_extern", static_cast<int>(LIBBPF_ERRNO__RELOC)},
        std::pair{"bad_map_type", EINVAL}, std::pair{"bad_helper", EINVAL}, std::pair{"no_license", EINVAL},
        std::pair{"core", ESRCH}}) {
    INFO(name);
    CHECK(try_load(read_bytes(guest_test_path(name))) == -error);
    CHECK_FALSE(fake::messages().empty());
  }
  {
    core::AsUser user(1000);
    CHECK(try_load(read_bytes(program_path("lathist"))) == -EPERM);
  }
  check_nothing_left(descriptors);
}

TEST_CASE("libbpf on the core: 10,000 objects with flipped bits, and every truncation", "[libbpf][core]") {
  use_core();
  const std::vector<std::vector<unsigned char>> originals = {
      read_bytes(program_path("lathist")), read_bytes(guest_test_path("globals")),
      read_bytes(guest_test_path("subprog")), read_bytes(guest_test_path("legacy_maps"))};
  const int descriptors = core::open_descriptors();
  for (const auto& whole : originals) REQUIRE(try_load(whole) == 0);
  const size_t memory = core::live_bytes();
  for (const auto& whole : originals) {
    for (size_t n = 64; n < whole.size(); n += 64) {
      REQUIRE(try_load({whole.begin(), whole.begin() + static_cast<long>(n)}) < 0);
    }
  }
  std::mt19937 random(20221122);
  int loaded = 0;
  for (int i = 0; i < 10'000; i++) {
    auto bytes = originals[random() % originals.size()];
    for (unsigned flips = 1 + random() % 8; flips > 0; flips--) {
      bytes[random() % bytes.size()] ^= static_cast<unsigned char>(1u << (random() % 8));
    }
    INFO(i);
    fake::messages().clear();
    const int r = try_load(bytes);
    if (r < 0) REQUIRE_FALSE(fake::messages().empty());
    loaded += r == 0;
    REQUIRE(core::open_descriptors() == descriptors);
  }
  CHECK(loaded > 1000);
  CHECK(loaded < 9000);
  CHECK(core::live_bytes() == memory);
  check_nothing_left(descriptors);
}
