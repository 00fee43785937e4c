#include "train/emulation/learning_curve.h"

#include <utility>

#include "base/contract.h"

namespace rehearse {

LearningCurve::LearningCurve(std::int64_t all, std::int64_t every, double samples,
                             std::function<std::optional<double>()> accuracy)
    : all_(all), every_(every), samples_(samples), accuracy_(std::move(accuracy)) {
  EXPECTS(all >= 1 && every >= 1);
}

void LearningCurve::add(double seconds, double loss) {
  ++steps_;
  loss_ += loss;
  ++counted_;
  if (steps_ % every_ == 0 && steps_ < all_) point(seconds);
}

void LearningCurve::close(double seconds) {
  if (counted_ > 0) point(seconds);
}

void LearningCurve::point(double seconds) {
  points_.push_back({.seconds = seconds,
                     .samples = static_cast<double>(steps_) * samples_,
                     .loss = loss_ / static_cast<double>(counted_),
                     .test_accuracy = accuracy_()});
  loss_ = 0;
  counted_ = 0;
}

}  // namespace rehearse
