// The learning rate of each step: scaling with the number of workers, gradual warm-up, decay.
#pragma once

#include <cstdint>
#include <vector>

namespace rehearse {

// With k workers the rate after warm-up is lr * k (linear), lr * sqrt(k) (sqrt) or lr (none)
// (Goyal et al., arXiv:1706.02677; Krizhevsky, arXiv:1404.5997). During the first `warmup_epochs`
// it rises linearly from lr to that rate, every step (Horovod's LearningRateWarmupCallback:
// lr * (epoch * (k - 1) / warmup + 1) for linear scaling, epoch being fractional). From each epoch
// in `decay_epochs` on it is multiplied by `decay` once more.
struct LearningRateOptions {
  enum class Scaling { none, linear, sqrt };

  double lr = 0.1;
  Scaling scaling = Scaling::none;
  double warmup_epochs = 0;
  std::vector<double> decay_epochs;
  double decay = 0.1;
};

class LearningRate {
 public:
  // REQUIRES: workers >= 1, steps_per_epoch >= 1. Throws Error::input for numbers out of range.
  LearningRate(LearningRateOptions options, std::int64_t workers, std::int64_t steps_per_epoch);

  // For the step counted from 0.
  [[nodiscard]] double at(std::int64_t step) const;
  // Goyal's momentum correction: at(step) / at(step - 1); 1 for the first step.
  [[nodiscard]] double momentum_correction(std::int64_t step) const;

 private:
  LearningRateOptions options_;
  double peak_;
  double steps_per_epoch_;
};

}  // namespace rehearse
