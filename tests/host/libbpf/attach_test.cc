// Attaching: which perf event is opened, how the program gets there, and that a link takes all of it away again.
#include <bpf/libbpf.h>
#include <errno.h>

#include <catch2/catch.hpp>

#include "tests/host/libbpf/fake_kernel.h"
#include "tests/host/libbpf/objects.h"

using namespace skep::libbpf;
using Catch::Matchers::Contains;

namespace {

ObjectPtr load(const std::string& path) {
  auto object = open_object(path);
  REQUIRE(object);
  REQUIRE(bpf_object__load(object.get()) == 0);
  return object;
}

}  // namespace

TEST_CASE("libbpf attach: a kprobe by its section's name", "[libbpf]") {
  fake::reset();
  const bool with_links = GENERATE(true, false);
  fake::kernel().links_of_perf_events = with_links;
  auto object = load(program_path("lathist"));
  bpf_program* prog = bpf_object__find_program_by_name(object.get(), "bpf_prog1");
  const size_t before = fake::kernel().open_fds();
  bpf_link* link = bpf_program__attach(prog);
  REQUIRE(link != nullptr);
  REQUIRE(fake::kernel().events.size() == 1);
  const auto& [event_fd, event] = *fake::kernel().events.begin();
  CHECK(event.attr.type == 6);
  CHECK(event.attr.size == sizeof(perf_event_attr));
  CHECK(event.attr.config == 0);
  CHECK(event.attr.config2 == 0);
  CHECK(event.function == "trace_preempt_off");
  CHECK(event.enabled);
  if (with_links) {
    REQUIRE(fake::kernel().links.size() == 1);
    CHECK(fake::kernel().links.begin()->second.program == bpf_program__fd(prog));
    CHECK(fake::kernel().links.begin()->second.target == event_fd);
    CHECK(fake::kernel().links.begin()->second.attach_type == BPF_PERF_EVENT);
    CHECK(bpf_link__fd(link) == fake::kernel().links.begin()->first);
  } else {
    CHECK(event.program == bpf_program__fd(prog));
    CHECK(bpf_link__fd(link) == event_fd);
  }
  CHECK(bpf_link__destroy(link) == 0);
  CHECK(fake::kernel().open_fds() == before);
  CHECK(bpf_link__destroy(nullptr) == 0);
}

TEST_CASE("libbpf attach: offsets, return probes, tracepoints", "[libbpf]") {
  fake::reset();
  auto object = load(program_path("hello"));
  bpf_program* prog = bpf_object__find_program_by_name(object.get(), "hello");
  LIBBPF_OPTS(bpf_kprobe_opts, opts, .offset = 12);
  bpf_link* link = bpf_program__attach_kprobe_opts(prog, "skep::task::spawn", &opts);
  REQUIRE(link);
  CHECK(fake::kernel().events.begin()->second.attr.config2 == 12);
  CHECK(fake::kernel().events.begin()->second.function == "skep::task::spawn");
  bpf_link__destroy(link);

  link = bpf_program__attach_kprobe(prog, true, "sys_fork");
  REQUIRE(link);
  CHECK(fake::kernel().events.begin()->second.attr.config == 1);
  bpf_link__destroy(link);

  link = bpf_program__attach_ksyscall(prog, "fork", nullptr);
  REQUIRE(link);
  CHECK(fake::kernel().events.begin()->second.function == "sys_fork");
  bpf_link__destroy(link);

  fake::kernel().files["/sys/kernel/tracing/events/sched/sched_switch/id"] = "314\n";
  link = bpf_program__attach_tracepoint(prog, "sched", "sched_switch");
  REQUIRE(link);
  CHECK(fake::kernel().events.begin()->second.attr.type == PERF_TYPE_TRACEPOINT);
  CHECK(fake::kernel().events.begin()->second.attr.config == 314);
  bpf_link__destroy(link);

  link = bpf_program__attach_raw_tracepoint(prog, "sched_switch");
  REQUIRE(link);
  CHECK(fake::kernel().links.begin()->second.name == "sched_switch");
  bpf_link__destroy(link);
  CHECK(fake::kernel().events.empty());
  CHECK(fake::kernel().links.empty());
}

