// What the parts of the scheduler share.
#pragma once

namespace skep {

// The first thing a new task runs: ends the switch that led to it. Called by entry.S.
extern "C" void finish_first_switch();

}  // namespace skep
