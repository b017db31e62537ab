// stat: what the kernel says about files.
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "common/tool.h"

static const char* kind(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return "regular file";
    case S_IFDIR:
      return "directory";
    case S_IFLNK:
      return "symbolic link";
    case S_IFCHR:
      return "character device";
    case S_IFBLK:
      return "block device";
    case S_IFIFO:
      return "fifo";
    default:
      return "socket";
  }
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-L] FILE...", "Prints what is known about files; -L: about what links point to.");
  bool follow = false;
  int c;
  while ((c = getopt(argc, argv, "L")) != -1) {
    if (c == '?') tool_usage();
    follow = true;
  }
  if (optind == argc) tool_usage();
  int status = 0;
  for (int i = optind; i < argc; i++) {
    struct stat st;
    if ((follow ? stat(argv[i], &st) : lstat(argv[i], &st)) != 0) {
      status = tool_fail(argv[i]);
      continue;
    }
    char date[64];
    struct tm tm;
    const time_t when = st.st_mtime;
    strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", gmtime_r(&when, &tm));
    printf("  File: %s\n  Size: %ld  Blocks: %ld  %s\n", argv[i], st.st_size, st.st_blocks, kind(st.st_mode));
    printf("Device: %lu  Inode: %lu  Links: %u", st.st_dev, st.st_ino, st.st_nlink);
    if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) printf("  Type: %u,%u", major(st.st_rdev), minor(st.st_rdev));
    printf("\n  Mode: %04o  Uid: %u  Gid: %u\nModify: %s.%09ld\n", st.st_mode & 07777, st.st_uid, st.st_gid, date,
           st.st_mtim.tv_nsec);
  }
  tool_exit(status);
}
