// What one collective takes on a network, by its size: the numbers of nccl-tests or OSU.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "predict/prediction.h"
#include "runtime/collectives/algorithm.h"
#include "scenarios/scenario.h"

namespace rehearse {

struct CollectiveQuestion {
  // Of the machine: cluster, noise, background, fidelity and seed; its model, data and sweep are
  // not looked at.
  const Scenario* scenario = nullptr;
  Operation operation = Operation::all_reduce;
  int ranks = 2;
  int ranks_per_node = 1;  // the last node may hold fewer
  // Above 1: so many equal groups do the same at the same time on the same nodes, and share their
  // links. Every stride-th device of a node belongs to one group; `ranks` and `ranks_per_node` are
  // those of one.
  int stride = 1;
  std::vector<double> bytes;  // as nccl-tests count them; ascending
  Algorithm algorithm = Algorithm::native;
  std::optional<Protocol> protocol;  // absent: the library's choice
  int jobs = 1;
};

struct CollectiveRow {
  double bytes = 0;
  Quantiles time;                   // s, slowest rank
  std::string algorithm, protocol;  // that ran; "" for a library without protocols
  [[nodiscard]] double algorithm_bandwidth() const { return bytes / time.p50; }  // bytes/s
};

struct CollectivePrediction {
  std::vector<CollectiveRow> rows;     // as the question's bytes
  std::vector<Warning> warnings;       // their points are indices into the rows
  std::vector<Provenance> provenance;  // of the machine's profiles too
};

// Throws Error::input where the algorithm cannot do the operation on this machine, and says why.
CollectivePrediction predict_collective(const CollectiveQuestion& question);

// Throws the same before anything is simulated.
void expect_runnable(const CollectiveQuestion& question);

}  // namespace rehearse
