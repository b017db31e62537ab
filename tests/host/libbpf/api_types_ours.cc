#include "tests/host/libbpf/api_types.h"
#include "user/libbpf/include/bpf/bpf.h"
#include "user/libbpf/include/bpf/btf.h"
#include "user/libbpf/include/bpf/libbpf.h"

#define LIBBPF_API_TABLE our_api
#include "tests/host/libbpf/api_types.inc"
