// The initramfs reader against whole, damaged and cut archives.
#include "fs/cpio.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <string>
#include <vector>

using namespace skep;

namespace {

// A record as cpio(5) describes it; `name_bytes` can lie.
std::string record(const std::string& name, uint32_t mode, const std::string& data) {
  char header[111];
  snprintf(header, sizeof(header), "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", 1u, mode, 7u, 8u, 1u,
           9u, unsigned(data.size()), 0u, 0u, 0u, 0u, unsigned(name.size() + 1), 0u);
  std::string out = header + name + '\0';
  while (out.size() % 4) out += '\0';
  out += data;
  while (out.size() % 4) out += '\0';
  return out;
}

std::string trailer() { return record("TRAILER!!!", 0, ""); }

// An exact copy on the heap, so that AddressSanitizer sees a read past the end.
struct Archive {
  explicit Archive(const std::string& s) : bytes(s.begin(), s.end()) {}
  std::vector<uint8_t> bytes;
  CpioReader reader() const { return CpioReader(bytes); }
};

// How many entries until the end, or -1 on an error.
int count(const std::string& archive) {
  const Archive a(archive);
  CpioReader reader = a.reader();
  for (int n = 0;; n++) {
    const auto entry = reader.next();
    if (!entry) return -1;
    if (!*entry) return n;
    size_t sum = (*entry)->name.size();
    for (const uint8_t b : (*entry)->data) sum += b;
    if (sum == ~size_t{0}) return -2;  // every byte of the entry has been read
  }
}

}  // namespace

TEST_CASE("cpio: an entry's name, mode, owner, time and data") {
  const Archive a(record("bin/sh", 0100755, "hello") + trailer());
  CpioReader reader = a.reader();
  const auto entry = reader.next();
  REQUIRE((entry && *entry));
  CHECK((*entry)->name == "bin/sh");
  CHECK((*entry)->mode == 0100755);
  CHECK((*entry)->uid == 7);
  CHECK((*entry)->gid == 8);
  CHECK((*entry)->modified_s == 9);
  CHECK(std::string((*entry)->data.begin(), (*entry)->data.end()) == "hello");
  const auto end = reader.next();
  REQUIRE(end);
  CHECK_FALSE(*end);
}

TEST_CASE("cpio: archives one behind the other, with and without zero padding") {
  const std::string one = record("a", 0100644, "x") + record("d", 040755, "") + trailer();
  CHECK(count("") == 0);
  CHECK(count(std::string(512, '\0')) == 0);
  CHECK(count(one) == 2);
  CHECK(count(one + one) == 4);
  CHECK(count(one + std::string(388, '\0') + one + std::string(100, '\0')) == 4);
  CHECK(count(record("a", 0100644, "x")) == 1);  // no trailer: the end is the end
}

TEST_CASE("cpio: what follows must be an archive") {
  const std::string one = record("a", 0100644, "x") + trailer();
  CHECK(count("hello") == -1);
  CHECK(count(one + "junk that is no header, but longer than a header would be "
                    "...............................................") == -1);
  const Archive a(one + "junk");
  CpioReader reader = a.reader();
  CHECK(reader.next());
  CHECK_FALSE(reader.next());
  CHECK(reader.position() == one.size());
}

TEST_CASE("cpio: an archive cut anywhere gives entries or an error, and reads nothing behind its end") {
  const std::string whole =
      record("some/name", 0100644, "0123456789") + record("other", 0100600, std::string(700, 'z')) + trailer();
  for (size_t n = 0; n < whole.size(); n++) {
    const int entries = count(whole.substr(0, n));
    CHECK(entries >= -1);
    CHECK(entries <= 2);
  }
}

TEST_CASE("cpio: no length field is trusted") {
  const std::string good = record("name", 0100644, "data");
  // Fields 6 (file size) and 11 (name size) of the header, set to sizes that lie.
  for (const size_t field : {size_t{6}, size_t{11}}) {
    for (const char* value : {"FFFFFFFF", "7FFFFFFF", "80000000", "00001000", "FFFFFF80", "0000000G", "        "}) {
      std::string bad = good;
      bad.replace(6 + field * 8, 8, value);
      CHECK(count(bad) == -1);
    }
  }
  std::string no_name = good;
  no_name.replace(6 + 11 * 8, 8, "00000000");
  CHECK(count(no_name) == -1);
  std::string unterminated = good;  // the name's NUL overwritten
  unterminated[110 + 4] = 'x';
  CHECK(count(unterminated) == -1);
}

TEST_CASE("cpio: flipped bytes never lead outside the archive") {
  const std::string whole = record("dir", 040755, "") + record("dir/file", 0100644, "content") + trailer();
  for (size_t i = 0; i < whole.size(); i++) {
    for (const int bit : {0, 3, 5, 7}) {
      std::string bad = whole;
      bad[i] = static_cast<char>(bad[i] ^ 1 << bit);
      CHECK(count(bad) >= -1);
    }
  }
}
