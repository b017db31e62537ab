// ls: lists folders and files.
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "common/tool.h"

struct Entry {
  char* name;
  struct stat st;
};

static bool all, long_form, one_per_line, itself, recursive, classify, by_time, by_size, reverse, numeric;
static size_t screen_width;

static char type_letter(mode_t mode) {
  if (S_ISDIR(mode)) return 'd';
  if (S_ISLNK(mode)) return 'l';
  if (S_ISCHR(mode)) return 'c';
  if (S_ISBLK(mode)) return 'b';
  if (S_ISFIFO(mode)) return 'p';
  return S_ISSOCK(mode) ? 's' : '-';
}

static void mode_text(mode_t mode, char out[11]) {
  out[0] = type_letter(mode);
  for (int i = 0; i < 9; i++) out[1 + i] = (mode >> (8 - i)) & 1 ? "rwxrwxrwx"[i] : '-';
  if (mode & S_ISUID) out[3] = 's';
  if (mode & S_ISVTX) out[9] = 't';
  out[10] = '\0';
}

static const char* suffix(mode_t mode) {
  if (!classify) return "";
  if (S_ISDIR(mode)) return "/";
  if (S_ISLNK(mode)) return "@";
  if (S_ISFIFO(mode)) return "|";
  return S_ISREG(mode) && (mode & 0111) != 0 ? "*" : "";
}

static const char* owner(uid_t uid, char* buffer, size_t size) {
  const struct passwd* p = numeric ? NULL : getpwuid(uid);
  if (p != NULL) return p->pw_name;
  snprintf(buffer, size, "%u", uid);
  return buffer;
}

static void print_long(const char* dir, const struct Entry* e) {
  char mode[11], size[32], date[32], user[16], group[16];
  mode_text(e->st.st_mode, mode);
  if (S_ISCHR(e->st.st_mode) || S_ISBLK(e->st.st_mode)) {
    snprintf(size, sizeof(size), "%u, %u", major(e->st.st_rdev), minor(e->st.st_rdev));
  } else {
    snprintf(size, sizeof(size), "%ld", e->st.st_size);
  }
  struct tm tm;
  const time_t when = e->st.st_mtime;
  strftime(date, sizeof(date), "%Y-%m-%d %H:%M", gmtime_r(&when, &tm));
  printf("%s %2u %-5s %-5s %9s %s %s", mode, e->st.st_nlink, owner(e->st.st_uid, user, sizeof(user)),
         owner(e->st.st_gid, group, sizeof(group)), size, date, e->name);
  if (S_ISLNK(e->st.st_mode)) {
    char path[PATH_MAX], target[PATH_MAX];
    const bool joined =
        dir == NULL ? strlcpy(path, e->name, sizeof(path)) < sizeof(path) : tool_join(path, sizeof(path), dir, e->name);
    const ssize_t n = joined ? readlink(path, target, sizeof(target) - 1) : -1;
    if (n >= 0) printf(" -> %.*s", (int)n, target);
  } else {
    fputs(suffix(e->st.st_mode), stdout);
  }
  putchar('\n');
}

static int compare(const void* a, const void* b) {
  const struct Entry *x = a, *y = b;
  long order = 0;
  if (by_time) order = y->st.st_mtim.tv_sec - x->st.st_mtim.tv_sec;
  if (by_time && order == 0) order = y->st.st_mtim.tv_nsec - x->st.st_mtim.tv_nsec;
  if (by_size) order = y->st.st_size - x->st.st_size;
  if (order == 0) order = strcmp(x->name, y->name);
  if (order == 0) return 0;
  return (order < 0) != reverse ? -1 : 1;
}

static void print_columns(const struct Entry* list, size_t count) {
  size_t widest = 0;
  for (size_t i = 0; i < count; i++) {
    const size_t n = strlen(list[i].name) + strlen(suffix(list[i].st.st_mode));
    if (n > widest) widest = n;
  }
  size_t columns = screen_width / (widest + 2);
  if (columns == 0) columns = 1;
  const size_t rows = (count + columns - 1) / columns;
  for (size_t row = 0; row < rows; row++) {
    for (size_t i = row; i < count; i += rows) {
      const char* s = suffix(list[i].st.st_mode);
      const int pad = i + rows < count ? (int)(widest + 2 - strlen(list[i].name) - strlen(s)) : 0;
      printf("%s%s%*s", list[i].name, s, pad, "");
    }
    putchar('\n');
  }
}

