#ifndef _SCHED_H
#define _SCHED_H
#include <features.h>
#include <sys/types.h>
#include <time.h>
__BEGIN_DECLS
typedef struct {
  unsigned long bits[16];
} cpu_set_t;
#define CPU_SETSIZE 1024
#define CPU_ZERO(set) __builtin_memset((set), 0, sizeof(cpu_set_t))
#define CPU_SET(cpu, set) ((set)->bits[(cpu) / 64] |= 1UL << ((cpu) % 64))
#define CPU_CLR(cpu, set) ((set)->bits[(cpu) / 64] &= ~(1UL << ((cpu) % 64)))
#define CPU_ISSET(cpu, set) (((set)->bits[(cpu) / 64] >> ((cpu) % 64)) & 1)
#define CLONE_VM 0x00000100
#define CLONE_VFORK 0x00004000
int sched_yield(void);
int sched_getcpu(void);
int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t* set);
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t* set);
__END_DECLS
#endif
