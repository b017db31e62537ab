// libc++ declares parts of std::string as compiled elsewhere: here.
#include <stdio.h>

#include <string>

_LIBCPP_BEGIN_NAMESPACE_STD

template class basic_string<char>;
template string operator+(const char*, const string&);

static string print_number(const char* format, auto value) {
  char text[24];
  snprintf(text, sizeof(text), format, value);
  return text;
}
string to_string(int value) { return print_number("%d", value); }
string to_string(unsigned value) { return print_number("%u", value); }
string to_string(long value) { return print_number("%ld", value); }
string to_string(unsigned long value) { return print_number("%lu", value); }
string to_string(long long value) { return print_number("%lld", value); }
string to_string(unsigned long long value) { return print_number("%llu", value); }

_LIBCPP_END_NAMESPACE_STD
