#ifndef _SYS_EPOLL_H
#define _SYS_EPOLL_H
#include <fcntl.h>
#include <features.h>
#include <stdint.h>
__BEGIN_DECLS
#define EPOLL_CLOEXEC O_CLOEXEC
#define EPOLLIN 0x001
#define EPOLLPRI 0x002
#define EPOLLOUT 0x004
#define EPOLLERR 0x008
#define EPOLLHUP 0x010
#define EPOLLRDHUP 0x2000
#define EPOLLONESHOT (1u << 30)
#define EPOLLET (1u << 31)
#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3
typedef union epoll_data {
  void* ptr;
  int fd;
  uint32_t u32;
  uint64_t u64;
} epoll_data_t;
struct epoll_event {
  uint32_t events;
  epoll_data_t data;
};
int epoll_create(int size);
int epoll_create1(int flags);
int epoll_ctl(int epfd, int operation, int fd, struct epoll_event* event);
int epoll_wait(int epfd, struct epoll_event* events, int count, int timeout_ms);
__END_DECLS
#endif
