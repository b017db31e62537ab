// The one Catch2 program of the host tests.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
