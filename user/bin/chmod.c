// chmod: changes files' permissions.
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/tool.h"

// "u+x,go-w" applied to a mode; -1 for a wrong text.
static long symbolic(const char* text, mode_t mode) {
  while (*text != '\0') {
    mode_t who = 0;
    for (; *text != '\0' && strchr("ugoa", *text) != NULL; text++) {
      who |= *text == 'u' ? 0700 : *text == 'g' ? 0070 : *text == 'o' ? 0007 : 0777;
    }
    if (who == 0) who = 0777;
    const char op = *text;
    if (op != '+' && op != '-' && op != '=') return -1;
    mode_t bits = 0;
    for (text++; *text != '\0' && *text != ','; text++) {
      if (strchr("rwx", *text) == NULL) return -1;
      bits |= *text == 'r' ? 0444 : *text == 'w' ? 0222 : 0111;
    }
    bits &= who;
    if (op == '+') mode |= bits;
    if (op == '-') mode &= ~bits;
    if (op == '=') mode = (mode & ~who) | bits;
    if (*text == ',') text++;
  }
  return mode;
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "MODE FILE...", "Sets permissions: octal (755) or like u+x,go-w.");
  if (argc < 3) tool_usage();
  int status = 0;
  for (int i = 2; i < argc; i++) {
    struct stat st;
    if (stat(argv[i], &st) != 0) {
      status = tool_fail(argv[i]);
      continue;
    }
    char* end;
    long mode = strtol(argv[1], &end, 8);
    if (*end != '\0') mode = symbolic(argv[1], st.st_mode & 07777);
    if (mode < 0 || mode > 07777) tool_usage();
    if (chmod(argv[i], (mode_t)mode) < 0) status = tool_fail(argv[i]);
  }
  return status;
}
