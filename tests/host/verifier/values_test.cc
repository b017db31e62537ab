// The graph of where scalars come from: demands reach everything they must, and end.
#include "bpf/verifier/values.h"

#include <catch2/catch.hpp>

using namespace skep::bpf;
using namespace skep::bpf::verifier;

TEST_CASE("verifier values: a demand reaches what a value came from, not what came of it", "[verifier]") {
  Scratch scratch(256);
  Values values(scratch);
  const ValueId a = *values.create();
  const ValueId b = *values.create();
  const ValueId sum = *values.create(a, b);
  const ValueId later = *values.create(sum);
  REQUIRE(values.demand(sum));
  CHECK(values.is_relied_on(a));
  CHECK(values.is_relied_on(b));
  CHECK_FALSE(values.is_demanded(later));
}

TEST_CASE("verifier values: links outlive the values that are dropped, and new ones make no circle", "[verifier]") {
  Scratch scratch(256);
  Values values(scratch);
  const ValueId kept = *values.create();
  const ValueId twin = *values.create();
  const size_t count = values.count();
  const ValueId dropped = *values.create();
  REQUIRE(values.link(kept, twin));
  REQUIRE(values.link(kept, dropped));
  values.drop_from(count);
  SECTION("what stays linked is still demanded, and what is gone is not looked for") {
    REQUIRE(values.demand(kept));
    CHECK(values.is_relied_on(twin));
  }
  SECTION("a link made afterwards joins those that were there") {
    const ValueId fresh = *values.create();
    REQUIRE(values.link(kept, fresh));
    REQUIRE(values.demand(kept));
    CHECK(values.is_relied_on(twin));
    CHECK(values.is_relied_on(fresh));
  }
}

TEST_CASE("verifier values: links go with the last value that has one", "[verifier]") {
  Scratch scratch(256);
  Values values(scratch);
  const ValueId kept = *values.create();
  const size_t count = values.count();
  const ValueId owner = *values.create();
  REQUIRE(values.link(owner, kept));
  values.drop_from(count);
  const ValueId fresh = *values.create();  // takes the owner's number
  REQUIRE(values.demand(fresh));
  CHECK_FALSE(values.is_demanded(kept));
}
