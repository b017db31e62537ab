// touch: sets files' times to now, making the missing ones.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "FILE...", "Sets the files' times to now; missing files are made.");
  if (argc < 2) tool_usage();
  int status = 0;
  for (int i = 1; i < argc; i++) {
    if (utimensat(AT_FDCWD, argv[i], NULL, 0) == 0) continue;
    const int fd = open(argv[i], O_WRONLY | O_CREAT, 0666);
    if (fd < 0) {
      status = tool_fail(argv[i]);
    } else {
      close(fd);
    }
  }
  return status;
}
