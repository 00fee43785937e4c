// What a stack makes of the collectives of a table, by the formulas of analytic fidelity: routed
// over the real network once, then cheap to ask for other parameters of the stack.
//
//   TablePrices prices(machine, Operation::all_reduce, 32, 8);
//   double seconds = prices.time(stack, 64 << 20);
#pragma once

#include <memory>
#include <vector>

#include "predict/sample_point.h"
#include "scenarios/scenario.h"
#include "sim/collectives/collective_pattern.h"

namespace rehearse {

class TablePrices {
 public:
  // Of the machine its cluster counts: nodes, network and placement; its nodes are filled one after
  // the other. Throws Error::input where the ranks do not fit. REQUIRES: ranks >= 2,
  // 1 <= ranks_per_node.
  TablePrices(const Scenario& machine, Operation operation, int ranks, int ranks_per_node);
  TablePrices(const TablePrices&) = delete;
  TablePrices& operator=(const TablePrices&) = delete;
  ~TablePrices();

  // s, of the algorithm and protocol that the stack's library would choose; `bytes` as nccl-tests
  // count them. Throws Error::input where the library cannot run the operation here.
  double time(const StackProfile& stack, double bytes);

 private:
  struct Machine;

  Operation operation_;
  int ranks_per_node_;
  std::unique_ptr<Machine> machine_;
};

}  // namespace rehearse
