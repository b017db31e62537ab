// What most of the portable sources and of the tools on the build machine include of the standard library, precompiled
// (scripts/mk/host.mk): parsing it was half of their compile time. Files still include what they use; the kernel's own
// build has no such header and notices one that is missing.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
