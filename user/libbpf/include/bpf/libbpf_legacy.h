/* Interfaces that libbpf keeps for programs written before its version 1. */
#ifndef __LIBBPF_LEGACY_BPF_H
#define __LIBBPF_LEGACY_BPF_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libbpf_common.h"

#ifdef __cplusplus
extern "C" {
#endif

enum libbpf_strict_mode {
  LIBBPF_STRICT_ALL = 0xffffffff,
  LIBBPF_STRICT_NONE = 0x00,
  LIBBPF_STRICT_CLEAN_PTRS = 0x01,
  LIBBPF_STRICT_DIRECT_ERRS = 0x02,
  LIBBPF_STRICT_SEC_NAME = 0x04,
  LIBBPF_STRICT_NO_OBJECT_LIST = 0x08,
  LIBBPF_STRICT_AUTO_RLIMIT_MEMLOCK = 0x10,
  LIBBPF_STRICT_MAP_DEFINITIONS = 0x20,
  __LIBBPF_STRICT_LAST,
};

/* Without effect: this library is always as strict as libbpf 1.x. Returns 0. */
LIBBPF_API int libbpf_set_strict_mode(enum libbpf_strict_mode mode);

/* 0 for a pointer; for NULL -errno, so call it before anything else changes errno. */
LIBBPF_API long libbpf_get_error(const void *ptr);

#define DECLARE_LIBBPF_OPTS LIBBPF_OPTS

struct bpf_program;
struct bpf_map;
struct btf;
struct btf_ext;

LIBBPF_API enum bpf_prog_type bpf_program__get_type(const struct bpf_program *prog);
LIBBPF_API enum bpf_attach_type bpf_program__get_expected_attach_type(const struct bpf_program *prog);
LIBBPF_API const void *btf__get_raw_data(const struct btf *btf, __u32 *size);

#ifdef __cplusplus
}
#endif

#endif
