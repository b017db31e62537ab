// Messages to the user of the library, through the function that libbpf_set_print() installed. A message ends with a
// newline; the format is a literal.
#pragma once

#include <bpf/libbpf.h>

namespace skep::libbpf {

// The text of an error of either sign, for one use in a message.
class Message {
 public:
  explicit Message(long error) { libbpf_strerror(static_cast<int>(error), text_, sizeof(text_)); }
  const char* c_str() const { return text_; }

 private:
  char text_[128] = "";
};

__attribute__((format(printf, 2, 3))) void print(libbpf_print_level level, const char* format, ...);

}  // namespace skep::libbpf

#define LOG_WARN(format, ...) ::skep::libbpf::print(LIBBPF_WARN, "libbpf: " format __VA_OPT__(, ) __VA_ARGS__)
#define LOG_INFO(format, ...) ::skep::libbpf::print(LIBBPF_INFO, "libbpf: " format __VA_OPT__(, ) __VA_ARGS__)
#define LOG_DEBUG(format, ...) ::skep::libbpf::print(LIBBPF_DEBUG, "libbpf: " format __VA_OPT__(, ) __VA_ARGS__)
