// What is learnt in the course of an emulated run.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "train/emulation/emulate.h"

namespace rehearse {

// Collects the losses of single steps into points.
class LossCurve {
 public:
  // A point every so many of `all` steps of all workers, and one at the end; `samples` per step.
  // `accuracy`: asked at every point.
  LossCurve(std::int64_t all, std::int64_t every, double samples,
            std::function<std::optional<double>()> accuracy);

  void add(double seconds, double loss);
  // The last point: at the end of the run, when servers have applied what came last.
  void close(double seconds);

  [[nodiscard]] std::int64_t steps() const { return steps_; }
  [[nodiscard]] const std::vector<EmulatedPoint>& points() const { return points_; }

 private:
  void point(double seconds);

  std::int64_t all_, every_;
  double samples_;
  std::function<std::optional<double>()> accuracy_;
  std::int64_t steps_ = 0;
  double loss_ = 0;  // sum since the last point
  std::int64_t counted_ = 0;
  std::vector<EmulatedPoint> points_;
};

// Where a curve first reaches the target, on a straight line between two points; its first point if
// that has.
struct Reached {
  double samples = 0;
  double seconds = 0;
};
std::optional<Reached> first_reach(const std::vector<EmulatedPoint>& curve,
                                   const MetricTarget& target);

}  // namespace rehearse
