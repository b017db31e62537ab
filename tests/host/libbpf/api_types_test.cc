// Our <bpf/*.h> against Debian's: each function that we declare has libbpf's type, each structure its size.
#include "tests/host/libbpf/api_types.h"

#include <catch2/catch.hpp>

using namespace skep::libbpf;

TEST_CASE("libbpf headers: functions and structures are those of libbpf-dev", "[libbpf]") {
  const auto ours = our_api();
  const auto debian = debian_api();
  REQUIRE(ours.size() == debian.size());
  REQUIRE(ours.size() > 180);
  for (size_t i = 0; i < ours.size(); i++) {
    INFO(ours[i].name);
    CHECK(ours[i].name == debian[i].name);
    CHECK(ours[i].type == debian[i].type);
  }
}
