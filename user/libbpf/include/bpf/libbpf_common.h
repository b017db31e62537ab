/* What the headers of libbpf share. Names and meanings are libbpf's. */
#ifndef __LIBBPF_LIBBPF_COMMON_H
#define __LIBBPF_LIBBPF_COMMON_H

#include <string.h>

#include "libbpf_version.h"

#ifndef LIBBPF_API
#define LIBBPF_API __attribute__((visibility("default")))
#endif

#define LIBBPF_DEPRECATED(msg) __attribute__((deprecated(msg)))

/* Declares `struct TYPE NAME` with every byte zero but .sz and the designated initialisers that follow. The caller's sz
 * tells the library which fields the caller knows; fields beyond are taken as zero. */
#define LIBBPF_OPTS(TYPE, NAME, ...)                       \
  struct TYPE NAME = ({                                    \
    memset(&NAME, 0, sizeof(struct TYPE));                 \
    (struct TYPE){.sz = sizeof(struct TYPE), __VA_ARGS__}; \
  })

#endif
