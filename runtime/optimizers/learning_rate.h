// The learning rate of each step: scaling with the number of workers, gradual warm-up, decay.
#pragma once

#include <cstdint>
#include <vector>

#include "base/enum_names.h"

namespace rehearse {

// With k workers the rate after warm-up is lr * k (linear), lr * sqrt(k) (sqrt) or lr (none)
// (Goyal et al., arXiv:1706.02677; Krizhevsky, arXiv:1404.5997); call it peak. During the first
// `warmup_epochs` it rises linearly, a little every step: lr + (peak - lr) e / warmup_epochs with
// e = (step + 1) / steps_per_epoch, so that the last step of the warm-up runs at the peak
// (Horovod's LearningRateWarmupCallback, which counts the same way). From the start of each epoch
// in `decay_epochs` on (they may be fractional) it is multiplied by `decay` once more.
struct LearningRateOptions {
  enum class Scaling { none, linear, sqrt };

  double lr = 0.1;
  Scaling scaling = Scaling::none;
  double warmup_epochs = 0;
  std::vector<double> decay_epochs{};
  double decay = 0.1;
};

inline constexpr auto kLearningRateScalingNames =
    enum_names<LearningRateOptions::Scaling>("none", "linear", "sqrt");

class LearningRate {
 public:
  // REQUIRES: workers >= 1, steps_per_epoch >= 1. Throws Error::input for numbers out of range.
  LearningRate(LearningRateOptions options, std::int64_t workers, std::int64_t steps_per_epoch);

  // For the step counted from 0. REQUIRES: step >= 0.
  [[nodiscard]] double at(std::int64_t step) const;
  // From that step on the rate is `factor` times what it would be, but not below `least` (nor is it
  // raised to it). REQUIRES: step >= 0, 0 < factor <= 1.
  void lower_from(std::int64_t step, double factor, double least);
  // at(step) / at(step - 1); 1 for the first step. See optimizer.h for who needs it.
  [[nodiscard]] double momentum_correction(std::int64_t step) const;

 private:
  LearningRateOptions options_;
  double peak_;
  double steps_per_epoch_;
  struct Lowering {
    std::int64_t step;
    double factor, least;
  };
  std::vector<Lowering> lowerings_;  // in the order of the calls
};

}  // namespace rehearse
