#ifndef _PATHS_H
#define _PATHS_H
#define _PATH_BSHELL "/bin/sh"
#define _PATH_DEVNULL "/dev/null"
#define _PATH_TTY "/dev/console"
#define _PATH_DEFPATH "/bin:/sbin:/usr/bin"
#endif
