// What loading hands to the kernel, and what is left when it says no.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include <catch2/catch.hpp>

#include "tests/host/libbpf/fake_kernel.h"
#include "tests/host/libbpf/objects.h"

using namespace skep::libbpf;
using Catch::Matchers::Contains;

namespace {

const fake::Program& loaded(const char* name) {
  for (const auto& p : fake::kernel().all_programs) {
    if (p.name == name) return p;
  }
  FAIL("program " << name << " was not loaded");
  abort();
}

// Where the function with this name begins in a program: its func_info names a BTF type.
int function_at(const bpf_object* object, const fake::Program& p, const char* name) {
  const btf* types = bpf_object__btf(object);
  for (const auto& f : p.functions) {
    const btf_type* t = btf__type_by_id(types, f.type_id);
    REQUIRE(btf_is_func(t));
    if (std::string(btf__name_by_offset(types, t->name_off)) == name) return static_cast<int>(f.insn_off);
  }
  return -1;
}

bool is_call(const bpf_insn& i) { return i.code == (BPF_JMP | BPF_CALL) && i.src_reg == BPF_PSEUDO_CALL; }
bool is_lddw(const bpf_insn& i) { return i.code == (BPF_LD | BPF_IMM | BPF_DW); }

void check_nothing_left(ObjectPtr& object) {
  object.reset();
  CHECK(fake::kernel().open_fds() == 0);
  CHECK(fake::kernel().live_allocations == 0);
}

}  // namespace

TEST_CASE("libbpf load: lathist", "[libbpf]") {
  fake::reset();
  auto object = open_object(program_path("lathist"));
  REQUIRE(object);
  REQUIRE(bpf_object__load(object.get()) == 0);
  CHECK(fake::messages() == "");
  const auto& k = fake::kernel();
  REQUIRE(k.maps.size() == 2);
  REQUIRE(k.programs.size() == 2);
  REQUIRE(k.btfs.size() == 1);
  const int btf_fd = k.btfs.begin()->first;
  CHECK(bpf_object__btf_fd(object.get()) == btf_fd);

  const int my_map = bpf_object__find_map_fd_by_name(object.get(), "my_map");
  const int my_lat = bpf_object__find_map_fd_by_name(object.get(), "my_lat");
  const fake::Map& map = k.maps.at(my_lat);
  CHECK(map.name == "my_lat");
  CHECK(map.attr.map_type == BPF_MAP_TYPE_ARRAY);
  CHECK(map.attr.key_size == 4);
  CHECK(map.attr.value_size == 8);
  CHECK(map.attr.max_entries == 160);
  CHECK(map.attr.btf_fd == static_cast<__u32>(btf_fd));
  CHECK(map.attr.btf_key_type_id != 0);

  const fake::Program& p = loaded("bpf_prog2");
  CHECK(p.license == "GPL");
  CHECK(p.attr.prog_type == BPF_PROG_TYPE_KPROBE);
  CHECK(p.attr.kern_version == bpf_object__kversion(object.get()));
  CHECK(p.attr.prog_btf_fd == static_cast<__u32>(btf_fd));
  REQUIRE(p.functions.size() == 1);
  CHECK(p.functions[0].insn_off == 0);
  REQUIRE(p.lines.size() > 5);
  CHECK(p.lines[0].insn_off == 0);
  for (size_t i = 1; i < p.lines.size(); i++) CHECK(p.lines[i - 1].insn_off < p.lines[i].insn_off);
  CHECK(p.lines.back().insn_off < p.insns.size());
  std::vector<int> used;
  for (size_t i = 0; i < p.insns.size(); i++) {
    if (!is_lddw(p.insns[i])) continue;
    if (p.insns[i].src_reg == 0) {  // a constant
      i++;
      continue;
    }
    CHECK(p.insns[i].src_reg == BPF_PSEUDO_MAP_FD);
    CHECK(p.insns[i + 1].imm == 0);
    used.push_back(p.insns[i].imm);
    i++;
  }
  CHECK(used == std::vector<int>{my_map, my_lat});
  bpf_program* prog = bpf_object__find_program_by_name(object.get(), "bpf_prog2");
  CHECK(k.programs.contains(bpf_program__fd(prog)));
  CHECK(bpf_program__insn_cnt(prog) == p.insns.size());

  CHECK(bpf_object__load(object.get()) == -EINVAL);
  CHECK_THAT(fake::messages(), Contains("load can't be attempted twice"));
  CHECK(bpf_map__set_max_entries(bpf_object__find_map_by_name(object.get(), "my_map"), 1) == -EBUSY);
  check_nothing_left(object);
}

