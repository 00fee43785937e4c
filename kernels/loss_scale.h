// The factor of the loss that keeps fp16 gradients above the smallest number (Micikevicius et al.,
// arXiv:1710.03740, section 3.2), chosen as training goes: PyTorch's GradScaler with its defaults.
// Host arithmetic; the gradients are divided by value() in the step of the optimizer.
#pragma once

#include <cstdint>

namespace rehearse {

class LossScale {
 public:
  [[nodiscard]] double value() const { return value_; }

  // After each step: whether a gradient was infinite or not a number, and the step therefore left
  // out. Halves the scale then, and doubles it after 2000 steps in a row without.
  void update(bool overflow) {
    if (overflow) {
      value_ *= kBackoff;
      good_steps_ = 0;
    } else if (++good_steps_ == kInterval) {
      value_ *= kGrowth;
      good_steps_ = 0;
    }
  }

  // What a checkpoint must keep beside value().
  [[nodiscard]] std::int64_t good_steps() const { return good_steps_; }
  void restore(double value, std::int64_t good_steps) {
    value_ = value;
    good_steps_ = good_steps;
  }

 private:
  // torch.amp.GradScaler: init_scale, growth_factor, backoff_factor, growth_interval.
  static constexpr double kFirst = 65536, kGrowth = 2, kBackoff = 0.5;
  static constexpr std::int64_t kInterval = 2000;

  double value_ = kFirst;
  std::int64_t good_steps_ = 0;
};

}  // namespace rehearse