TEST_CASE("libbpf attach: failures name their cause and leave nothing", "[libbpf]") {
  fake::reset();
  auto object = load(program_path("hello"));
  bpf_program* prog = bpf_object__find_program_by_name(object.get(), "hello");
  const size_t before = fake::kernel().open_fds();
  CHECK(bpf_program__attach_kprobe(prog, false, "no_such_function") == nullptr);
  CHECK(errno == ENOENT);
  CHECK_THAT(fake::messages(), Contains("failed to create kprobe 'no_such_function+0x0' perf event"));
  CHECK(bpf_program__attach_tracepoint(prog, "no", "such") == nullptr);
  CHECK(errno == ENOENT);
  CHECK(bpf_program__attach_perf_event(prog, -1) == nullptr);
  CHECK(errno == EINVAL);
  const unsigned start = fake::kernel().calls;
  bpf_link* link = bpf_program__attach(prog);
  REQUIRE(link);
  bpf_link__destroy(link);
  const unsigned calls = fake::kernel().calls - start;
  for (unsigned n = 1; n < calls; n++) {  // the last one is the link's end
    fake::kernel().fail_call = fake::kernel().calls + n;
    CHECK(bpf_program__attach(prog) == nullptr);
    CHECK(errno == EPERM);
    CHECK(fake::kernel().open_fds() == before);
  }

  object.reset();
  fake::reset();
  auto unloaded = open_object(program_path("hello"));
  CHECK(bpf_program__attach(bpf_object__find_program_by_name(unloaded.get(), "hello")) == nullptr);
  CHECK(errno == EINVAL);
  CHECK(fake::kernel().open_fds() == 0);

  auto nameless = load(guest_test_path("globals"));
  CHECK(bpf_program__attach(bpf_object__find_program_by_name(nameless.get(), "count")) == nullptr);
  CHECK(errno == EOPNOTSUPP);
}

TEST_CASE("libbpf skeletons: what bpftool's headers do", "[libbpf]") {
  fake::reset();
  const auto bytes = read_bytes(guest_test_path("globals"));
  bpf_object* object = nullptr;
  bpf_map *rodata = nullptr, *bss = nullptr;
  bpf_program* count = nullptr;
  bpf_link* link = nullptr;
  void *rodata_memory = nullptr, *bss_memory = nullptr;
  auto* s = static_cast<bpf_object_skeleton*>(calloc(1, sizeof(bpf_object_skeleton)));
  s->sz = sizeof(*s);
  s->name = "globals";
  s->data = bytes.data();
  s->data_sz = bytes.size();
  s->obj = &object;
  s->map_cnt = 2;
  s->map_skel_sz = sizeof(bpf_map_skeleton);
  s->maps = static_cast<bpf_map_skeleton*>(calloc(2, sizeof(bpf_map_skeleton)));
  s->maps[0] = {"globals.rodata", &rodata, &rodata_memory};
  s->maps[1] = {"globals.bss", &bss, &bss_memory};
  s->prog_cnt = 1;
  s->prog_skel_sz = sizeof(bpf_prog_skeleton);
  s->progs = static_cast<bpf_prog_skeleton*>(calloc(1, sizeof(bpf_prog_skeleton)));
  s->progs[0] = {"count", &count, &link};
  REQUIRE(bpf_object__open_skeleton(s, nullptr) == 0);
  REQUIRE(rodata_memory != nullptr);
  static_cast<__u64*>(rodata_memory)[0] = 77;  // `step`, set before load
  REQUIRE(bpf_object__load_skeleton(s) == 0);
  CHECK(fake::kernel().maps.at(bpf_map__fd(rodata)).elements.at(std::string(4, '\0'))[0] == 77);
  CHECK(bpf_object__attach_skeleton(s) == 0);  // the section names nothing: no link, no error
  CHECK(link == nullptr);
  bpf_object__destroy_skeleton(s);
  CHECK(fake::kernel().open_fds() == 0);
  CHECK(fake::kernel().live_allocations == 0);
}
