// The templates that libc++'s headers declare as compiled elsewhere: std::string, sorting of numbers
// (without long double, whose comparison needs a support library), and what hash tables need.
#include <stdio.h>

#include <algorithm>
#include <string>
#include <unordered_map>

_LIBCPP_BEGIN_NAMESPACE_STD

template class basic_string<char>;
template string operator+(const char*, const string&);

// Compare is always "less", as the instances below say.
template <class Compare, class Iterator>
void __sort(Iterator first, Iterator last, Compare) {
  make_heap(first, last);
  sort_heap(first, last);
}

#define INSTANTIATE_SORT(type) template void __sort<__less<type>&, type*>(type*, type*, __less<type>&);
INSTANTIATE_SORT(char)
INSTANTIATE_SORT(signed char)
INSTANTIATE_SORT(unsigned char)
INSTANTIATE_SORT(short)
INSTANTIATE_SORT(unsigned short)
INSTANTIATE_SORT(int)
INSTANTIATE_SORT(unsigned)
INSTANTIATE_SORT(long)
INSTANTIATE_SORT(unsigned long)
INSTANTIATE_SORT(long long)
INSTANTIATE_SORT(unsigned long long)
INSTANTIATE_SORT(float)
INSTANTIATE_SORT(double)
#undef INSTANTIATE_SORT

// The least prime that is n or greater: the size of a hash table.
size_t __next_prime(size_t n) {
  if (n <= 2) return n == 0 ? 0 : 2;
  for (n |= 1;; n += 2) {
    bool prime = true;
    for (size_t d = 3; prime && d <= n / d; d += 2) prime = n % d != 0;
    if (prime) return n;
  }
}

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