TEST_CASE("libbpf load: BTF is linked: sizes, offsets and order of its DATASECs", "[libbpf]") {
  fake::reset();
  auto object = open_object(guest_test_path("globals"));
  REQUIRE(object);
  REQUIRE(bpf_object__load(object.get()) == 0);
  const auto& bytes = fake::kernel().all_btfs.at(0).bytes;
  btf* types = btf__new(bytes.data(), static_cast<__u32>(bytes.size()));
  REQUIRE(types != nullptr);
  for (const char* name : {".data", ".bss", ".rodata", "license"}) {
    INFO(name);
    const __s32 id = btf__find_by_name_kind(types, name, BTF_KIND_DATASEC);
    REQUIRE(id > 0);
    const btf_type* t = btf__type_by_id(types, static_cast<__u32>(id));
    CHECK(t->size > 0);
    __u32 end = 0;
    for (__u32 i = 0; i < btf_vlen(t); i++) {
      const btf_var_secinfo& place = btf_var_secinfos(t)[i];
      CHECK(place.offset >= end);
      end = place.offset + place.size;
    }
    CHECK(end <= t->size);
  }
  btf__free(types);
  check_nothing_left(object);
}

TEST_CASE("libbpf load: global data is filled in, constants are frozen, code addresses values", "[libbpf]") {
  fake::reset();
  const bool shared = GENERATE(true, false);
  fake::kernel().shared_arrays = shared;
  auto object = open_object(guest_test_path("globals"));
  REQUIRE(object);
  REQUIRE(bpf_object__load(object.get()) == 0);
  const auto& k = fake::kernel();
  const std::string key(4, '\0');
  const int data_fd = bpf_object__find_map_fd_by_name(object.get(), ".data");
  const int rodata_fd = bpf_object__find_map_fd_by_name(object.get(), ".rodata");
  const int bss_fd = bpf_object__find_map_fd_by_name(object.get(), ".bss");
  CHECK(k.maps.at(data_fd).name == "globals.data");
  CHECK(k.maps.at(data_fd).elements.at(key)[0] == 100);
  CHECK_FALSE(k.maps.at(data_fd).frozen);
  CHECK(k.maps.at(rodata_fd).frozen);
  CHECK((k.maps.at(rodata_fd).attr.map_flags & BPF_F_RDONLY_PROG) != 0);
  CHECK_THAT(k.maps.at(rodata_fd).elements.at(key), Contains("beehive"));
  CHECK(k.maps.at(bss_fd).elements.contains(key));
  CHECK(((k.maps.at(bss_fd).attr.map_flags & BPF_F_MMAPABLE) != 0) == shared);
  int values = 0;
  const fake::Program& p = loaded("count");
  for (size_t i = 0; i < p.insns.size(); i++) {
    if (!is_lddw(p.insns[i])) continue;
    CHECK(p.insns[i].src_reg == BPF_PSEUDO_MAP_VALUE);
    REQUIRE(k.maps.contains(p.insns[i].imm));
    CHECK(static_cast<__u32>(p.insns[i + 1].imm) < k.maps.at(p.insns[i].imm).attr.value_size);
    values++;
    i++;
  }
  CHECK(values == 7);
  check_nothing_left(object);
}

