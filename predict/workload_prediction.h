// Predicts a scenario that holds collectives instead of a model.
#pragma once

#include "predict/predict.h"

namespace rehearse {

// The collectives run one after the other: their times add up to the step, all of it exposed
// communication. There are no samples, and no memory is counted. REQUIRES: scenario.collectives is
// not empty. Throws Error::input as predict_collective, and if a trace is asked for.
Prediction predict_workload(const Scenario& scenario, const PredictOptions& options);

// Throws Error::input for what predict_workload refuses before it simulates.
void expect_workload(const Scenario& scenario);

}  // namespace rehearse
