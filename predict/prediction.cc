#include "predict/prediction.h"

namespace rehearse {

Quantiles time_of_steps(const PredictedPoint& point, double steps) {
  const Quantiles& step = point.step_time;
  const Quantiles training{steps * step.p10, steps * step.p50, steps * step.p90};
  return point.faults ? time_of(*point.faults, training) : training;
}

}  // namespace rehearse
