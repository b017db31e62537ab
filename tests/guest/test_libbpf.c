/* libbpf against the real kernel: objects of every shape are opened, loaded, run and attached, and leave nothing. */
#include <bpf/btf.h>
#include <poll.h>
#include <sys/wait.h>
#include <time.h>

#include "bpf_tap.h"

static struct bpf_object *open_and_load(const char *path) {
  struct bpf_object *object = bpf_object__open_file(path, NULL);

  if (!ok(object != NULL, "%s opens", path)) {
    printf("# %s: %s\n", strerror(errno), messages);
    return NULL;
  }
  if (!ok(bpf_object__load(object) == 0, "%s loads", path)) {
    printf("# %s: %s\n", strerror(errno), messages);
    bpf_object__close(object);
    return NULL;
  }
  return object;
}

/* PROG_TEST_RUN; -1 when it fails. */
static long run(struct bpf_object *object, const char *name) {
  struct bpf_program *program = bpf_object__find_program_by_name(object, name);
  LIBBPF_OPTS(bpf_test_run_opts, opts);

  if (!program || bpf_prog_test_run_opts(bpf_program__fd(program), &opts) < 0) {
    printf("# %s does not run: %s\n", name, strerror(errno));
    return -1;
  }
  return opts.retval;
}

/* The value of global variable `name`, up to 8 bytes of it, found through the object's BTF. */
static long global(struct bpf_object *object, const char *section, const char *name) {
  const struct btf *types = bpf_object__btf(object);
  struct bpf_map *map = bpf_object__find_map_by_name(object, section);
  int id = btf__find_by_name_kind(types, section, BTF_KIND_DATASEC);
  unsigned char *value;
  long result = -1;
  int key = 0, i;

  if (!map || id < 0) return -1;
  value = malloc(bpf_map__value_size(map));
  if (value && bpf_map_lookup_elem(bpf_map__fd(map), &key, value) == 0) {
    const struct btf_type *t = btf__type_by_id(types, (__u32)id);

    for (i = 0; i < btf_vlen(t); i++) {
      const struct btf_var_secinfo *place = &btf_var_secinfos(t)[i];
      const struct btf_type *variable = btf__type_by_id(types, place->type);

      if (strcmp(btf__name_by_offset(types, variable->name_off), name) != 0) continue;
      result = 0;
      memcpy(&result, value + place->offset, place->size < sizeof(result) ? place->size : sizeof(result));
    }
  }
  free(value);
  return result;
}

static void test_globals(void) {
  struct bpf_object *object = open_and_load("/tests/bpf/globals.bpf.o");
  unsigned char changed[64] = {0};
  int key = 0, fd;

  if (!object) return;
  ok_equal(global(object, ".data", "start_value"), 100, "globals: .data holds its first value");
  ok_equal(global(object, ".bss", "runs"), 0, "globals: .bss is zero");
  ok_equal(run(object, "count"), 103 + 7 + 5, "globals: the program computes with all sections");
  ok_equal(global(object, ".data", "start_value"), 103, "globals: .data was written");
  ok_equal(global(object, ".bss", "runs"), 1, "globals: .bss was written");
  ok_equal(run(object, "count"), 106 + 7 + 6, "globals: a second run sees the first one's writes");
  ok_equal(global(object, ".bss", "total"), 119, "globals: the result is in .bss");
  ok_equal(global(object, ".bss", "letters") & 0xffff, 'b' | 'i' << 8, "globals: strings of constants arrive");
  fd = bpf_object__find_map_fd_by_name(object, ".rodata");
  ok_equal(bpf_map_update_elem(fd, &key, changed, BPF_ANY), -EPERM, "globals: constants are frozen");
  bpf_object__close(object);
}

