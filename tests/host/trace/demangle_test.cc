#include "trace/demangle.h"

#include <catch2/catch.hpp>
#include <string>

using skep::kallsyms::print_qualified_name;
using skep::kallsyms::qualified_name_is;

namespace {

std::string short_name(std::string_view linked) {
  char buffer[128];
  skep::BufferSink sink(buffer);
  print_qualified_name(sink, linked);
  return std::string(sink.view());
}

}  // namespace

TEST_CASE("demangle: qualified names without parameters") {
  CHECK(short_name("_ZN4skep3vfs4openENSt3__117basic_string_viewIcNS1_11char_traitsIcEEEES5_jj") == "skep::vfs::open");
  CHECK(short_name("_ZN4skep10hart_indexEv") == "skep::hart_index");
  CHECK(short_name("_ZNK4skep8SpinLock17held_by_this_hartEv") == "skep::SpinLock::held_by_this_hart");
  CHECK(short_name("_ZN4skep7FdTableD2Ev") == "skep::FdTable::~FdTable");
  CHECK(short_name("_ZN4skep7FdTableC1Ev") == "skep::FdTable::FdTable");
  CHECK(short_name("_ZN4skep12_GLOBAL__N_14walkEm") == "skep::(anonymous namespace)::walk");
  CHECK(short_name("_ZL4walkm") == "walk");
  CHECK(short_name("_Z5kmainv") == "kmain");
}

TEST_CASE("demangle: what has no short form keeps its linked name") {
  for (const char* name : {"sys_fork", "_ZN4skep6kcreateINS_4FileEEEvv", "_Z", "_ZN", "_ZN4skep",
                           "_ZN99999999999999999999a", "_ZNE", "_ZN4skeplsEv", "_ZNC1Ev", "_ZN0E", ""}) {
    CHECK(short_name(name) == name);
  }
}

TEST_CASE("demangle: matching is exact") {
  const char* linked = "_ZN4skep3vfs4openEv";
  CHECK(qualified_name_is(linked, "skep::vfs::open"));
  CHECK_FALSE(qualified_name_is(linked, "skep::vfs::ope"));
  CHECK_FALSE(qualified_name_is(linked, "skep::vfs::opens"));
  CHECK_FALSE(qualified_name_is(linked, "vfs::open"));
  CHECK_FALSE(qualified_name_is(linked, ""));
  CHECK_FALSE(qualified_name_is("sys_fork", "sys_fork"));  // not mangled: found by its linked name
}
