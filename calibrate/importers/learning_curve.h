// How well a training did after so many samples: read from run records and results of emulations.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json_reader.h"
#include "scenarios/convergence_options.h"

namespace rehearse {

struct LearningCurve {
  struct Point {
    double samples = 0;
    std::optional<double> value;  // of the metric; nothing where it is not finite
  };

  std::string file;
  double update_samples = 0;  // of one update of the weights
  double staleness = 0;       // the mean
  std::vector<Point> points;  // samples ascend
};

// Of a run record with `evaluations` or of a file of the format rehearse-emulation-1. Throws
// Error::input for another file, and for one that does not have the metric.
LearningCurve read_learning_curve(const JsonDocument& file, Metric metric);

// Samples at which the curve first reaches the target, on a straight line between two points;
// nothing where it does not. Throws Error::input where its first point has reached it already.
std::optional<double> samples_until(const LearningCurve& curve, const MetricTarget& target);

}  // namespace rehearse
