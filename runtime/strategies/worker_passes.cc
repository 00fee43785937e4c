#include "runtime/strategies/worker_passes.h"

#include <numeric>
#include <ranges>

#include "base/contract.h"

namespace rehearse {

void compute_gradient(World& world, const std::vector<TrainingLayer>& layers, StepRecord& record,
                      const GradientsLaunched& launched) {
  Device& device = world.device();
  const Duration begin = world.clock().now();
  device.wait(device.launch({Pass::input, 0}));
  const Duration loaded = world.clock().now();
  const Duration busy_before = device.busy();
  Event last{};
  for (const TrainingLayer& layer : layers) {
    EXPECTS(!layer.split);
    last = device.launch({Pass::forward, layer.layer});
  }
  std::int64_t ready = 0;
  for (const TrainingLayer& layer : std::views::reverse(layers)) {
    last = device.launch({Pass::backward, layer.layer});
    if (layer.parameters.empty()) continue;
    const ParameterRange range{ready, ready + parameter_count(layer)};
    if (launched) last = launched(layer, range, last);
    ready = range.end;
  }
  device.wait(last);
  record.backward_end = world.clock().now();
  const Duration busy = device.busy() - busy_before;
  record.parts[StepPhase::input_wait] += loaded - begin;
  record.parts[StepPhase::compute] += busy;
  record.parts[StepPhase::other] += record.backward_end - loaded - busy;
}

StepRecord take_passes(World& world, const std::vector<TrainingLayer>& layers, std::int64_t step,
                       const GradientsLaunched& launched) {
  StepRecord record;
  world.device().begin_step(step);
  record.begin = world.clock().now();
  compute_gradient(world, layers, record, launched);
  const Duration whole = record.backward_end - record.begin;
  record.parts[StepPhase::other] += whole - record.parts.sum();  // up to the reading
  return record;
}

std::vector<std::int64_t> gradient_sizes(const std::vector<TrainingLayer>& layers) {
  std::vector<std::int64_t> sizes;
  for (const TrainingLayer& layer : std::views::reverse(layers)) {
    sizes.insert(sizes.end(), layer.parameters.begin(), layer.parameters.end());
  }
  return sizes;
}

std::int64_t parameter_count(const TrainingLayer& layer) {
  return std::accumulate(layer.parameters.begin(), layer.parameters.end(), std::int64_t{0});
}

std::int64_t parameter_count(const std::vector<TrainingLayer>& layers) {
  std::int64_t sum = 0;
  for (const TrainingLayer& layer : layers) sum += parameter_count(layer);
  return sum;
}

}  // namespace rehearse
