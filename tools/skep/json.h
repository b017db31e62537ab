// The JSON that skep reads and writes. RFC 8259.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace skep::tool {

struct JsonValue {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  std::string text;              // a string's characters; a number or boolean as written
  std::vector<JsonValue> items;  // of an array; of an object, beside `names`
  std::vector<std::string> names;

  // A member of an object, of several with one name the last; nullptr without one.
  const JsonValue* find(std::string_view name) const;
};

// One value and nothing behind it; what is wrong, with the column, otherwise. Nests at most 64 deep.
std::expected<JsonValue, std::string> parse_json(std::string_view text);

// `text` in quotes, escaped; what is no UTF-8 becomes U+FFFD.
std::string json_string(std::string_view text);

}  // namespace skep::tool
