// A prediction made by hand for the tests of report/.
#pragma once

#include "predict/prediction.h"

namespace rehearse {

// 32 samples per worker; 100 ms of compute, and 10 ms of exposed communication for each doubling.
inline Prediction sample_prediction(const std::vector<std::int64_t>& workers) {
  Prediction prediction{"tiny", "0.1.0", "flow", 7, {}, {}, {}};
  double doublings = 0;
  for (const std::int64_t count : workers) {
    PredictedPoint point;
    point.workers = point.nodes = count;
    point.global_batch = 32 * count;
    const double step = 0.1 + 0.01 * doublings;
    point.step_time = {0.95 * step, step, 1.05 * step};
    point.step_jitter = {0.9 * step, step, 1.1 * step};
    point.samples_per_s = static_cast<double>(point.global_batch) / step;
    point.breakdown[StepPhase::compute] = Duration(0.1);
    point.breakdown[StepPhase::exposed_communication] = Duration(0.01 * doublings);
    point.communication_total = 0.01 * doublings;
    point.memory[MemoryPart::weights] = point.memory[MemoryPart::gradients] = Bytes(1e9);
    if (count > 1) {
      point.busiest_link = "node 0 -> switch 0";
      point.busiest_link_class = LinkClass::injection;
      point.busiest_link_utilization = 0.25;
    }
    point.epoch_time = 3600;
    point.node_hours_per_epoch = static_cast<double>(count);
    prediction.points.push_back(point);
    doublings += 1;
  }
  const PredictedPoint& first = prediction.points.front();
  for (PredictedPoint& point : prediction.points) {
    point.speedup = point.samples_per_s / first.samples_per_s;
    point.efficiency =
        point.speedup * static_cast<double>(first.workers) / static_cast<double>(point.workers);
  }
  return prediction;
}

}  // namespace rehearse
