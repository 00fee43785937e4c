// Measures how fast the ranks of a job exchange messages and reduce, and fits what a simulation
// needs: pieces of latency and bandwidth inside a node and between nodes, and the rate of the
// receiver's addition. Complete all-reduces are measured too, to be compared with what the fit says
// about them; nothing is fitted to them.
//
// Everything is measured through World, in the main task (which spins while it waits) and in a
// background task (which yields the core; in it training communicates). A time is that of the
// slowest rank, counted from the arrival of the last one; the median over repetitions. A message's
// time is half of a ping-pong's turn, or a turn of an exchange in which as much goes both ways.
//
//   const CollectiveMeasurements m = measure_collectives(session, {});   // on all ranks
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calibrate/machine/schedule_estimate.h"
#include "runtime/collectives/collectives.h"
#include "runtime/worlds/mpi/mpi_world.h"

namespace rehearse {

struct RepeatedTime {
  Bytes size;
  Duration median;
  Duration deviation;  // median absolute deviation
  int repetitions = 0;
};

struct LevelMeasurements {
  std::vector<RepeatedTime> ping_pong, exchange;  // ascending sizes
  MessageFit ping_pong_fit, exchange_fit;
};

struct AllReduceMeasurements {
  Algorithm algorithm;
  std::vector<RepeatedTime> times;  // ascending sizes
  std::vector<Duration> estimates;  // of the fit, for each; empty for Algorithm::native
  double median_error = 0;          // of |estimate / median - 1|; 0 without estimates
  double worst_error = 0;
};

struct TaskMeasurements {
  Duration call;  // of executing a schedule of no rounds: what telling of one's arrival costs
  std::optional<LevelMeasurements> inside_node;    // absent if no two ranks share a node
  std::optional<LevelMeasurements> between_nodes;  // absent on one node
  std::vector<AllReduceMeasurements> all_reduces;  // over all ranks; none for a single rank
};

struct CollectiveMeasurements {
  int ranks = 1;
  int nodes = 1;
  int ranks_per_node = 1;               // if 1, the hierarchical all-reduce is not measured
  std::string library;                  // MpiSession::library()
  std::vector<RepeatedTime> additions;  // of what has arrived, all ranks at once
  MessageFit addition_fit;
  TaskMeasurements main, background;
};

struct CollectiveOptions {
  // Once it is over, larger sizes are left out, and so are all-reduces; it is overrun by what the
  // two smallest sizes of each series take, and by one operation.
  Duration budget{60};
  Bytes largest{64.0 * 1024 * 1024};  // of all-reduces
  // Of ping-pongs and exchanges: the gradient of a large layer fits no cache.
  Bytes largest_message{256.0 * 1024 * 1024};
  int fewest_repetitions = 5;
  int most_repetitions = 50;
};

// Called by all ranks; all get the same measurements. REQUIRES: largest >= 4 bytes, 1 <= fewest <=
// most repetitions.
CollectiveMeasurements measure_collectives(MpiSession& session, const CollectiveOptions& options);

// The part that runs within one task: `node_of` tells the node of each rank of `world`, numbered as
// MpiSession::node(). All ranks get the same.
TaskMeasurements measure_in_task(World& world, const std::vector<int>& node_of,
                                 const CollectiveOptions& options,
                                 const std::vector<FittedPiece>& addition);

// How many ranks every node has; 1 if nodes differ or the ranks of one are not consecutive.
int equal_ranks_per_node(const std::vector<int>& node_of);

}  // namespace rehearse
