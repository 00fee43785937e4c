// The collectives as Schedules. Costs for P ranks, n bytes, latency a and time per byte b, one
// message at a time per rank (Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005; Patarasuk, Yuan,
// JPDC 69, 2009):
//
//   ring                 2(P-1) a + 2 (P-1)/P n b
//   recursive doubling   lg P (a + n b)                              P a power of two
//   Rabenseifner         2 lg P a + 2 (P-1)/P n b                    P a power of two
//   halving doubling     2 lg P a + 2 (P-1)/P n b                    P a power of two
//   binomial             2 ceil(lg P) (a + n b)                      reduce, then broadcast
//   hierarchical         RS(n, L) + AR(n/L, P/L) + AG(n, L)          L ranks per node
//   node leader          R(n, L) + AR(n, P/L) + B(n, L)              the same
//   tree                 2 (L-1 + lg P/L) a + 2 n b / NICs           pipelined double tree
//   NVLS                 2 a + n b'                                  b' of a node's adding switch
//   NVLS tree            2 (1 + lg P/L) a + 2 n b / NICs
//
// For other P, recursive doubling and Rabenseifner fold the surplus ranks into neighbours first and
// unfold them last: two more rounds of n bytes. Halving and doubling in binary blocks avoids these
// and moves less than 2 n more in two more rounds.
#pragma once

#include <memory>

#include "base/units.h"
#include "runtime/collectives/algorithm.h"
#include "runtime/collectives/schedule.h"

namespace rehearse {

// Sums `elements` numbers over `ranks` ranks. REQUIRES: as make_collective, of one channel. One
// rank needs no rounds.
std::unique_ptr<Schedule> make_all_reduce(Algorithm algorithm, int ranks, std::int64_t elements,
                                          int ranks_per_node = 1);

// Whether the algorithm has a stage inside the nodes and needs equally many ranks on each.
constexpr bool takes_whole_nodes(Algorithm algorithm) {
  return algorithm == Algorithm::hierarchical || algorithm == Algorithm::node_leader ||
         algorithm == Algorithm::in_network || algorithm == Algorithm::nvls_tree;
}

// One call of a collective. Transports take it as it is (Transport::collective).
struct CollectiveCall {
  Operation operation = Operation::all_reduce;
  Algorithm algorithm = Algorithm::ring;
  Protocol protocol = Protocol::none;
  // Where the ranks sit: nodes are filled one after the other.
  int ranks_per_node = 1;
  int channels = 1;           // rings and trees side by side; as many as a node has NICs in use
  bool zigzag = false;        // rings visit the devices of a node so that every direct link is used
  bool pipelined = false;     // hierarchical: the stages work at the same time, slice by slice
  bool rails = false;         // pairwise: messages are gathered on the rail of their destination
  bool side_by_side = false;  // pairwise: all messages at once
  // Broadcast and reduce in chains: one call after the other, as benchmarks do, without waiting for
  // the end of the chain. What counts is how long a rank is busy.
  bool back_to_back = false;
  // What the collective takes, of algorithms that have a formula and no schedule.
  Duration formula{};

  bool operator==(const CollectiveCall&) const = default;
};

// Whether the algorithm does the operation, by a schedule or (collnet_direct, collnet_chain, pat,
// in_network) without one.
bool can_do(Algorithm algorithm, Operation operation);
// Whether it is known by its cost only, and cannot run for real.
bool is_formula(Algorithm algorithm);

// The schedule of a call over so many ranks and elements (of all_gather the gathered buffer, of
// all_to_all what one rank sends to all). REQUIRES: can_do, an algorithm with a schedule; whole
// nodes where it takes them (nvls too, over several nodes); all_to_all: ranks divides elements.
std::unique_ptr<Schedule> make_collective(const CollectiveCall& call, int ranks,
                                          std::int64_t elements);

// Broadcast from rank 0 along a binomial tree: ceil(lg P) (a + n b).
std::unique_ptr<Schedule> make_broadcast(int ranks, std::int64_t elements);

// The three that split layers need, over `elements` in P parts (part_begin), in place. REQUIRES:
// ranks >= 1, elements >= 0.
//
// Rank r gives part r, all receive all parts: ring, (P-1) a + (P-1)/P n b.
std::unique_ptr<Schedule> make_all_gather(int ranks, std::int64_t elements);
// Rank r receives the sum of part r, other parts hold partial sums afterwards: ring, the same.
std::unique_ptr<Schedule> make_reduce_scatter(int ranks, std::int64_t elements);
// Rank r's part s and rank s's part r change places: pairs, (P-1) a + (P-1)/P n b for even P, one
// more a for odd P. REQUIRES: P divides elements.
std::unique_ptr<Schedule> make_all_to_all(int ranks, std::int64_t elements);

// The algorithm that Open MPI 4.1 picks for a commutative all-reduce of `bytes` (its fixed decision
// table, coll_tuned_decision_fixed.c; linear and segmented variants are mapped to the ring, which
// is what they run as without segmentation).
Algorithm choose_like_open_mpi(int ranks, double bytes);

}  // namespace rehearse
