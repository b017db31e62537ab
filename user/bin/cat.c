// cat: writes files to standard output.
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "[FILE]...", "Writes the files, or standard input (also for -), one after the other.");
  int status = 0;
  static char* standard_input[] = {"-"};
  char** files = argc > 1 ? argv + 1 : standard_input;
  const int count = argc > 1 ? argc - 1 : 1;
  for (int i = 0; i < count; i++) {
    const int fd = strcmp(files[i], "-") == 0 ? STDIN_FILENO : open(files[i], O_RDONLY);
    if (fd < 0 || !tool_copy_fd(fd, STDOUT_FILENO)) status = tool_fail(files[i]);
    if (fd > 0) close(fd);
  }
  return status;
}
