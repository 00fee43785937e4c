// What to ask for: which points of a prediction meet a deadline and a budget, and which to choose.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "predict/prediction.h"

namespace rehearse {

struct PlanOptions {
  std::optional<double> deadline_s;
  std::optional<double> budget_node_hours;
  // To be trained: so many epochs of so many samples. The last step of each takes what is left.
  std::int64_t samples = 0;
  std::int64_t epochs = 1;
  std::int64_t tokens = 0;  // instead, of language models; 0: by samples
  bool to_target = false;   // instead: until each point reaches the target of the prediction
};

struct PlannedPoint {
  std::size_t point = 0;  // index into Prediction::points
  std::int64_t steps = 0;
  Quantiles time_s;  // failures counted
  Quantiles node_hours;
  // Of points with faults: how often the run fails, and its share of time that counts.
  std::optional<Quantiles> failures, goodput;
  bool meets_deadline = true;  // with 90 % confidence: the p90 is within
  bool meets_budget = true;
  bool fits = true;  // in device memory
};

struct Plan {
  std::vector<PlannedPoint> points;
  std::optional<std::size_t> recommended;  // index into `points`
  std::string why;                         // of the recommendation, or why there is none
};

// Among the points that hold, the one with the fewest node-hours if a deadline is given, else the
// fastest. REQUIRES: samples > 0, epochs > 0; or tokens > 0, and every point counts tokens; or
// to_target, and every point has its way to the
// target.
Plan plan(const Prediction& prediction, const PlanOptions& options);

}  // namespace rehearse
