// Reads of memory that may not be there. A failed read leaves the whole buffer zeroed: the verifier takes it as
// initialised.
#include <string.h>

#include "bpf/helpers/functions.h"
#include "bpf/helpers/result.h"
#include "bpf/platform.h"

namespace skep::bpf {
namespace {

using ReadBytes = Result<void> (*)(void*, uint64_t, size_t);
using ReadString = Result<size_t> (*)(std::span<char>, uint64_t);

uint64_t read_bytes(ReadBytes read, uint64_t buffer, uint64_t size, uint64_t from) {
  auto* out = reinterpret_cast<void*>(buffer);
  const size_t bytes = static_cast<uint32_t>(size);
  if (bytes == 0) return 0;
  const auto r = read(out, from, bytes);
  if (!r) memset(out, 0, bytes);
  return helper_result(r);
}

uint64_t read_string(ReadString read, uint64_t buffer, uint64_t size, uint64_t from) {
  const size_t bytes = static_cast<uint32_t>(size);
  if (bytes == 0) return 0;
  const std::span<char> out(reinterpret_cast<char*>(buffer), bytes);
  const auto r = read(out, from);
  if (!r) memset(out.data(), 0, bytes);
  return helper_result(r);
}

}  // namespace

uint64_t helper_probe_read_user(uint64_t buffer, uint64_t size, uint64_t from, uint64_t, uint64_t) {
  return read_bytes(platform::read_user_nofault, buffer, size, from);
}

uint64_t helper_probe_read_kernel(uint64_t buffer, uint64_t size, uint64_t from, uint64_t, uint64_t) {
  return read_bytes(platform::read_kernel_nofault, buffer, size, from);
}

uint64_t helper_probe_read_user_str(uint64_t buffer, uint64_t size, uint64_t from, uint64_t, uint64_t) {
  return read_string(platform::read_user_string_nofault, buffer, size, from);
}

uint64_t helper_probe_read_kernel_str(uint64_t buffer, uint64_t size, uint64_t from, uint64_t, uint64_t) {
  return read_string(platform::read_kernel_string_nofault, buffer, size, from);
}

// The older forms tell by the address which memory is meant.
uint64_t helper_probe_read(uint64_t buffer, uint64_t size, uint64_t from, uint64_t, uint64_t) {
  return read_bytes(platform::is_user_address(from) ? platform::read_user_nofault : platform::read_kernel_nofault,
                    buffer, size, from);
}

uint64_t helper_probe_read_str(uint64_t buffer, uint64_t size, uint64_t from, uint64_t, uint64_t) {
  return read_string(
      platform::is_user_address(from) ? platform::read_user_string_nofault : platform::read_kernel_string_nofault,
      buffer, size, from);
}

}  // namespace skep::bpf
