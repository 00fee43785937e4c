// Scenarios whose device time is certain, for tests of something else.
#pragma once

#include "predict/job_costs.h"
#include "scenarios/scenario.h"

namespace rehearse {

// The same scenario with a calibration, without error, that says what the cost model says.
inline Scenario with_known_time(Scenario scenario) {
  const std::int64_t batch = scenario.worker_batch(scenario.workers.front());
  const CostModel cost(scenario.device);
  const Duration step =
      compute_time(cost, *scenario.model, batch, scenario.precision) +
      cost.stream_time(update_traffic(scenario, scenario.model->parameter_count()));
  scenario.calibration = {static_cast<double>(batch) / step.value(), batch, 0, "the cost model"};
  return scenario;
}

}  // namespace rehearse
