// How much computing and communicating slow each other down when a rank does both at once.
#pragma once

#include "runtime/worlds/mpi/mpi_world.h"

namespace rehearse {

struct OverlapMeasurement {
  double compute_slowdown = 1;        // of the main task while the background task all-reduces
  double communication_slowdown = 1;  // of the all-reduces meanwhile
};

// Rings of 16 MiB in a background task beside a fixed piece of work in the caches; means over
// all of rank 0's pieces. All ranks call. Takes a second or two, on a slow machine the budget and
// what the last ring takes beyond it; nothing with one rank.
OverlapMeasurement measure_overlap(MpiSession& session, Duration budget);

}  // namespace rehearse
