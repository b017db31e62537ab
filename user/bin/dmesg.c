// dmesg: prints the kernel's messages.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/tool.h"

enum { kReadAll = 3, kBufferSize = 10 };  // actions of syslog(2)

int main(int argc, char** argv) {
  tool_help(argc, argv, "", "Prints the kernel's messages.");
  const long size = syscall(SYS_syslog, kBufferSize, NULL, 0);
  if (size < 0) tool_die("syslog");
  char* text = malloc((size_t)size + 1);
  if (text == NULL) tool_die("memory");
  const long n = syscall(SYS_syslog, kReadAll, text, size);
  if (n < 0) tool_die("syslog");
  fwrite(text, 1, (size_t)n, stdout);
  if (n > 0 && text[n - 1] != '\n') putchar('\n');
  tool_exit(0);
}