static void test_subprograms(void) {
  struct bpf_object *object = open_and_load("/tests/bpf/subprog.bpf.o");
  __u32 key = 1;
  __u64 value = 0;
  int fd;

  if (!object) return;
  fd = bpf_object__find_map_fd_by_name(object, "results");
  ok_equal(run(object, "first"), 41, "subprograms: the first program runs");
  ok(bpf_map_lookup_elem(fd, &key, &value) == 0 && value == 41, "subprograms: a chain of calls stored 41");
  ok_equal(run(object, "second"), 60, "subprograms: the second program runs");
  key = 2;
  ok(bpf_map_lookup_elem(fd, &key, &value) == 0 && value == 60, "subprograms: a shared subprogram stored 60");
  ok_equal(run(object, "third"), 9, "subprograms: the second program of a section runs");
  bpf_object__close(object);
}

static void test_legacy_maps(void) {
  struct bpf_object *object = open_and_load("/tests/bpf/legacy_maps.bpf.o");
  __u32 key = 1;
  __u64 value = 0;

  if (!object) return;
  ok_equal(run(object, "touch"), 1, "legacy maps: the program runs");
  ok(bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(object, "old_array"), &key, &value) == 0 && value == 1,
     "legacy maps: the element was counted up");
  bpf_object__close(object);
}

/* forkcount's object counts the forks of this process. */
static void test_kprobe(void) {
  struct bpf_object *object = open_and_load("/lib/bpf/forkcount.bpf.o");
  struct {
    __u64 count, last_ns;
    char comm[16];
  } stat = {0};
  struct bpf_program *program;
  struct bpf_link *link;
  struct bpf_map *map;
  __u32 pid = (__u32)getpid();
  int i;

  if (!object) return;
  program = bpf_object__find_program_by_name(object, "count_fork");
  map = bpf_object__find_map_by_name(object, "forks");
  link = bpf_program__attach(program);
  if (ok(link != NULL, "kprobe: attaches by its section's name")) {
    struct bpf_link_info info = {0};
    __u32 length = sizeof(info);

    ok(bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &length) < 0 || info.type == BPF_LINK_TYPE_PERF_EVENT,
       "kprobe: the link is one of a perf event");
    for (i = 0; i < 5; i++) {
      pid_t child = fork();

      if (child == 0) _exit(0);
      waitpid(child, NULL, 0);
    }
    ok(bpf_map__lookup_elem(map, &pid, sizeof(pid), &stat, sizeof(stat), 0) == 0, "kprobe: this process is in the map");
    ok_equal((long)stat.count, 5, "kprobe: five forks were counted");
    ok(strcmp(stat.comm, "test_libbpf") == 0, "kprobe: the command's name is there");
    ok_equal(bpf_link__destroy(link), 0, "kprobe: detaches");
    if (fork() == 0) _exit(0);
    wait(NULL);
    bpf_map__lookup_elem(map, &pid, sizeof(pid), &stat, sizeof(stat), 0);
    ok_equal((long)stat.count, 5, "kprobe: nothing is counted any more");
  } else {
    printf("# %s: %s\n", strerror(errno), messages);
  }

  forget_messages();
  ok(bpf_program__attach_kprobe(program, false, "no_such_function") == NULL && errno == ENOENT,
     "kprobe: an unknown function is ENOENT");
  ok(strstr(messages, "no_such_function") != NULL, "kprobe: the message names it");
  bpf_object__close(object);
}

