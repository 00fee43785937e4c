#include "predict/job_memory.h"

#include <algorithm>
#include <cmath>

#include "base/quantity_text.h"
#include "kernels/models/training_memory.h"
#include "predict/layout_point.h"
#include "scenarios/framework.h"

namespace rehearse {
namespace {

DeviceMemory memory_at(const JobPoint& job, std::int64_t batch, const Recompute& recompute) {
  const Scenario& s = job.scenario();
  DeviceMemory memory =
      training_memory(job.model(), batch, s.precision, s.optimizer.slots, job.split(),
                      {.gradient_bytes = s.stored_gradient_bytes, .recompute = recompute});
  add_strategy_memory(job, memory);
  memory[MemoryPart::framework] = framework_memory(s.device.is_accelerator(), memory.allocated());
  return memory;
}

// The largest batch that fits; 0: not even one sample.
std::int64_t largest_batch(const JobPoint& job, const Recompute& recompute) {
  std::int64_t fits = 0, fails = job.worker_batch();
  while (fails - fits > 1) {
    const std::int64_t middle = fits + (fails - fits) / 2;
    const Bytes total = memory_at(job, middle, recompute).total();
    (total <= job.scenario().device.memory_capacity ? fits : fails) = middle;
  }
  return fits;
}

}  // namespace

DeviceMemory job_memory(const JobPoint& job) {
  if (job.is_laid_out()) return layout_memory(job);
  return memory_at(job, job.worker_batch(), job.scenario().parallelism.recompute);
}

std::string what_would_fit(const JobPoint& job) {
  const Scenario& s = job.scenario();
  if (job.is_laid_out()) {
    return "a rank of the fullest stage takes " + to_text(job_memory(job).total()) +
           "; rehearse search lists layouts that fit";
  }
  const Bytes capacity = s.device.memory_capacity;
  const Recompute full{Recompute::Mode::full};
  const bool can_recompute = s.parallelism.recompute.mode == Recompute::Mode::none &&
                             s.strategy.kind == StrategyKind::sync && applies(full, job.model());
  if (const std::int64_t batch = largest_batch(job, s.parallelism.recompute); batch > 0) {
    return "at most " + std::to_string(batch) + " samples per worker fit";
  }
  if (can_recompute) {
    const Bytes total = memory_at(job, job.worker_batch(), full).total();
    if (total <= capacity) {
      return "training.parallelism.recompute \"full\" takes " + to_text(total);
    }
    if (const std::int64_t batch = largest_batch(job, full); batch > 0) {
      return "with training.parallelism.recompute \"full\" at most " + std::to_string(batch) +
             " samples per worker fit";
    }
  }
  const DeviceMemory one = memory_at(job, 1, can_recompute ? full : s.parallelism.recompute);
  const Bytes states =
      one[MemoryPart::weights] + one[MemoryPart::gradients] + one[MemoryPart::optimizer];
  return "one sample takes " + to_text(one.total()) + ", of which " + to_text(states) +
         " are weights, gradients and optimizer: the model must be split (rehearse search), or the "
         "device be larger";
}

void add_strategy_memory(const JobPoint& job, DeviceMemory& memory) {
  const Scenario& s = job.scenario();
  const auto parameters = static_cast<double>(parameters_per_device(job.model(), job.split()));
  if (s.strategy.kind == StrategyKind::lagged && s.strategy.lag > 0) {
    Bytes& gradients = memory[MemoryPart::gradients];
    gradients += gradients * static_cast<double>(s.strategy.lag + 1);
  }
  if (job.workers() == 1) return;
  const AllReduceOptions& all_reduce = s.all_reduce;
  const bool weights = s.strategy.kind == StrategyKind::local_sgd;  // travel, from where they are
  const bool averages_shards = job.groups() != nullptr && job.workers() > job.split().parts;
  Bytes& buffers = memory[MemoryPart::buffers];
  if (!weights) buffers = all_reduce.fusion * all_reduce.in_flight * (averages_shards ? 2 : 1);
  const auto codec = make_codec(all_reduce.compression, all_reduce.ratio);
  if (codec == nullptr) return;
  const double copies = (codec->keeps_residual() ? 1 : 0) + (weights ? 2 : 0);
  buffers += Bytes(4 * copies * parameters);
  const double together =
      weights ? parameters : std::min(parameters, all_reduce.fusion.value() / s.wire_bytes());
  const double messages = codec->adds_up() ? 1 : static_cast<double>(job.workers());
  buffers += codec->message_bytes(std::llround(together)) * (messages * all_reduce.in_flight);
}

}  // namespace rehearse
