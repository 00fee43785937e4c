// What an update of a training program means for the optimizer of whoever makes it.
#pragma once

#include "kernels/optimizer.h"
#include "runtime/optimizers/learning_rate.h"
#include "runtime/world/device.h"

namespace rehearse {

// `velocity_holds_rate`: of the optimizer (kernels/optimizer.h). REQUIRES: an update.
inline UpdateFactors task_factors(const Task& task, const LearningRate& rate, std::int64_t step,
                                  bool velocity_holds_rate) {
  UpdateFactors factors{.scale = task.scale, .lr = rate.at(step), .number = task.number};
  if (task.times_rate) factors.scale /= factors.lr;
  if (velocity_holds_rate) factors.momentum_correction = rate.momentum_correction(step);
  return factors;
}

}  // namespace rehearse