TEST_CASE("libbpf load: subprograms follow their program, once, and calls reach them", "[libbpf]") {
  fake::reset();
  auto object = open_object(guest_test_path("subprog"));
  REQUIRE(object);
  REQUIRE(bpf_object__load(object.get()) == 0);
  struct Expectation {
    const char* program;
    std::vector<const char*> with;
    std::vector<const char*> without;
  };
  for (const Expectation& e : {Expectation{"first", {"first", "twice_and_one", "store", "twice"}, {}},
                               Expectation{"second", {"second", "twice", "store"}, {"twice_and_one"}},
                               Expectation{"third", {"third", "store"}, {"twice", "twice_and_one"}}}) {
    INFO(e.program);
    const fake::Program& p = loaded(e.program);
    CHECK(p.functions.size() == e.with.size());
    CHECK(function_at(object.get(), p, e.program) == 0);
    for (const char* f : e.with) CHECK(function_at(object.get(), p, f) >= 0);
    for (const char* f : e.without) CHECK(function_at(object.get(), p, f) == -1);
    // Every call lands on the start of a function, and every function ends where the next begins.
    int calls = 0;
    for (size_t i = 0; i < p.insns.size(); i++) {
      if (!is_call(p.insns[i])) continue;
      calls++;
      const long target = static_cast<long>(i) + 1 + p.insns[i].imm;
      CHECK(std::any_of(p.functions.begin(), p.functions.end(), [&](auto& f) { return f.insn_off == target; }));
    }
    CHECK(calls == static_cast<int>(e.with.size()) - 1);
    for (const auto& f : p.functions) {
      if (f.insn_off != 0) CHECK(p.insns[f.insn_off - 1].code == (BPF_JMP | BPF_EXIT));
      CHECK(std::any_of(p.lines.begin(), p.lines.end(), [&](auto& l) { return l.insn_off == f.insn_off; }));
    }
    for (size_t i = 1; i < p.lines.size(); i++) CHECK(p.lines[i - 1].insn_off < p.lines[i].insn_off);
  }
  const fake::Program& first = loaded("first");
  const auto chain = static_cast<size_t>(function_at(object.get(), first, "twice_and_one"));
  bool calls_twice = false;
  for (size_t i = chain; !(first.insns[i].code == (BPF_JMP | BPF_EXIT)); i++) {
    if (is_call(first.insns[i])) {
      calls_twice = static_cast<int>(i) + 1 + first.insns[i].imm == function_at(object.get(), first, "twice");
    }
  }
  CHECK(calls_twice);
  check_nothing_left(object);
}

TEST_CASE("libbpf load: the address of a callback, hidden functions, programs that wait", "[libbpf]") {
  fake::reset();
  auto object = open_object(data_path("callbacks"));
  REQUIRE(object);
  bpf_program* prog = bpf_object__find_program_by_name(object.get(), "looping");
  CHECK_FALSE(bpf_program__autoload(prog));
  CHECK(std::string(bpf_program__section_name(prog)) == "raw_tracepoint/late");
  CHECK(bpf_program__set_autoload(prog, true) == 0);
  REQUIRE(bpf_object__load(object.get()) == 0);
  const fake::Program& p = loaded("looping");
  bool found = false;
  for (size_t i = 0; i < p.insns.size(); i++) {
    if (!is_lddw(p.insns[i]) || p.insns[i].src_reg != BPF_PSEUDO_FUNC) continue;
    CHECK(static_cast<int>(i) + 1 + p.insns[i].imm == function_at(object.get(), p, "add"));
    found = true;
  }
  CHECK(found);
  const btf* types = bpf_object__btf(object.get());
  const __s32 hidden = btf__find_by_name_kind(types, "hidden_sum", BTF_KIND_FUNC);
  REQUIRE(hidden > 0);
  CHECK(btf_vlen(btf__type_by_id(types, static_cast<__u32>(hidden))) == BTF_FUNC_STATIC);
  check_nothing_left(object);
}

