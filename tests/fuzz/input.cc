#include "tests/fuzz/input.h"

#include <string.h>

#include <algorithm>

namespace skep::fuzz {
namespace {

template <typename T>
void take(std::vector<T>& to, size_t count, const uint8_t*& data, size_t& size) {
  to.resize(std::min(count, size / sizeof(T)));
  if (to.empty()) return;
  memcpy(to.data(), data, to.size() * sizeof(T));
  data += to.size() * sizeof(T);
  size -= to.size() * sizeof(T);
}

template <typename T>
size_t put(const std::vector<T>& from, uint8_t*& to, size_t& room) {
  const size_t count = std::min(from.size(), room / sizeof(T));
  if (count != 0) memcpy(to, from.data(), count * sizeof(T));
  to += count * sizeof(T);
  room -= count * sizeof(T);
  return count;
}

}  // namespace

Input parse(const uint8_t* data, size_t size) {
  Input input;
  const size_t head = std::min(size, sizeof(Header));
  if (head != 0) memcpy(&input.header, data, head);
  data += head;
  size -= head;
  take(input.insns, input.header.insns, data, size);
  take(input.functions, input.header.functions, data, size);
  take(input.lines, input.header.lines, data, size);
  take(input.btf, size, data, size);
  return input;
}

size_t print(const Input& input, uint8_t* to, size_t room) {
  if (room < sizeof(Header)) return 0;
  uint8_t* const start = to;
  Header header = input.header;
  to += sizeof(header);
  room -= sizeof(header);
  header.insns = static_cast<uint16_t>(put(input.insns, to, room));
  header.functions = static_cast<uint16_t>(put(input.functions, to, room));
  header.lines = static_cast<uint16_t>(put(input.lines, to, room));
  put(input.btf, to, room);
  memcpy(start, &header, sizeof(header));
  return static_cast<size_t>(to - start);
}

}  // namespace skep::fuzz
