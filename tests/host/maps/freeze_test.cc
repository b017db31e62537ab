#include "tests/host/maps/map_util.h"

using namespace skep;
using namespace skep::test;
using namespace skep::bpf;

TEST_CASE("a frozen map takes no writes by user space, and freezes once", "[maps]") {
  auto map = make_map(attributes(BPF_MAP_TYPE_ARRAY, 4, 8, 1));
  REQUIRE(map->begin_user_write());
  CHECK(code_of(map->freeze()) == EBUSY);  // being written
  map->end_user_write();
  CHECK_FALSE(map->frozen());
  CHECK(code_of(map->freeze()) == 0);
  CHECK(map->frozen());
  CHECK(code_of(map->begin_user_write()) == EPERM);
  CHECK(code_of(map->freeze()) == EBUSY);
}
