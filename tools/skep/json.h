// The little JSON that skep reads and writes: one object per line, with string, number, boolean and null members;
// nested values are skipped.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace skep::tool {

// Members by name; null members are absent. Numbers and booleans as written. nullopt when `line` is no JSON object.
std::optional<std::map<std::string, std::string>> parse_json_object(std::string_view line);

// `text` in quotes, escaped.
std::string json_string(std::string_view text);

}  // namespace skep::tool
