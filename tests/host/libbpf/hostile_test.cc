// Objects that are cut off or damaged: opening and loading them ends, with an error or without, and leaves nothing. The
// sanitisers watch.
#include <bpf/libbpf.h>
#include <errno.h>

#include <catch2/catch.hpp>
#include <random>

#include "tests/host/libbpf/fake_kernel.h"
#include "tests/host/libbpf/objects.h"

using namespace skep::libbpf;

namespace {

// True when the object opened and loaded.
bool try_object(const std::vector<unsigned char>& bytes) {
  // A buffer of exactly this size, so that the sanitiser sees a read past its end.
  std::unique_ptr<unsigned char[]> exact(new unsigned char[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), exact.get());
  errno = 0;
  ObjectPtr object(bpf_object__open_mem(exact.get(), bytes.size(), nullptr));
  bool ok = false;
  if (object) {
    ok = bpf_object__load(object.get()) == 0;
  }
  if (!ok) REQUIRE(errno != 0);
  object.reset();
  REQUIRE(fake::kernel().open_fds() == 0);
  REQUIRE(fake::kernel().live_allocations == 0);
  return ok;
}

std::vector<std::string> victims() {
  return {program_path("lathist"),        guest_test_path("globals"), guest_test_path("subprog"),
          guest_test_path("legacy_maps"), data_path("containers"),    data_path("callbacks")};
}

}  // namespace

TEST_CASE("libbpf hostile: an object cut off at every 64 bytes", "[libbpf]") {
  for (const std::string& path : victims()) {
    INFO(path);
    const auto whole = read_bytes(path);
    fake::reset();
    REQUIRE(try_object(whole));
    for (size_t n = 64; n < whole.size(); n += 64) {
      fake::reset();
      INFO(n);
      // The section headers are the file's last part: without all of them there is no object.
      REQUIRE_FALSE(try_object({whole.begin(), whole.begin() + static_cast<long>(n)}));
      REQUIRE_FALSE(fake::messages().empty());
    }
  }
}

TEST_CASE("libbpf hostile: 10,000 objects with flipped bits", "[libbpf]") {
  constexpr int kVariants = 10'000;
  std::mt19937 random(20221122);
  int opened = 0;
  const auto paths = victims();
  std::vector<std::vector<unsigned char>> originals;
  for (const auto& path : paths) originals.push_back(read_bytes(path));
  for (int i = 0; i < kVariants; i++) {
    auto bytes = originals[random() % originals.size()];
    // Half of the variants flip only in the last part, where headers, symbols and relocations lie.
    const size_t from = i % 2 == 0 ? 0 : bytes.size() * 2 / 3;
    for (unsigned flips = 1 + random() % 8; flips > 0; flips--) {
      bytes[from + random() % (bytes.size() - from)] ^= static_cast<unsigned char>(1u << (random() % 8));
    }
    fake::reset();
    INFO(i);
    opened += try_object(bytes);
  }
  // Flips in debug information or in instructions do no harm to the loader; most of the others must be noticed.
  CHECK(opened > 0);
  CHECK(opened < kVariants * 9 / 10);
}

TEST_CASE("libbpf hostile: random bytes behind a valid ELF header", "[libbpf]") {
  std::mt19937 random(7);
  const auto original = read_bytes(program_path("lathist"));
  for (int i = 0; i < 500; i++) {
    std::vector<unsigned char> bytes(original.begin(), original.begin() + 64);
    bytes.resize(64 + random() % 4096);
    for (size_t at = 64; at < bytes.size(); at++) bytes[at] = static_cast<unsigned char>(random());
    fake::reset();
    INFO(i);
    REQUIRE_FALSE(try_object(bytes));
  }
}
