// cp: copies files and, with -r, folders.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/tool.h"

static bool recursive;

static int copy(const char* from, const char* to);

static int copy_folder(const char* from, const char* to, mode_t mode) {
  if (!recursive) {
    errno = EISDIR;
    return tool_fail(from);
  }
  if (mkdir(to, mode & 0777) < 0 && errno != EEXIST) return tool_fail(to);
  DIR* dir = opendir(from);
  if (dir == NULL) return tool_fail(from);
  int status = 0;
  const struct dirent* d;
  while ((d = readdir(dir)) != NULL) {
    if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0) continue;
    char source[PATH_MAX], target[PATH_MAX];
    if (tool_join(source, sizeof(source), from, d->d_name) && tool_join(target, sizeof(target), to, d->d_name)) {
      status |= copy(source, target);
    } else {
      status = tool_fail(d->d_name);
    }
  }
  closedir(dir);
  return status;
}

static int copy(const char* from, const char* to) {
  struct stat st, existing;
  if ((recursive ? lstat(from, &st) : stat(from, &st)) != 0) return tool_fail(from);
  if (S_ISDIR(st.st_mode)) return copy_folder(from, to, st.st_mode);
  if (stat(to, &existing) == 0 && existing.st_dev == st.st_dev && existing.st_ino == st.st_ino) {
    fprintf(stderr, "cp: '%s' and '%s' are the same file\n", from, to);
    return 1;
  }
  if (S_ISLNK(st.st_mode)) {
    char target[PATH_MAX];
    const ssize_t n = readlink(from, target, sizeof(target) - 1);
    if (n < 0) return tool_fail(from);
    target[n] = '\0';
    return symlink(target, to) == 0 ? 0 : tool_fail(to);
  }
  const int in = open(from, O_RDONLY);
  if (in < 0) return tool_fail(from);
  const int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, st.st_mode & 0777);
  int status = 0;
  if (out < 0) {
    status = tool_fail(to);
  } else {
    if (!tool_copy_fd(in, out)) status = tool_fail(to);
    if (close(out) < 0) status = tool_fail(to);
  }
  close(in);
  return status;
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-r] FILE... TARGET", "Copies a file to a file, or files into a folder.\n  -r  folders too");
  int c;
  while ((c = getopt(argc, argv, "rRapf")) != -1) {
    if (c == '?') tool_usage();
    if (c == 'r' || c == 'R' || c == 'a') recursive = true;
  }
  if (argc - optind < 2) tool_usage();
  const char* target = argv[argc - 1];
  struct stat st;
  const bool into = stat(target, &st) == 0 && S_ISDIR(st.st_mode);
  if (!into && argc - optind > 2) {
    errno = ENOTDIR;
    tool_die(target);
  }
  int status = 0;
  for (int i = optind; i < argc - 1; i++) {
    char path[PATH_MAX];
    if (!into) {
      status |= copy(argv[i], target);
    } else if (tool_join(path, sizeof(path), target, basename(argv[i]))) {
      status |= copy(argv[i], path);
    } else {
      status = tool_fail(argv[i]);
    }
  }
  return status;
}
