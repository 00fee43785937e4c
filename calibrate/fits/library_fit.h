// Fits the levels of a stack (topologies/stacks/collective_library.h) to tables of collectives.
//
//   LibraryFit fit = fit_library(start, tables, {});
//   write(fit.stack)
//
// Maximum a posteriori. With e = ln(formula) - ln(measured) of a row, r the relative error of a row
// and n the rows of its table, it minimises
//
//   sum_tables (4 / n) sum_rows huber(e / r) + sum_p (ln(p / p_start) / sigma_p)^2
//
// over those parameters p of the stack on which some table bears: bandwidths and latencies inside
// a node and between nodes, converging flows, adders of the switch. The rows of one table repeat
// each other, so that a table counts as four. Parameters on which no table bears stay as they are.
#pragma once

#include <string>
#include <vector>

#include "calibrate/importers/collective_log.h"
#include "scenarios/scenario.h"

namespace rehearse {

struct MeasuredTable {
  std::string name;
  const Scenario* machine = nullptr;  // whose network it ran on
  Operation operation = Operation::all_reduce;
  int ranks = 2;
  int ranks_per_node = 1;
  std::vector<CollectiveLog::Row> rows;  // bytes as nccl-tests count them

  [[nodiscard]] bool one_node() const { return ranks <= ranks_per_node; }
};

struct LibraryFitOptions {
  double row_error = 0.1;  // relative, of a row: runs of one table differ by so much
  // Sigma of ln of what a stack of the same kind elsewhere tells.
  double bandwidth_prior = 0.35;
  double latency_prior = 0.35;
  double half_prior = 1;
  int most_evaluations = 1500;
};

struct FittedFactor {
  std::string key;    // "nic.channel_bandwidth"
  double factor = 1;  // on the start
  double relative_error = 0;
};

struct TableErrors {
  std::string name;
  std::vector<double> before, after;  // formula / measured - 1, by row
};

struct LibraryFit {
  StackProfile stack;
  std::vector<FittedFactor> factors;
  std::vector<TableErrors> tables;
  double objective = 0;
  int evaluations = 0;
};

// The stack's relative errors of bandwidth and latency are what holds four of five rows from 1 MiB
// on, and below, apart inside a node and between nodes (there 1.5 times as much, since it is asked
// for other numbers of nodes), and never less than what the parameters are known to. Throws
// Error::input where `start` has no levels, or no table bears on a parameter.
LibraryFit fit_library(const StackProfile& start, const std::vector<MeasuredTable>& tables,
                       const LibraryFitOptions& options);

// Of each row of a table under a stack: sigma of ln(time) that the stack's relative errors make, by
// the formulas.
std::vector<double> table_spreads(const StackProfile& stack, const MeasuredTable& table);

// Errors of the rows of a table under a stack, by the formulas: formula / measured - 1.
std::vector<double> table_errors(const StackProfile& stack, const MeasuredTable& table);

}  // namespace rehearse
