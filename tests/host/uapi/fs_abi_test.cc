#include "tests/host/uapi/fs_abi.h"

#include <catch2/catch.hpp>
#include <string>

TEST_CASE("uapi: the file ABI is Linux's") {
  const auto ours = fs_abi::ours();
  const auto linuxs = fs_abi::linuxs();
  REQUIRE(ours.size() == linuxs.size());
  REQUIRE(ours.size() > 150);
  for (size_t i = 0; i < ours.size(); i++) {
    INFO(std::string(ours[i].name));
    CHECK(ours[i].name == linuxs[i].name);
    CHECK(ours[i].value == linuxs[i].value);
  }
}
