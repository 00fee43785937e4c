// Whether a job sends larger messages than those that its stack was measured with.
#pragma once

#include <optional>
#include <vector>

#include "base/provenance.h"
#include "predict/prediction.h"
#include "runtime/strategies/strategy.h"
#include "scenarios/scenario.h"
#include "sim/collectives/collective_pattern.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {

struct LargestMessages {
  Bytes between, inside;  // nodes; 0: none
};

// Of the all-reduce of the most that may travel together (Strategy::reductions), among all workers.
// Sums in switches, and algorithms that are formulas, send no messages of ours.
LargestMessages largest_messages(const Strategy& strategy, CollectivePatterns& patterns);

struct Extrapolation {
  Bytes message;          // the job's largest
  double rate_error = 0;  // relative standard error of the rate of such messages
};

// Of the messages that cross nodes, or of a job on one node of those inside it. Absent where all
// are as small as measured, or nobody tells what was.
std::optional<Extrapolation> extrapolation_of(const StackProfile& stack,
                                              const LargestMessages& largest, bool one_node);

// Appends `extrapolated` with the points, and what widens their intervals; nothing where none is.
void add_extrapolation_warning(const Scenario& scenario,
                               const std::vector<std::optional<Extrapolation>>& points,
                               std::vector<Warning>& list);
void add_extrapolation_provenance(const std::vector<std::optional<Extrapolation>>& points,
                                  std::vector<Provenance>& list);

}  // namespace rehearse
