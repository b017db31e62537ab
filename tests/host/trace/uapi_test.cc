// kernel/uapi against the headers of linux-libc-dev. Both define the same names, so the system's side is included
// inside a namespace and its macros are read before ours replace them.
#include <asm/byteorder.h>
#include <asm/types.h>
#include <linux/ioctl.h>
#include <linux/types.h>

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
namespace linux_abi {
#include <linux/perf_event.h>
constexpr unsigned long kIoctls[] = {
    PERF_EVENT_IOC_ENABLE,  PERF_EVENT_IOC_DISABLE,      PERF_EVENT_IOC_REFRESH,    PERF_EVENT_IOC_RESET,
    PERF_EVENT_IOC_PERIOD,  PERF_EVENT_IOC_SET_OUTPUT,   PERF_EVENT_IOC_SET_FILTER, PERF_EVENT_IOC_ID,
    PERF_EVENT_IOC_SET_BPF, PERF_EVENT_IOC_PAUSE_OUTPUT, PERF_EVENT_IOC_QUERY_BPF,  PERF_EVENT_IOC_MODIFY_ATTRIBUTES};
constexpr unsigned long kFlags[] = {PERF_FLAG_FD_NO_GROUP, PERF_FLAG_FD_OUTPUT, PERF_FLAG_PID_CGROUP,
                                    PERF_FLAG_FD_CLOEXEC};
constexpr unsigned kSizes[] = {PERF_ATTR_SIZE_VER0, PERF_ATTR_SIZE_VER1, PERF_ATTR_SIZE_VER2, PERF_ATTR_SIZE_VER3,
                               PERF_ATTR_SIZE_VER4, PERF_ATTR_SIZE_VER5, PERF_ATTR_SIZE_VER6, PERF_ATTR_SIZE_VER7};
}  // namespace linux_abi
#undef PERF_EVENT_IOC_ENABLE
#undef PERF_EVENT_IOC_DISABLE
#undef PERF_EVENT_IOC_REFRESH
#undef PERF_EVENT_IOC_RESET
#undef PERF_EVENT_IOC_PERIOD
#undef PERF_EVENT_IOC_SET_OUTPUT
#undef PERF_EVENT_IOC_SET_FILTER
#undef PERF_EVENT_IOC_ID
#undef PERF_EVENT_IOC_SET_BPF
#undef PERF_EVENT_IOC_PAUSE_OUTPUT
#undef PERF_EVENT_IOC_QUERY_BPF
#undef PERF_EVENT_IOC_MODIFY_ATTRIBUTES
#undef PERF_FLAG_FD_NO_GROUP
#undef PERF_FLAG_FD_OUTPUT
#undef PERF_FLAG_PID_CGROUP
#undef PERF_FLAG_FD_CLOEXEC
#undef PERF_ATTR_SIZE_VER0
#undef PERF_ATTR_SIZE_VER1
#undef PERF_ATTR_SIZE_VER2
#undef PERF_ATTR_SIZE_VER3
#undef PERF_ATTR_SIZE_VER4
#undef PERF_ATTR_SIZE_VER5
#undef PERF_ATTR_SIZE_VER6
#undef PERF_ATTR_SIZE_VER7
namespace skep_abi {
#include "uapi/perf_event.h"
constexpr unsigned long kIoctls[] = {
    PERF_EVENT_IOC_ENABLE,  PERF_EVENT_IOC_DISABLE,      PERF_EVENT_IOC_REFRESH,    PERF_EVENT_IOC_RESET,
    PERF_EVENT_IOC_PERIOD,  PERF_EVENT_IOC_SET_OUTPUT,   PERF_EVENT_IOC_SET_FILTER, PERF_EVENT_IOC_ID,
    PERF_EVENT_IOC_SET_BPF, PERF_EVENT_IOC_PAUSE_OUTPUT, PERF_EVENT_IOC_QUERY_BPF,  PERF_EVENT_IOC_MODIFY_ATTRIBUTES};
constexpr unsigned long kFlags[] = {PERF_FLAG_FD_NO_GROUP, PERF_FLAG_FD_OUTPUT, PERF_FLAG_PID_CGROUP,
                                    PERF_FLAG_FD_CLOEXEC};
constexpr unsigned kSizes[] = {PERF_ATTR_SIZE_VER0, PERF_ATTR_SIZE_VER1, PERF_ATTR_SIZE_VER2, PERF_ATTR_SIZE_VER3,
                               PERF_ATTR_SIZE_VER4, PERF_ATTR_SIZE_VER5, PERF_ATTR_SIZE_VER6, PERF_ATTR_SIZE_VER7};
}  // namespace skep_abi

