// How many samples a training takes to a target, from runs of several batches.
#pragma once

#include <string>
#include <vector>

#include "calibrate/fits/convergence_fit.h"
#include "scenarios/convergence_options.h"

namespace rehearse {

struct FittedRuns {
  ConvergenceFit fit;
  std::vector<std::string> not_reached;  // files of runs that do not reach the target: left out
};

// `runs`: run records with evaluations, folders of such runs, or results of emulations. Throws
// Error::input, also where the runs do not determine the numbers
// (calibrate/fits/convergence_fit.h).
FittedRuns fit_runs(const std::vector<std::string>& runs, const MetricTarget& target);

}  // namespace rehearse
