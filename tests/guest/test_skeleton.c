/* A skeleton as bpftool writes it on the host, from build/tests/bpf/globals.bpf.o: open, change a constant, load, run,
 * end. */
#include "bpf_tap.h"
#include "globals.skel.h"

int main(void) {
  struct globals *skeleton;
  LIBBPF_OPTS(bpf_test_run_opts, run);

  skeleton = globals__open();
  if (!ok(skeleton != NULL, "the skeleton opens")) return tap_end();
  ok(skeleton->rodata->step == 3, "its constants can be read before load");
  ok(strcmp(skeleton->rodata->settings.word, "beehive") == 0, "and its strings");
  skeleton->rodata->step = 1000;
  skeleton->data->start_value = 1;
  if (ok(globals__load(skeleton) == 0, "it loads")) {
    ok(globals__attach(skeleton) == 0, "it attaches: its program's section names no target, which is no error");
    ok(skeleton->links.count == NULL, "so there is no link");
    ok(bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.count), &run) == 0, "its program runs");
    ok_equal(run.retval, 1001 + 7 + 5, "with the constants and data set before load");
    if (skeleton->bss) {
      ok_equal((long)skeleton->bss->total, 1001 + 7 + 5, "and its .bss is shared with this process");
    } else {
      int key = 0;
      struct globals__bss bss;

      ok(bpf_map__lookup_elem(skeleton->maps.bss, &key, sizeof(key), &bss, sizeof(bss), 0) == 0 &&
             bss.total == 1001 + 7 + 5,
         "and its .bss can be read by its fd");
    }
  }
  globals__destroy(skeleton);
  return tap_end();
}
