// libc++ declares std::string's members as compiled elsewhere: here.
#include <string>

_LIBCPP_BEGIN_NAMESPACE_STD
template class basic_string<char>;
_LIBCPP_END_NAMESPACE_STD
