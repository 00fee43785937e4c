// What a phase of a collective costs, from its pattern (sim/collectives/collective_pattern.h): the
// formula of analytic fidelity, and the price by which algorithms are compared.
#pragma once

#include "runtime/collectives/schedule.h"
#include "sim/collectives/collective_pattern.h"
#include "sim/collectives/step_costs.h"

namespace rehearse {

struct PhaseCost {
  Duration busy;      // of the most loaded link
  Duration transfer;  // at least that
  Duration filling;   // of a pipeline, after the transfer
  Duration latency;
  Duration copying;
  Duration additions;

  [[nodiscard]] Duration total() const {
    return transfer + filling + latency + copying + additions;
  }
};

// Factors of a step on what the profile says.
struct StepFactors {
  double slowest_stream = 1;
  double latency = 1;
};

// `phase` is that of the schedule as it is, `pattern` what it looks like at a size that divides.
// `costs`: of a library with levels, or null. `cores_copy` as in CollectivePatterns.
PhaseCost phase_cost(const PhasePattern& pattern, const Phase& phase, Bytes buffer,
                     const StackProfile& profile, const StepCosts* costs,
                     const StepFactors& factors, bool cores_copy);

// The same of a sum over the nodes in the switches, of so many bytes per rank.
PhaseCost reduction_cost(const ReductionPattern& pattern, Bytes buffer, const StackProfile& profile,
                         const StepFactors& factors);

}  // namespace rehearse
