// Wide characters are not supported; these names are what other headers expect to find.
#ifndef _WCHAR_H
#define _WCHAR_H
#include <bits/types/mbstate_t.h>
#include <features.h>
#include <stddef.h>
typedef unsigned wint_t;
#define WEOF 0xffffffffu
#endif
