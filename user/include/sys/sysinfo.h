#ifndef _SYS_SYSINFO_H
#define _SYS_SYSINFO_H
#include <features.h>
__BEGIN_DECLS
struct sysinfo {
  long uptime;
  unsigned long loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
  unsigned short procs, pad;
  unsigned long totalhigh, freehigh;
  unsigned mem_unit;
};
int sysinfo(struct sysinfo* out);
int get_nprocs(void);
int get_nprocs_conf(void);
__END_DECLS
#endif
