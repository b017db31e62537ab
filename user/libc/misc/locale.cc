// The one locale.
#include <locale.h>
#include <string.h>

static char c_name[] = "C", dot[] = ".", nothing[] = "";

extern "C" {
char* setlocale(int category, const char* locale) {
  if (category < LC_CTYPE || category > LC_ALL) return nullptr;
  if (locale == nullptr || *locale == '\0' || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0) return c_name;
  return nullptr;
}
lconv* localeconv() {
  static lconv conventions = {dot, nothing, nothing};
  return &conventions;
}
}
