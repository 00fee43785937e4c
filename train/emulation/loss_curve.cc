#include "train/emulation/loss_curve.h"

#include <cmath>
#include <utility>

#include "base/contract.h"

namespace rehearse {

LossCurve::LossCurve(std::int64_t all, std::int64_t every, double samples,
                     std::function<std::optional<double>()> accuracy)
    : all_(all), every_(every), samples_(samples), accuracy_(std::move(accuracy)) {
  EXPECTS(all >= 1 && every >= 1);
}

void LossCurve::add(double seconds, double loss) {
  ++steps_;
  loss_ += loss;
  ++counted_;
  if (steps_ % every_ == 0 && steps_ < all_) point(seconds);
}

void LossCurve::close(double seconds) {
  if (counted_ > 0) point(seconds);
}

std::optional<Reached> first_reach(const std::vector<EmulatedPoint>& curve,
                                   const MetricTarget& target) {
  const auto value_of = [&](const EmulatedPoint& point) {
    if (target.metric == Metric::test_accuracy) return point.test_accuracy.value_or(NAN);
    return point.loss;
  };
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const double value = value_of(curve[i]);
    if (!std::isfinite(value) || !target.reached_by(value)) continue;
    if (i == 0) return Reached{curve[0].samples, curve[0].seconds};
    const double before = value_of(curve[i - 1]);
    const double share = std::isfinite(before) ? (target.value - before) / (value - before) : 1;
    const auto between = [share](double a, double b) { return a + share * (b - a); };
    return Reached{between(curve[i - 1].samples, curve[i].samples),
                   between(curve[i - 1].seconds, curve[i].seconds)};
  }
  return std::nullopt;
}

void LossCurve::point(double seconds) {
  points_.push_back({.seconds = seconds,
                     .samples = static_cast<double>(steps_) * samples_,
                     .loss = loss_ / static_cast<double>(counted_),
                     .test_accuracy = accuracy_()});
  loss_ = 0;
  counted_ = 0;
}

}  // namespace rehearse
