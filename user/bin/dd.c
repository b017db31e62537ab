// dd: copies blocks.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "[if=FILE] [of=FILE] [bs=BYTES] [count=BLOCKS] [skip=BLOCKS] [seek=BLOCKS] [conv=notrunc]",
            "Copies blocks from a file (standard input) to a file (standard output).");
  const char *input = NULL, *output = NULL;
  long size = 512, count = -1, skip = 0, seek = 0;
  bool truncate = true;
  for (int i = 1; i < argc; i++) {
    char* value = strchr(argv[i], '=');
    if (value == NULL) tool_usage();
    *value++ = '\0';
    if (strcmp(argv[i], "if") == 0) {
      input = value;
    } else if (strcmp(argv[i], "of") == 0) {
      output = value;
    } else if (strcmp(argv[i], "bs") == 0) {
      size = tool_number(value);
    } else if (strcmp(argv[i], "count") == 0) {
      count = tool_number(value);
    } else if (strcmp(argv[i], "skip") == 0) {
      skip = tool_number(value);
    } else if (strcmp(argv[i], "seek") == 0) {
      seek = tool_number(value);
    } else if (strcmp(argv[i], "conv") == 0 && strcmp(value, "notrunc") == 0) {
      truncate = false;
    } else if (strcmp(argv[i], "status") != 0) {
      tool_usage();
    }
  }
  if (size <= 0 || size > (1L << 30)) tool_usage();
  const int in = input != NULL ? open(input, O_RDONLY) : STDIN_FILENO;
  if (in < 0) tool_die(input);
  const int flags = O_WRONLY | O_CREAT | (truncate && seek == 0 ? O_TRUNC : 0);
  const int out = output != NULL ? open(output, flags, 0666) : STDOUT_FILENO;
  if (out < 0) tool_die(output);
  char* block = malloc((size_t)size);
  if (block == NULL) tool_die("memory");
  if (seek > 0 && lseek(out, seek * size, SEEK_SET) < 0) tool_die("seek");
  if (skip > 0 && lseek(in, skip * size, SEEK_SET) < 0) {
    for (long i = 0; i < skip && read(in, block, (size_t)size) > 0; i++) {
    }
  }
  long full = 0, partial = 0, total = 0;
  int status = 0;
  while (count < 0 || full + partial < count) {
    const ssize_t n = read(in, block, (size_t)size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) status = tool_fail(input != NULL ? input : "standard input");
    if (n <= 0) break;
    ssize_t done = 0;
    while (done < n) {
      const ssize_t w = write(out, block + done, (size_t)(n - done));
      if (w < 0) tool_die(output != NULL ? output : "standard output");
      done += w;
    }
    total += n;
    if (n == size) {
      full++;
    } else {
      partial++;
    }
  }
  fprintf(stderr, "%ld+%ld blocks, %ld bytes copied\n", full, partial, total);
  return status;
}
