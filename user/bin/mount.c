// mount: lists what is mounted, or mounts a file system.
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-t TYPE SOURCE FOLDER]",
            "Without arguments lists /proc/mounts; otherwise mounts a file system.");
  const char* type = NULL;
  int c;
  while ((c = getopt(argc, argv, "t:")) != -1) {
    if (c == '?') tool_usage();
    type = optarg;
  }
  if (type != NULL) {
    if (argc - optind != 2) tool_usage();
    if (mount(argv[optind], argv[optind + 1], type, 0, NULL) < 0) tool_die(argv[optind + 1]);
    return 0;
  }
  if (optind != argc) tool_usage();
  FILE* f = fopen("/proc/mounts", "r");
  if (f == NULL) tool_die("/proc/mounts");
  char source[256], folder[256], kind[64], options[256];
  while (fscanf(f, "%255s %255s %63s %255s %*d %*d", source, folder, kind, options) == 4) {
    printf("%s on %s type %s (%s)\n", source, folder, kind, options);
  }
  fclose(f);
  tool_exit(0);
}
