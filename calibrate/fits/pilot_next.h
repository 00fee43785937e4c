// Which measurement would narrow what a pilot leaves open.
#pragma once

#include <vector>

#include "calibrate/fits/pilot_model.h"
#include "predict/pilot_knowledge.h"

namespace rehearse {

// Runs that may be made: on one device, on one node, on 2, 4, … nodes up to half of those of
// `largest`; without those of `known`. Each with the batch that the scenario has there.
std::vector<JobSize> possible_runs(const Scenario& scenario, std::int64_t largest,
                                   const std::vector<JobSize>& known);

struct PossibleRun {
  JobSize size;
  ParameterLogs slopes{};
};

// The best of these runs and of all-reduces on two nodes or in one, and the best of those on at
// most two nodes, if that is another; the better one first. One that narrows by less than a
// hundredth is left out. `run_deviation`: of ln of a run's mean step at the target, from what
// differs between runs. All sizes are of the model.
std::vector<PossibleMeasurement> next_measurements(const Scenario& scenario,
                                                   const PilotModel& model, const Gaussian& state,
                                                   const PossibleRun& target, double run_deviation,
                                                   const std::vector<PossibleRun>& runs);

}  // namespace rehearse
