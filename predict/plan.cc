#include "predict/plan.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "base/quantity_text.h"

namespace rehearse {
namespace {

// A step trains on global batch x sequence.
std::int64_t steps_of_tokens(const PredictedPoint& p, std::int64_t tokens) {
  const std::int64_t samples = (tokens - 1) / p.tokens_per_sample + 1;
  return (samples - 1) / p.global_batch + 1;
}

PlannedPoint price(const PredictedPoint& p, std::size_t index, const PlanOptions& options) {
  PlannedPoint planned;
  planned.point = index;
  if (options.to_target) {
    constexpr double kMostSteps = 9e18;  // that the type holds
    planned.steps = std::llround(std::min(kMostSteps, p.to_target->steps));
    planned.time_s = p.to_target->time;
  } else {
    planned.steps = options.tokens > 0
                        ? steps_of_tokens(p, options.tokens)
                        : options.epochs * ((options.samples - 1) / p.global_batch + 1);
    planned.time_s = time_of_steps(p, static_cast<double>(planned.steps));
  }
  if (p.faults) {
    const double seconds = static_cast<double>(planned.steps) * p.step_time.p50;
    planned.failures = failures_of(*p.faults, seconds);
    planned.goodput = goodput_of(*p.faults, seconds);
  }
  const auto node_hours = [&](double s) { return s * static_cast<double>(p.nodes) / 3600; };
  planned.node_hours = {node_hours(planned.time_s.p10), node_hours(planned.time_s.p50),
                        node_hours(planned.time_s.p90)};
  planned.meets_deadline = !options.deadline_s || planned.time_s.p90 <= *options.deadline_s;
  planned.meets_budget =
      !options.budget_node_hours || planned.node_hours.p90 <= *options.budget_node_hours;
  planned.fits = p.fits;
  return planned;
}

bool better(const PlannedPoint& a, const PlannedPoint& b, bool deadline) {
  return deadline ? a.node_hours.p50 < b.node_hours.p50 : a.time_s.p50 < b.time_s.p50;
}

std::string reason(const Prediction& prediction, const Plan& plan, const PlanOptions& options) {
  if (plan.recommended) {
    const PlannedPoint& chosen = plan.points[*plan.recommended];
    const PredictedPoint& p = prediction.points[chosen.point];
    std::string why = std::to_string(p.workers) + " workers on " + std::to_string(p.nodes) +
                      " nodes: " + to_text(Duration(chosen.time_s.p50)) + ", " +
                      significant(chosen.node_hours.p50) + " node-hours; ";
    why += options.deadline_s ? "the cheapest point that holds" : "the fastest point that holds";
    return why + " with 90 % confidence; efficiency " + significant(100 * p.efficiency) + " %";
  }
  std::size_t late = 0;
  std::size_t dear = 0;
  std::size_t large = 0;
  for (const PlannedPoint& p : plan.points) {
    late += p.meets_deadline ? 0 : 1;
    dear += p.meets_budget ? 0 : 1;
    large += p.fits ? 0 : 1;
  }
  return "no point of the sweep holds with 90 % confidence: of " +
         std::to_string(plan.points.size()) + " points " + std::to_string(late) +
         " miss the deadline, " + std::to_string(dear) + " exceed the budget, " +
         std::to_string(large) + " do not fit in device memory";
}

}  // namespace

Plan plan(const Prediction& prediction, const PlanOptions& options) {
  EXPECTS(options.to_target || options.tokens > 0 || (options.samples > 0 && options.epochs > 0));
  for (const PredictedPoint& p : prediction.points) {
    EXPECTS(!options.to_target || p.to_target);
    EXPECTS(options.tokens == 0 || p.tokens_per_sample > 0);
  }
  Plan plan;
  for (std::size_t i = 0; i < prediction.points.size(); ++i) {
    plan.points.push_back(price(prediction.points[i], i, options));
    const PlannedPoint& p = plan.points.back();
    if (!p.meets_deadline || !p.meets_budget || !p.fits) continue;
    if (!plan.recommended ||
        better(p, plan.points[*plan.recommended], options.deadline_s.has_value())) {
      plan.recommended = i;
    }
  }
  plan.why = reason(prediction, plan, options);
  return plan;
}

}  // namespace rehearse
