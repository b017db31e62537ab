#ifndef _DIRENT_H
#define _DIRENT_H
#include <features.h>
#include <sys/types.h>
__BEGIN_DECLS
// The layout of getdents64.
struct dirent {
  ino_t d_ino;
  off_t d_off;
  unsigned short d_reclen;
  unsigned char d_type;
  char d_name[256];
};
#define DT_UNKNOWN 0
#define DT_FIFO 1
#define DT_CHR 2
#define DT_DIR 4
#define DT_BLK 6
#define DT_REG 8
#define DT_LNK 10
#define DT_SOCK 12
typedef struct _DIR DIR;
DIR* opendir(const char* path);
DIR* fdopendir(int fd);
struct dirent* readdir(DIR* dir);
int closedir(DIR* dir);
void rewinddir(DIR* dir);
int dirfd(DIR* dir);
int scandir(const char* path, struct dirent*** out, int (*filter)(const struct dirent*),
            int (*compare)(const struct dirent**, const struct dirent**));
int alphasort(const struct dirent** a, const struct dirent** b);
__END_DECLS
#endif
