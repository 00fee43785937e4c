#include "tests/predict/sane.h"

#include <algorithm>
#include <cmath>

namespace rehearse {
namespace {

bool ordered(const Quantiles& q) { return q.p10 <= q.p50 && q.p50 <= q.p90; }

std::string fault_of_point(const PredictedPoint& p, bool certain) {
  double sum = 0;
  for (const StepPhase phase : kStepPhases) {
    const double part = p.breakdown[phase].value();
    if (!std::isfinite(part)) return "a part is no number";
    if (part < -1e-9 * p.step_time.p50) return "a negative part";
    sum += part;
  }
  if (!std::isfinite(p.step_time.p90) || p.step_time.p10 <= 0) return "no positive step time";
  if (std::abs(sum - p.step_time.p50) > 1e-9 * sum) return "the parts do not add up";
  if (!ordered(p.step_time) || !ordered(p.step_jitter)) return "quantiles out of order";
  if (certain && p.step_time.p90 > p.step_time.p10) return "an interval of what is certain";
  for (const double number :
       {p.samples_per_s, p.speedup, p.efficiency, p.epoch_time, p.node_hours_per_epoch,
        p.communication_total, p.communication_hidden, p.memory.total().value()}) {
    if (!std::isfinite(number) || number < -1e-9) return "a number that is none, or negative";
  }
  if (p.goodput && !(*p.goodput > 0 && *p.goodput <= 1)) return "a goodput that is no share";
  if (p.to_target) {
    const ToTarget& t = *p.to_target;
    if (!ordered(t.time) || !std::isfinite(t.time.p90) || !std::isfinite(t.node_hours) ||
        !std::isfinite(t.samples) || t.steps < 1) {
      return "no way to the target";
    }
  }
  return "";
}

}  // namespace

std::string fault_of(const Prediction& prediction, bool certain) {
  const bool warned =
      std::any_of(prediction.warnings.begin(), prediction.warnings.end(),
                  [](const Warning& warning) { return warning.code == "superlinear"; });
  for (const PredictedPoint& p : prediction.points) {
    const std::string fault = fault_of_point(p, certain);
    if (!fault.empty()) return fault;
    if (p.efficiency > 1.05 && !warned) return "efficiency above 105 % without a warning";
  }
  return "";
}

}  // namespace rehearse
