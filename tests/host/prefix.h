// What nearly every host test includes, precompiled (scripts/mk/host.mk). Files still include what they use.
#pragma once

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>
