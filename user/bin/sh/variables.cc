#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include <utility>

#include "shell.h"

namespace sh {

Shell shell;

bool is_name(std::string_view s) {
  if (s.empty() || isdigit(static_cast<unsigned char>(s[0])) != 0) return false;
  for (const char c : s) {
    if (isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') return false;
  }
  return true;
}

const std::string* find_variable(std::string_view name) {
  const auto it = shell.variables.find(name);
  return it != shell.variables.end() && it->second.set ? &it->second.value : nullptr;
}

std::string get_variable(std::string_view name) {
  const std::string* value = find_variable(name);
  return value != nullptr ? *value : std::string();
}

void set_variable(std::string_view name, std::string value) {
  const auto it = shell.variables.find(name);
  if (it == shell.variables.end()) {
    shell.variables.emplace(std::string(name), Variable{std::move(value)});
  } else {
    it->second.value = std::move(value);
    it->second.set = true;
  }
}

void export_variable(std::string_view name) {
  const auto it = shell.variables.find(name);
  if (it == shell.variables.end()) {
    shell.variables.emplace(std::string(name), Variable{{}, true, false});
  } else {
    it->second.exported = true;
  }
}

void unset_variable(std::string_view name) {
  const auto it = shell.variables.find(name);
  if (it != shell.variables.end()) shell.variables.erase(it);
}

std::vector<std::string> environment() {
  std::vector<std::string> list;
  for (const auto& [name, variable] : shell.variables) {
    if (variable.exported && variable.set) list.push_back(name + "=" + variable.value);
  }
  return list;
}

void complain(const char* format, ...) {
  fflush(stdout);
  fprintf(stderr, "%s: ", shell.name.c_str());
  va_list args;
  va_start(args, format);
  vfprintf(stderr, format, args);
  va_end(args);
  fputc('\n', stderr);
}

}  // namespace sh
