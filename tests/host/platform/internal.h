// Shared by the files of the host platform.
#pragma once

#include <stdio.h>
#include <stdlib.h>

namespace skep::host {

// The code under test broke platform.h's contract.
[[noreturn]] inline void contract_broken(const char* what) {
  fprintf(stderr, "host platform: %s\n", what);
  abort();
}

bool in_probe();
void require_not_in_probe(const char* function);
void require_may_sleep(const char* function);

// True when a registered user range holds all of [address, address + bytes), writable if asked for.
bool is_user_range(unsigned long address, size_t bytes, bool for_writing);

}  // namespace skep::host