/* poll(2) on trace_pipe ends when a program prints, not when somebody happens to look again. */
static void test_trace_pipe_wakes_pollers(void) {
  struct bpf_object *object = bpf_object__open_file("/lib/bpf/hello.bpf.o", NULL);
  struct bpf_link *link = NULL;
  struct pollfd wait = {.events = POLLIN};
  struct timespec start, end;
  char text[4096];
  pid_t child;
  long ms;

  if (object && bpf_object__load(object) == 0) link = bpf_program__attach(bpf_object__next_program(object, NULL));
  ok(link != NULL, "hello is attached");
  wait.fd = open("/sys/kernel/debug/tracing/trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  child = fork();
  if (child == 0) {
    usleep(300000);
    if (fork() == 0) _exit(0);
    _exit(0);
  }
  while (read(wait.fd, text, sizeof(text)) > 0) continue;
  clock_gettime(CLOCK_MONOTONIC, &start);
  ok_equal(poll(&wait, 1, 6000), 1, "poll on trace_pipe sees a message");
  clock_gettime(CLOCK_MONOTONIC, &end);
  ms = (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000;
  ok(ms < 5000, "when it comes");
  waitpid(child, NULL, 0);
  while (read(wait.fd, text, sizeof(text)) > 0) continue;
  close(wait.fd);
  bpf_link__destroy(link);
  bpf_object__close(object);
}

static void test_refusals(void) {
  static const struct {
    const char *path;
    int at_open;
    int error;
    const char *message;
  } cases[] = {
      {"/tests/bpf/bad_section.bpf.o", 0, EINVAL, "check ELF section name 'no_such_kind/anything'"},
      {"/tests/bpf/bad_extern.bpf.o", 1, LIBBPF_ERRNO__RELOC, "extern 'missing_function' is not supported"},
      {"/tests/bpf/bad_map_type.bpf.o", 0, EINVAL, "map 'strange': failed to create"},
      {"/tests/bpf/bad_helper.bpf.o", 0, EINVAL, "9999"},
      {"/tests/bpf/no_license.bpf.o", 0, EINVAL, "GPL"},
      {"/tests/bpf/core.bpf.o", 0, ESRCH, "CO-RE relocation"},
      {"/tests/bpf/none.bpf.o", 1, ENOENT, "failed to open"},
      {"/bin/lathist", 1, LIBBPF_ERRNO__FORMAT, "not a relocatable object for BPF"},
      {"/proc/meminfo", 1, LIBBPF_ERRNO__LIBELF, "not an ELF file"},
  };
  size_t i;

  for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct bpf_object *object;
    int result = 0;

    forget_messages();
    object = bpf_object__open_file(cases[i].path, NULL);
    if (!object) result = -errno;
    if (!ok((object == NULL) == cases[i].at_open, "refusal: %s %s", cases[i].path,
            cases[i].at_open ? "does not open" : "opens")) {
      printf("# %s\n", messages);
    }
    if (object) result = bpf_object__load(object);
    ok_equal(result, -cases[i].error, "refusal: its error number");
    if (!ok(strstr(messages, cases[i].message) != NULL, "refusal: the message names '%s'", cases[i].message)) {
      printf("# %s\n", messages);
    }
    bpf_object__close(object);
  }
}

/* Without root, nothing of this may be done. */
static void test_other_user(void) {
  pid_t child = fork();
  int status = 1;

  if (child == 0) {
    struct bpf_object *object;
    int result;

    if (setuid(1000) != 0) _exit(2);
    object = bpf_object__open_file("/lib/bpf/lathist.bpf.o", NULL);
    if (!object) _exit(3);
    result = bpf_object__load(object);
    bpf_object__close(object);
    _exit(result == -EPERM ? 0 : 4);
  }
  waitpid(child, &status, 0);
  ok_equal(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0, "uid 1000: loading is EPERM");
}

int main(void) {
  struct traces before;

  libbpf_set_print(keep_message);
  ok(libbpf_num_possible_cpus() > 0, "there are CPUs");
  ok_equal(libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_KPROBE, NULL), 1, "the kernel has kprobe programs");
  ok_equal(libbpf_probe_bpf_map_type(BPF_MAP_TYPE_HASH, NULL), 1, "the kernel has hash maps");
  ok_equal(libbpf_probe_bpf_helper(BPF_PROG_TYPE_KPROBE, BPF_FUNC_map_lookup_elem, NULL), 1,
           "kprobe programs may look up maps");
  ok_equal(libbpf_probe_bpf_helper(BPF_PROG_TYPE_SOCKET_FILTER, BPF_FUNC_get_current_comm, NULL), 0,
           "socket filters have no current command");
  ok_equal(libbpf_probe_bpf_helper(BPF_PROG_TYPE_KPROBE, (enum bpf_func_id)9999, NULL), 0, "there is no helper 9999");
  before = look();
  test_globals();
  test_subprograms();
  test_legacy_maps();
  test_kprobe();
  test_trace_pipe_wakes_pollers();
  test_refusals();
  test_other_user();
  messages_length = 0;
  before.free_kb = 0; /* the first use of everything may keep some memory; test_lathist measures that */
  ok_nothing_left(&before, "libbpf");
  return tap_end();
}
