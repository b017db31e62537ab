#include "tools/skep/bpf_case.h"

#include <string.h>

#include <charconv>

#include "tools/skep/engine.h"
#include "tools/skep/json.h"

namespace skep::tool {
namespace {

// Reads members of objects; the first complaint stays, and everything read after it is empty.
class Reader {
 public:
  explicit Reader(BpfCase& out) : out_(out) {}

  void read_case(const JsonValue& object);
  const std::string& complaint() const { return complaint_; }

 private:
  void complain(std::string text) {
    if (complaint_.empty()) complaint_ = std::move(text);
  }

  // A member; nullptr when it is not there or null.
  const JsonValue* member(const JsonValue& object, const char* name) {
    const JsonValue* v = object.find(name);
    return v && v->kind != JsonValue::Kind::kNull ? v : nullptr;
  }

  template <typename T>
  T number(const JsonValue& object, const char* name, T otherwise, bool required = false) {
    const JsonValue* v = member(object, name);
    if (!v) {
      if (required) complain(where_ + std::string(name) + " is missing");
      return otherwise;
    }
    T n{};
    const char* end = v->text.data() + v->text.size();
    const auto parsed = std::from_chars(v->text.data(), end, n);
    const bool whole = parsed.ptr == end && !v->text.empty();
    if (v->kind != JsonValue::Kind::kNumber || !whole || parsed.ec == std::errc::invalid_argument) {
      complain(where_ + std::string(name) + " is no whole number from 0");
    } else if (parsed.ec != std::errc()) {
      complain(where_ + std::string(name) + " is too large");
    }
    return complaint_.empty() ? n : otherwise;
  }

  bool flag(const JsonValue& object, const char* name) {
    const JsonValue* v = member(object, name);
    if (!v) return false;
    if (v->kind != JsonValue::Kind::kBool) complain(where_ + std::string(name) + " is neither true nor false");
    return v->text == "true";
  }

  // The bytes of a string of hex digits, kept in the case.
  std::span<const uint8_t> hex(const JsonValue& object, const char* name, bool required = false) {
    const JsonValue* v = member(object, name);
    if (!v) {
      if (required) complain(where_ + std::string(name) + " is missing");
      return {};
    }
    auto bytes = v->kind == JsonValue::Kind::kString ? parse_hex(v->text) : std::nullopt;
    if (!bytes) {
      complain(where_ + std::string(name) + " is no string of hex digits, two per byte");
      return {};
    }
    out_.bytes.push_back(std::move(*bytes));
    return out_.bytes.back();
  }

  // The objects of a list; none when there is no such member.
  std::span<const JsonValue> list(const JsonValue& object, const char* name) {
    const JsonValue* v = member(object, name);
    if (!v) return {};
    if (v->kind != JsonValue::Kind::kArray) {
      complain(where_ + std::string(name) + " is no list");
      return {};
    }
    for (const JsonValue& item : v->items) {
      if (item.kind == JsonValue::Kind::kObject) continue;
      complain(where_ + std::string(name) + " holds something that is no object");
      return {};
    }
    return v->items;
  }

  void read_map(const JsonValue& object);
  void read_init(const JsonValue& object, MapSpec& map);

