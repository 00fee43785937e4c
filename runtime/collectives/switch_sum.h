// Collectives inside nodes whose devices are joined by a switch that adds (NVLink SHARP, NVLS of
// NCCL). Rank r of a node of L sums part r: the switch reads that part of all devices, adds, and
// hands the sum to r; r's store of it goes to all devices at once.
//
//   all-reduce       each device gives n and n/L to the switch, and takes n/L and n
//   reduce-scatter   gives n, takes n/L
//   all-gather       gives n/L, takes n
//
// Where there is no switch that adds (on real numbers) each part goes to its rank directly.
#pragma once

#include "runtime/collectives/algorithm.h"
#include "runtime/collectives/node_ranks.h"
#include "runtime/collectives/pipelined.h"

namespace rehearse {

class SwitchSum : public Stage {
 public:
  // In every node at once, each for itself. REQUIRES: operation is all_reduce, all_gather or
  // reduce_scatter; whole nodes.
  SwitchSum(Operation operation, NodeRanks where, std::int64_t elements);

  [[nodiscard]] int rounds() const override;
  void actions(int rank, int round, std::vector<Action>& out) const override;
  [[nodiscard]] std::string kind() const override;
  [[nodiscard]] std::unique_ptr<Schedule> resized(std::int64_t elements) const override;
  [[nodiscard]] std::vector<Phase> phases() const override;
  [[nodiscard]] PhaseSteps steps() const override { return {.inside = rounds()}; }
  [[nodiscard]] std::int64_t switched() const override;

 private:
  Operation operation_;
  NodeRanks where_;
};

}  // namespace rehearse
