// Times whole training steps of one device, and what a profile says of them.
//
//   const StepTimes times = time_steps(*cuda_backend(0), {&model, 64, Precision::bf16});
//   predicted_step(profile, job);
#pragma once

#include "kernels/backend.h"
#include "kernels/devices/device_profile.h"
#include "kernels/models/model.h"
#include "kernels/optimizer.h"

namespace rehearse {

struct StepJob {
  const Model* model = nullptr;  // borrowed
  std::int64_t batch = 1;
  Precision precision = Precision::fp32;
  OptimizerOptions optimizer{.name = "sgd", .momentum = 0.9};
};

struct StepTimes {
  Duration p10, p50, p90;  // of groups of steps, of one step each
  int steps = 0;           // that count
  double first_loss = 0, last_loss = 0;
  Bytes memory;  // that the executor allocated
};

// Forward and backward pass and the optimizer's step, again and again on one random batch, which
// the device has already. The host waits once in a group of steps. Goes on for `budget`, at least
// for three groups after one that does not count. Throws what the backend throws.
StepTimes time_steps(const Backend& backend, const StepJob& job, Duration budget);

// The sum over the layers and the optimizer's pass over memory (kernels/devices/cost_model.h).
Duration predicted_step(const DeviceProfile& device, const StepJob& job);

}  // namespace rehearse
