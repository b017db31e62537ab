// Pseudo-random numbers: a 64-bit linear congruential generator (Knuth's MMIX constants), upper bits used.
#include <stdint.h>
#include <stdlib.h>

namespace {

uint64_t state = 1;

uint64_t step() {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return state;
}

}  // namespace

extern "C" {
int rand() { return static_cast<int>(step() >> 33); }
void srand(unsigned seed) { state = seed; }
long random() { return static_cast<long>(step() >> 33); }
void srandom(unsigned seed) { state = seed; }
double drand48() { return static_cast<double>(step() >> 11) * 0x1p-53; }
void srand48(long seed) { state = static_cast<uint64_t>(seed); }
int rand_r(unsigned* seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return static_cast<int>(*seed >> 1);
}
}