  BpfCase& out_;
  std::string where_;  // "maps[2]: "
  std::string complaint_;
};

void Reader::read_init(const JsonValue& object, MapSpec& map) {
  auto& elements = out_.elements.emplace_back();
  const std::string map_where = where_;
  for (const JsonValue& e : list(object, "init")) {
    where_ = map_where + "init[" + std::to_string(elements.size()) + "]: ";
    MapElement element{.key = hex(e, "key", true), .value = hex(e, "value", true)};
    // The kernel reads as many bytes as the map says, and of a per-CPU map a value for each CPU.
    const bool per_cpu = map.type == BPF_MAP_TYPE_PERCPU_ARRAY || map.type == BPF_MAP_TYPE_PERCPU_HASH ||
                         map.type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
    if (element.key.size() != map.key_size) complain(where_ + "key is not of key_size bytes");
    if (element.value.size() != map.value_size) complain(where_ + "value is not of value_size bytes");
    if (!complaint_.empty()) return;
    if (per_cpu) {
      const size_t stride = (map.value_size + size_t{7}) & ~size_t{7};
      Bytes all(stride * bpf::platform::cpu_count());
      for (size_t at = 0; at < all.size(); at += stride) {
        memcpy(&all[at], element.value.data(), element.value.size());
      }
      out_.bytes.push_back(std::move(all));
      element.value = out_.bytes.back();
    }
    elements.push_back(element);
  }
  map.init = elements;
}

void Reader::read_map(const JsonValue& object) {
  const size_t index = out_.maps.size();
  where_ = "maps[" + std::to_string(index) + "]: ";
  MapSpec map;
  map.type = number<uint32_t>(object, "type", 0, true);
  map.key_size = number<uint32_t>(object, "key_size", 0);
  map.value_size = number<uint32_t>(object, "value_size", 0);
  map.max_entries = number<uint32_t>(object, "max_entries", 0);
  map.flags = number<uint32_t>(object, "map_flags", 0);
  map.extra = number<uint64_t>(object, "map_extra", 0);
  map.btf_key_type_id = number<uint32_t>(object, "btf_key_type_id", 0);
  map.btf_value_type_id = number<uint32_t>(object, "btf_value_type_id", 0);
  map.frozen = flag(object, "frozen");
  if (member(object, "inner_map")) {
    const auto inner = number<uint32_t>(object, "inner_map", 0);
    if (inner >= index) complain(where_ + "inner_map is no earlier map");
    map.inner_map = static_cast<int32_t>(inner);
  }
  read_init(object, map);
  out_.maps.push_back(map);
  where_.clear();
}

void Reader::read_case(const JsonValue& object) {
  const JsonValue* name = member(object, "name");
  if (name && name->kind == JsonValue::Kind::kString) out_.name = name->text;
  ProgramSpec& spec = out_.spec;
  spec.type = number<uint32_t>(object, "prog_type", 0, true);
  spec.expected_attach_type = number<uint32_t>(object, "expected_attach_type", 0);
  spec.flags = number<uint32_t>(object, "flags", 0);
  spec.attach_btf_id = number<uint32_t>(object, "attach_btf_id", 0);
  out_.log_level = number<uint32_t>(object, "log_level", out_.log_level);
  const auto code = hex(object, "insns", true);
  if (code.size() % sizeof(bpf_insn) != 0) complain("insns is not of whole instructions, 8 bytes each");
  for (const JsonValue& map : list(object, "maps")) read_map(map);
  spec.btf = hex(object, "btf");
  out_.kernel_btf = hex(object, "kernel_btf");
  spec.func_info = hex(object, "func_info");
  spec.line_info = hex(object, "line_info");
  spec.func_info_rec_size = number<uint32_t>(object, "func_info_rec_size", spec.func_info_rec_size);
  spec.line_info_rec_size = number<uint32_t>(object, "line_info_rec_size", spec.line_info_rec_size);
  if (spec.func_info_rec_size == 0 || spec.func_info.size() % spec.func_info_rec_size != 0) {
    complain("func_info is not of whole records");
  }
  if (spec.line_info_rec_size == 0 || spec.line_info.size() % spec.line_info_rec_size != 0) {
    complain("line_info is not of whole records");
  }
  for (const JsonValue& run : list(object, "run")) {
    const auto data = hex(run, "data");
    out_.runs.emplace_back(data.begin(), data.end());
  }
  if (!complaint_.empty()) return;
  out_.insns.resize(code.size() / sizeof(bpf_insn));
  if (!code.empty()) memcpy(out_.insns.data(), code.data(), code.size());
  spec.insns = out_.insns;
  spec.maps = out_.maps;
}

}  // namespace

std::expected<void, std::string> parse_case(std::string_view line, BpfCase& out) {
  const auto value = parse_json(line);
  if (!value) return std::unexpected(value.error());
  if (value->kind != JsonValue::Kind::kObject) return std::unexpected("not a JSON object");
  Reader reader(out);
  reader.read_case(*value);
  if (!reader.complaint().empty()) return std::unexpected(reader.complaint());
  return {};
}

}  // namespace skep::tool