TEST_CASE("uapi: perf_event.h agrees with the system's header") {
  using Theirs = linux_abi::perf_event_attr;
  using Ours = skep_abi::perf_event_attr;
  static_assert(sizeof(Ours) == PERF_ATTR_SIZE_VER7 && sizeof(Theirs) >= sizeof(Ours));
#define SAME_PLACE(field)                                          \
  static_assert(offsetof(Ours, field) == offsetof(Theirs, field)); \
  static_assert(sizeof(Ours::field) == sizeof(Theirs::field))
  SAME_PLACE(type);
  SAME_PLACE(size);
  SAME_PLACE(config);
  SAME_PLACE(sample_period);
  SAME_PLACE(sample_freq);
  SAME_PLACE(sample_type);
  SAME_PLACE(read_format);
  SAME_PLACE(wakeup_events);
  SAME_PLACE(bp_type);
  SAME_PLACE(kprobe_func);
  SAME_PLACE(config1);
  SAME_PLACE(kprobe_addr);
  SAME_PLACE(probe_offset);
  SAME_PLACE(config2);
  SAME_PLACE(branch_sample_type);
  SAME_PLACE(sample_regs_user);
  SAME_PLACE(sample_stack_user);
  SAME_PLACE(clockid);
  SAME_PLACE(sample_regs_intr);
  SAME_PLACE(aux_watermark);
  SAME_PLACE(sample_max_stack);
  SAME_PLACE(__reserved_2);
  SAME_PLACE(aux_sample_size);
  SAME_PLACE(__reserved_3);
  SAME_PLACE(sig_data);
#undef SAME_PLACE
  // Bit fields have no offset: set each one and compare the word.
  auto word = [](auto set) {
    union {
      Theirs attr;
      uint64_t words[sizeof(Theirs) / 8];
    } theirs{};
    union {
      Ours attr;
      uint64_t words[sizeof(Ours) / 8];
    } ours{};
    set(theirs.attr);
    set(ours.attr);
    return std::pair(theirs.words[5], ours.words[5]);
  };
#define SAME_BIT(field)                                         \
  do {                                                          \
    const auto bits = word([](auto& attr) { attr.field = 1; }); \
    CHECK(bits.first == bits.second);                           \
    CHECK(bits.first != 0);                                     \
  } while (0)
  SAME_BIT(disabled);
  SAME_BIT(inherit);
  SAME_BIT(exclude_kernel);
  SAME_BIT(freq);
  SAME_BIT(enable_on_exec);
  SAME_BIT(watermark);
  SAME_BIT(precise_ip);
  SAME_BIT(sample_id_all);
  SAME_BIT(use_clockid);
  SAME_BIT(namespaces);
  SAME_BIT(cgroup);
  SAME_BIT(sigtrap);
  SAME_BIT(__reserved_1);
#undef SAME_BIT
  for (size_t i = 0; i < std::size(skep_abi::kIoctls); i++) CHECK(skep_abi::kIoctls[i] == linux_abi::kIoctls[i]);
  for (size_t i = 0; i < std::size(skep_abi::kFlags); i++) CHECK(skep_abi::kFlags[i] == linux_abi::kFlags[i]);
  for (size_t i = 0; i < std::size(skep_abi::kSizes); i++) CHECK(skep_abi::kSizes[i] == linux_abi::kSizes[i]);
  CHECK(int{skep_abi::PERF_TYPE_MAX} == int{linux_abi::PERF_TYPE_MAX});
  CHECK(int{skep_abi::PERF_TYPE_TRACEPOINT} == int{linux_abi::PERF_TYPE_TRACEPOINT});
  CHECK(int{skep_abi::PERF_FORMAT_LOST} == int{linux_abi::PERF_FORMAT_LOST});
  CHECK(int{skep_abi::PERF_FORMAT_ID} == int{linux_abi::PERF_FORMAT_ID});
  CHECK(offsetof(skep_abi::perf_event_query_bpf, ids) == offsetof(linux_abi::perf_event_query_bpf, ids));
}