static void print_list(const char* dir, struct Entry* list, size_t count) {
  qsort(list, count, sizeof(*list), compare);
  if (!long_form && !one_per_line) {
    print_columns(list, count);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    if (long_form) {
      print_long(dir, &list[i]);
    } else {
      printf("%s%s\n", list[i].name, suffix(list[i].st.st_mode));
    }
  }
}

static int list_folder(const char* path, bool with_title) {
  DIR* dir = opendir(path);
  if (dir == NULL) return tool_fail(path);
  if (with_title) printf("%s:\n", path);
  struct Entry* list = NULL;
  size_t count = 0, capacity = 0;
  int status = 0;
  const struct dirent* d;
  while ((d = readdir(dir)) != NULL) {
    if (d->d_name[0] == '.' && !all) continue;
    if (count == capacity) {
      capacity = capacity == 0 ? 32 : 2 * capacity;
      list = reallocarray(list, capacity, sizeof(*list));
      if (list == NULL) tool_die(path);
    }
    char full[PATH_MAX];
    if (!tool_join(full, sizeof(full), path, d->d_name) || lstat(full, &list[count].st) != 0) {
      status = tool_fail(d->d_name);
      continue;
    }
    list[count].name = strdup(d->d_name);
    if (list[count].name == NULL) tool_die(path);
    count++;
  }
  closedir(dir);
  print_list(path, list, count);
  for (size_t i = 0; i < count; i++) {
    const bool inside = strcmp(list[i].name, ".") != 0 && strcmp(list[i].name, "..") != 0;
    if (recursive && inside && S_ISDIR(list[i].st.st_mode)) {
      char full[PATH_MAX];
      putchar('\n');
      status |= tool_join(full, sizeof(full), path, list[i].name) ? list_folder(full, true) : tool_fail(path);
    }
    free(list[i].name);
  }
  free(list);
  return status;
}

static void parse_options(int argc, char** argv) {
  int c;
  while ((c = getopt(argc, argv, "al1dRFtSrnAh")) != -1) {
    switch (c) {
      case 'a':
      case 'A':
        all = true;
        break;
      case 'l':
        long_form = true;
        break;
      case 'n':
        long_form = numeric = true;
        break;
      case '1':
        one_per_line = true;
        break;
      case 'd':
        itself = true;
        break;
      case 'R':
        recursive = true;
        break;
      case 'F':
        classify = true;
        break;
      case 't':
        by_time = true;
        break;
      case 'S':
        by_size = true;
        break;
      case 'r':
        reverse = true;
        break;
      case 'h':
        break;
      default:
        tool_usage();
    }
  }
}

int main(int argc, char** argv) {
  tool_help(
      argc, argv, "[-1adFlnRrSt] [FILE]...",
      "Lists folders' entries and files.\n"
      "  -a  hidden ones too   -l  details   -n  details with numeric owners   -1  one per line\n"
      "  -d  folders themselves   -R  folders in folders   -F  mark kinds   -t -S  by time, by size   -r  reversed");
  parse_options(argc, argv);
  struct winsize size;
  screen_width =
      isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
  if (!isatty(STDOUT_FILENO)) one_per_line = true;
  static char* here[] = {"."};
  char** paths = optind < argc ? argv + optind : here;
  const size_t count = optind < argc ? (size_t)(argc - optind) : 1;
  struct Entry* files = calloc(count, sizeof(*files));
  if (files == NULL) tool_die("memory");
  size_t file_count = 0;
  int status = 0;
  for (size_t i = 0; i < count; i++) {
    struct stat st;
    if (lstat(paths[i], &st) != 0) {
      status = tool_fail(paths[i]);
      paths[i] = NULL;
      continue;
    }
    struct stat target;
    const bool folder = S_ISDIR(st.st_mode) || (!long_form && stat(paths[i], &target) == 0 && S_ISDIR(target.st_mode));
    if (!folder || itself) {
      files[file_count++] = (struct Entry){paths[i], st};
      paths[i] = NULL;
    }
  }
  if (file_count > 0) print_list(NULL, files, file_count);
  for (size_t i = 0, printed = file_count; i < count; i++) {
    if (paths[i] == NULL) continue;
    if (printed++ > 0) putchar('\n');
    status |= list_folder(paths[i], count > 1 || recursive);
  }
  tool_exit(status);
}
