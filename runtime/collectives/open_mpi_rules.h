// Which algorithm a library of MPI picks by its fixed rules: by operation, ranks and bytes, without
// a model of the machine.
//
//   choose_like_open_mpi("4.0.5", Operation::all_reduce, 64, 4096)   // recursive_doubling
//
// All-reduces follow the libraries, for a commutative sum of numbers of 4 bytes. For the other
// operations the choice is plain, and no library's: an all-gather and a reduce-scatter take the
// ring, a broadcast and a reduce the binomial tree, an all-to-all and send_recv pairs. These are
// the algorithms that there are schedules of, and what the libraries run for long messages, or, of
// the binomial tree, for short ones. Sources: docs/models/mpi-rules.md.
#pragma once

#include <string>

#include "runtime/collectives/algorithm.h"

namespace rehearse {

// Open MPI's coll/tuned. Up to 4.0: recursive doubling below 10,000 bytes, then the ring (whose
// segments of 1 MiB beyond 1 MiB per rank are left out), or reduce and broadcast where there are
// not more numbers than ranks. From 4.1 on: the table of choose_like_open_mpi(ranks, bytes) in
// runtime/collectives/collectives.h. An empty version is an unknown one, and counts as 4.1. Throws
// Error::input if it is no version. REQUIRES: ranks >= 1, bytes >= 0.
Algorithm choose_like_open_mpi(const std::string& version, Operation operation, int ranks,
                               double bytes);

// MPICH, and what is made of it: Cray MPICH and Intel MPI. Recursive doubling up to 2048
// bytes or for fewer numbers than the power of two up to the ranks, else Rabenseifner's algorithm.
// REQUIRES: as above.
Algorithm choose_like_mpich(Operation operation, int ranks, double bytes);

}  // namespace rehearse
