// Absolute names, because our headers stand before the system's in this program's search path.
// clang-format off
#include "/usr/include/bpf/bpf.h"
#include "/usr/include/bpf/btf.h"
#include "/usr/include/bpf/libbpf.h"
// clang-format on

// Interfaces of libbpf 1.2 that libbpf-dev 1.1 does not have yet.
extern "C" {
int bpf_prog_get_info_by_fd(int prog_fd, struct bpf_prog_info* info, __u32* info_len);
int bpf_map_get_info_by_fd(int map_fd, struct bpf_map_info* info, __u32* info_len);
int bpf_btf_get_info_by_fd(int btf_fd, struct bpf_btf_info* info, __u32* info_len);
int bpf_link_get_info_by_fd(int link_fd, struct bpf_link_info* info, __u32* info_len);
}

#define LIBBPF_API_TABLE debian_api
#include "tests/host/libbpf/api_types.h"
#include "tests/host/libbpf/api_types.inc"
