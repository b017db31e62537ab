#ifndef _GETOPT_H
#define _GETOPT_H
#include <features.h>
__BEGIN_DECLS
extern char* optarg;
extern int optind, opterr, optopt;

#define no_argument 0
#define required_argument 1
#define optional_argument 2
struct option {
  const char* name;
  int has_arg;
  int* flag;
  int val;
};
// As in glibc: arguments that are no options are moved behind the options, unless the string begins with '+'.
int getopt(int argc, char* const argv[], const char* options);
int getopt_long(int argc, char* const argv[], const char* options, const struct option* long_options, int* index);
int getopt_long_only(int argc, char* const argv[], const char* options, const struct option* long_options, int* index);
__END_DECLS
#endif
