// find: walks folders and prints what fits.
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/tool.h"

static const char* name_pattern;
static char type;  // '\0': any
static long max_depth = LONG_MAX, min_depth;
static bool nul_separated, deletes;

static bool fits_type(mode_t mode) {
  switch (type) {
    case '\0':
      return true;
    case 'f':
      return S_ISREG(mode);
    case 'd':
      return S_ISDIR(mode);
    case 'l':
      return S_ISLNK(mode);
    case 'c':
      return S_ISCHR(mode);
    case 'p':
      return S_ISFIFO(mode);
    default:
      return false;
  }
}

static int by_name(const void* a, const void* b) { return strcmp(*(char* const*)a, *(char* const*)b); }

static int visit(const char* path, long depth);

static int visit_entries(const char* path, long depth) {
  DIR* dir = opendir(path);
  if (dir == NULL) return tool_fail(path);
  char** names = NULL;
  size_t count = 0, capacity = 0;
  const struct dirent* d;
  while ((d = readdir(dir)) != NULL) {
    if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0) continue;
    if (count == capacity) {
      capacity = capacity == 0 ? 32 : 2 * capacity;
      names = reallocarray(names, capacity, sizeof(char*));
      if (names == NULL) tool_die("memory");
    }
    names[count] = strdup(d->d_name);
    if (names[count++] == NULL) tool_die("memory");
  }
  closedir(dir);
  if (count > 1) qsort(names, count, sizeof(char*), by_name);
  int status = 0;
  for (size_t i = 0; i < count; i++) {
    char full[PATH_MAX];
    status |= tool_join(full, sizeof(full), path, names[i]) ? visit(full, depth + 1) : tool_fail(path);
    free(names[i]);
  }
  free(names);
  return status;
}

static int visit(const char* path, long depth) {
  struct stat st;
  if (lstat(path, &st) != 0) return tool_fail(path);
  const bool fits = depth >= min_depth && fits_type(st.st_mode) &&
                    (name_pattern == NULL || fnmatch(name_pattern, basename(path), 0) == 0);
  int status = 0;
  if (fits && !deletes) {
    fputs(path, stdout);
    putchar(nul_separated ? '\0' : '\n');
  }
  if (S_ISDIR(st.st_mode) && depth < max_depth) status |= visit_entries(path, depth);
  if (fits && deletes && remove(path) < 0) status = tool_fail(path);
  return status;
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "[FOLDER]... [-name PATTERN] [-type f|d|l|c|p] [-maxdepth N] [-mindepth N] [-print0] [-delete]",
            "Prints the files below folders (.) that fit all conditions; -delete removes them instead.");
  int first = 1;
  while (first < argc && argv[first][0] != '-') first++;
  for (int i = first; i < argc; i++) {
    const bool has_value = i + 1 < argc;
    if (strcmp(argv[i], "-name") == 0 && has_value) {
      name_pattern = argv[++i];
    } else if (strcmp(argv[i], "-type") == 0 && has_value) {
      type = argv[++i][0];
    } else if (strcmp(argv[i], "-maxdepth") == 0 && has_value) {
      max_depth = tool_number(argv[++i]);
    } else if (strcmp(argv[i], "-mindepth") == 0 && has_value) {
      min_depth = tool_number(argv[++i]);
    } else if (strcmp(argv[i], "-print0") == 0) {
      nul_separated = true;
    } else if (strcmp(argv[i], "-delete") == 0) {
      deletes = true;
    } else if (strcmp(argv[i], "-print") != 0) {
      tool_usage();
    }
  }
  int status = 0;
  if (first == 1) status = visit(".", 0);
  for (int i = 1; i < first; i++) status |= visit(argv[i], 0);
  tool_exit(status);
}
