#include <catch2/catch.hpp>
#include <set>

#include "bpf/helpers/helper.h"
#include "uapi/bpf.h"

using namespace skep::bpf;

TEST_CASE("helper table: rows are consistent", "[helpers]") {
  std::set<std::pair<int32_t, uint32_t>> seen;
  for (const Helper& h : all_helpers()) {
    INFO(h.name);
    CHECK(h.name == helper_name(h.id));
    CHECK((h.programs & kForAll) != 0);
    CHECK((h.programs & ~(kForAll | kOnlySleepable | kOnlyTrampoline)) == 0);
    if (h.programs & kOnlyTrampoline) CHECK((h.programs & kForTracing) != 0);
    for (uint32_t bit = 1; bit <= kForSyscall; bit <<= 1) {
      if (h.programs & bit) CHECK(seen.emplace(h.id, bit).second);  // one row for each program type
      if (h.programs & bit) CHECK(find_helper(h.id, bit) == &h);
    }
    bool ended = false;
    bool sized = true;
    for (const ArgKind kind : h.args) {
      if (kind == ArgKind::kNone)
        ended = true;
      else
        CHECK_FALSE(ended);
      // A memory argument is followed by its size.
      if (!sized) CHECK((kind == ArgKind::kSize || kind == ArgKind::kSizeOrZero));
      sized = !(kind == ArgKind::kMem || kind == ArgKind::kMemOrNull || kind == ArgKind::kUninitMem ||
                kind == ArgKind::kWritableMem || kind == ArgKind::kWritableMemOrNull);
    }
    CHECK(sized);
  }
}

TEST_CASE("helper table: who may call what", "[helpers]") {
  CHECK(find_helper(BPF_FUNC_map_lookup_elem)->function != nullptr);
  CHECK(find_helper(BPF_FUNC_get_current_comm, kForKprobe) != nullptr);
  CHECK(find_helper(BPF_FUNC_get_current_comm, kForSocketFilter) == nullptr);
  CHECK(find_helper(BPF_FUNC_skb_load_bytes, kForKprobe) == nullptr);
  CHECK(find_helper(BPF_FUNC_override_return, kForTracepoint) == nullptr);
  CHECK(find_helper(BPF_FUNC_get_socket_cookie, kForSocketFilter)->args[0] == ArgKind::kCtx);
  CHECK(find_helper(BPF_FUNC_get_socket_cookie, kForTracing)->args[0] == ArgKind::kBtfIdSock);
  CHECK(find_helper(BPF_FUNC_redirect) == nullptr);
  CHECK(find_helper(0) == nullptr);
  CHECK(find_helper(-1) == nullptr);
  CHECK(find_helper(__BPF_FUNC_MAX_ID) == nullptr);
  CHECK(find_helper(INT32_MIN) == nullptr);
  CHECK(helper_name(0).empty());
  CHECK(helper_name(1) == "map_lookup_elem");
  CHECK(helper_name(__BPF_FUNC_MAX_ID).empty());
  CHECK(program_set_of(BPF_PROG_TYPE_KPROBE) == kForKprobe);
  CHECK(program_set_of(BPF_PROG_TYPE_XDP) == 0);
}

TEST_CASE("helper table: the helpers of the first issue are built", "[helpers]") {
  for (const int32_t id :
       {BPF_FUNC_map_lookup_elem, BPF_FUNC_map_update_elem, BPF_FUNC_map_delete_elem, BPF_FUNC_ktime_get_ns,
        BPF_FUNC_get_smp_processor_id, BPF_FUNC_get_current_pid_tgid, BPF_FUNC_get_current_uid_gid,
        BPF_FUNC_get_current_comm, BPF_FUNC_get_prandom_u32, BPF_FUNC_trace_printk, BPF_FUNC_probe_read_kernel,
        BPF_FUNC_probe_read_user, BPF_FUNC_probe_read_kernel_str, BPF_FUNC_probe_read_user_str}) {
    REQUIRE(find_helper(id));
    CHECK(find_helper(id)->function != nullptr);
    CHECK((find_helper(id)->programs & kForKprobe) != 0);
  }
}