TEST_CASE("libbpf load: maps of maps and of programs get their elements", "[libbpf]") {
  fake::reset();
  auto object = open_object(data_path("containers"));
  REQUIRE(object);
  REQUIRE(bpf_object__load(object.get()) == 0);
  const auto& k = fake::kernel();
  const auto element = [&](const char* map, __u32 index) {
    const auto& elements = k.maps.at(bpf_object__find_map_fd_by_name(object.get(), map)).elements;
    const auto it = elements.find(std::string(reinterpret_cast<char*>(&index), 4));
    int fd = -1;
    if (it != elements.end()) memcpy(&fd, it->second.data(), 4);
    return fd;
  };
  CHECK(element("outer", 1) == bpf_object__find_map_fd_by_name(object.get(), "first_inner"));
  CHECK(element("outer", 3) == bpf_object__find_map_fd_by_name(object.get(), "second_inner"));
  CHECK(element("outer", 0) == -1);
  CHECK(element("jumps", 1) == bpf_program__fd(bpf_object__find_program_by_name(object.get(), "tail")));
  CHECK(k.maps.at(bpf_object__find_map_fd_by_name(object.get(), "ring")).attr.max_entries == 8192);
  check_nothing_left(object);
}

TEST_CASE("libbpf load: a refusal is printed with the verifier's log", "[libbpf]") {
  fake::reset();
  // A log longer than the first buffer must arrive whole.
  const std::string log = std::string(200'000, 'v') + "\nR0 invalid mem access 'map_value_or_null'\n";
  fake::kernel().verify = [&](const fake::Program& p, std::string& out) {
    if (p.name != "bpf_prog2") return 0;
    out = log;
    return EACCES;
  };
  std::string printed;
  static std::string* sink;
  sink = &printed;
  libbpf_set_print([](libbpf_print_level level, const char* format, va_list ap) {
    if (level == LIBBPF_DEBUG) return 0;
    std::vector<char> text(400'000);
    const int n = vsnprintf(text.data(), text.size(), format, ap);
    *sink += text.data();
    return n;
  });
  auto object = open_object(program_path("lathist"));
  REQUIRE(object);
  CHECK(bpf_object__load(object.get()) == -EACCES);
  CHECK(errno == EACCES);
  CHECK(printed ==
        "libbpf: prog 'bpf_prog2': BPF program load failed: Permission denied\n"
        "libbpf: prog 'bpf_prog2': -- BEGIN PROG LOAD LOG --\n" +
            log +
            "-- END PROG LOAD LOG --\n"
            "libbpf: prog 'bpf_prog2': failed to load: -13\n"
            "libbpf: failed to load object '" +
            program_path("lathist") + "'\n");
  CHECK(fake::kernel().open_fds() == 0);
  check_nothing_left(object);
}

TEST_CASE("libbpf load: a log into the caller's buffer", "[libbpf]") {
  fake::reset();
  fake::kernel().verify = [](const fake::Program& p, std::string& out) {
    out = "told " + p.name + "\n";
    return EINVAL;
  };
  auto object = open_object(program_path("hello"));
  REQUIRE(object);
  char buffer[256];
  bpf_program* prog = bpf_object__find_program_by_name(object.get(), "hello");
  CHECK(bpf_program__set_log_buf(prog, buffer, 0) == -EINVAL);
  CHECK(bpf_program__set_log_buf(prog, buffer, sizeof(buffer)) == 0);
  CHECK(bpf_program__set_log_level(prog, 2) == 0);
  CHECK(bpf_object__load(object.get()) == -EINVAL);
  CHECK(std::string(buffer) == "told hello\n");
  CHECK(loaded("hello").attr.log_level == 2);
  check_nothing_left(object);
}

TEST_CASE("libbpf load: what cannot be loaded says why", "[libbpf]") {
  fake::reset();
  auto unknown_section = open_object(guest_test_path("bad_section"));
  REQUIRE(unknown_section);
  CHECK(bpf_object__load(unknown_section.get()) == -EINVAL);
  CHECK_THAT(fake::messages(), Contains("missing BPF prog type, check ELF section name 'no_such_kind/anything'"));
  check_nothing_left(unknown_section);

  fake::reset();
  auto bad_map = open_object(guest_test_path("bad_map_type"));
  REQUIRE(bad_map);
  CHECK(bpf_object__load(bad_map.get()) == -EINVAL);
  CHECK_THAT(fake::messages(), Contains("map 'strange': failed to create: Invalid argument(-22)"));
  check_nothing_left(bad_map);

  fake::reset();
  auto core = open_object(guest_test_path("core"));
  REQUIRE(core);
  CHECK(bpf_object__load(core.get()) == -ESRCH);
  CHECK_THAT(fake::messages(), Contains("CO-RE relocation <byte_off> against 'task_struct'"));
  check_nothing_left(core);
}

TEST_CASE("libbpf load: each system call and each allocation may fail, and nothing is left", "[libbpf]") {
  for (const std::string& path : {program_path("lathist"), guest_test_path("globals"), guest_test_path("subprog"),
                                  data_path("containers"), guest_test_path("legacy_maps")}) {
    INFO(path);
    const auto bytes = read_bytes(path);
    const auto run = [&] {
      ObjectPtr object(bpf_object__open_mem(bytes.data(), bytes.size(), nullptr));
      const bool ok = object && bpf_object__load(object.get()) == 0;
      object.reset();
      REQUIRE(fake::kernel().open_fds() == 0);
      REQUIRE(fake::kernel().live_allocations == 0);
      return ok;
    };
    fake::reset();
    REQUIRE(run());
    const unsigned calls = fake::kernel().calls;
    const unsigned allocations = fake::kernel().allocations;
    REQUIRE(calls > 2);
    int failures = 0;
    for (unsigned n = 1; n <= calls; n++) {
      // One refusal alone may be got over: BTF is optional, a refused program is loaded again for its log.
      fake::reset();
      fake::kernel().fail_call = n;
      run();
      fake::reset();
      fake::kernel().fail_call = n;
      fake::kernel().fail_all_after = true;
      failures += !run();
    }
    CHECK(failures >= static_cast<int>(calls) - 2);
    failures = 0;
    for (unsigned n = 1; n <= allocations; n++) {
      fake::reset();
      fake::kernel().fail_allocation = n;
      failures += !run();
    }
    CHECK(failures == static_cast<int>(allocations));
  }
}

TEST_CASE("libbpf maps: reuse, autocreate, elements by checked sizes", "[libbpf]") {
  fake::reset();
  const int other = bpf_map_create(BPF_MAP_TYPE_ARRAY, "other", 4, 8, 160, nullptr);
  REQUIRE(other > 0);
  {
    auto object = open_object(program_path("lathist"));
    REQUIRE(object);
    bpf_map* my_lat = bpf_object__find_map_by_name(object.get(), "my_lat");
    bpf_map* my_map = bpf_object__find_map_by_name(object.get(), "my_map");
    CHECK(bpf_map__set_autocreate(my_map, false) == 0);
    REQUIRE(bpf_object__load(object.get()) == 0);
    CHECK(bpf_map__fd(my_map) == -1);
    // The lddw of a map that was not created is poisoned, so that the verifier refuses it only where it is reached.
    CHECK(loaded("bpf_prog1").insns[3].imm != 0);
    const int key = 3;
    __u64 value = 42, read = 0;
    CHECK(bpf_map__update_elem(my_lat, &key, sizeof(key), &value, sizeof(value), BPF_ANY) == 0);
    CHECK(bpf_map__lookup_elem(my_lat, &key, sizeof(key), &read, sizeof(read), 0) == 0);
    CHECK(read == 42);
    CHECK(bpf_map__lookup_elem(my_lat, &key, sizeof(key), &read, 4, 0) == -EINVAL);
    CHECK(bpf_map__lookup_elem(my_lat, &key, 8, &read, sizeof(read), 0) == -EINVAL);
    CHECK(bpf_map__lookup_elem(my_map, &key, sizeof(key), &read, sizeof(read), 0) == -ENOENT);
    CHECK(bpf_map__delete_elem(my_lat, &key, sizeof(key), 0) == 0);
    CHECK(bpf_map__delete_elem(my_lat, &key, sizeof(key), 0) == -ENOENT);
  }
  CHECK(fake::kernel().open_fds() == 1);
}
