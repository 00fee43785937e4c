#include "runtime/optimizers/learning_rate.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "base/contract.h"
#include "base/in_range.h"

namespace rehearse {
namespace {

double peak_rate(const LearningRateOptions& options, double workers) {
  switch (options.scaling) {
    case LearningRateOptions::Scaling::none:
      return options.lr;
    case LearningRateOptions::Scaling::linear:
      return options.lr * workers;
    case LearningRateOptions::Scaling::sqrt:
      return options.lr * std::sqrt(workers);
  }
  contract_failed("expects", "a known scaling", __FILE__, __LINE__);
}

}  // namespace

LearningRate::LearningRate(LearningRateOptions options, std::int64_t workers,
                           std::int64_t steps_per_epoch)
    : options_(std::move(options)),
      peak_(peak_rate(options_, static_cast<double>(workers))),
      steps_per_epoch_(static_cast<double>(steps_per_epoch)) {
  EXPECTS(workers >= 1);
  EXPECTS(steps_per_epoch >= 1);
  const auto positive = [](double value) { return std::isfinite(value) && value > 0; };
  const auto not_negative = [](double value) { return std::isfinite(value) && value >= 0; };
  expect_in_range(positive(options_.lr), "the learning rate", options_.lr, "above 0");
  expect_in_range(not_negative(options_.warmup_epochs), "the warm-up in epochs",
                  options_.warmup_epochs, "of at least 0");
  expect_in_range(positive(options_.decay), "the decay of the learning rate", options_.decay,
                  "above 0");
  for (const double epoch : options_.decay_epochs) {
    expect_in_range(not_negative(epoch), "an epoch of decay", epoch, "of at least 0");
  }
}

double LearningRate::at(std::int64_t step) const {
  EXPECTS(step >= 0);
  const double first = static_cast<double>(step);
  const double warmup_steps = options_.warmup_epochs * steps_per_epoch_;
  double rate = peak_;
  if (first + 1 < warmup_steps) {
    rate = options_.lr + (peak_ - options_.lr) * (first + 1) / warmup_steps;
  }
  for (const double epoch : options_.decay_epochs) {
    if (first >= epoch * steps_per_epoch_) rate *= options_.decay;
  }
  for (const Lowering& lowering : lowerings_) {
    if (step < lowering.step) continue;
    rate = std::min(rate, std::max(rate * lowering.factor, lowering.least));
  }
  return rate;
}

void LearningRate::lower_from(std::int64_t step, double factor, double least) {
  EXPECTS(step >= 0 && factor > 0 && factor <= 1);
  lowerings_.push_back({step, factor, least});
}

double LearningRate::momentum_correction(std::int64_t step) const {
  EXPECTS(step >= 0);
  return step == 0 ? 1 : at(step) / at(step - 1);
}

}  // namespace rehearse
