#include "runtime/strategies/gradient_pass.h"

#include <ranges>

#include "base/contract.h"

namespace rehearse {

void compute_gradient(World& world, std::span<const TrainingLayer> layers, StepRecord& record,
                      const GradientReady& ready) {
  Device& device = world.device();
  const Duration begin = world.clock().now();
  Event last = device.launch({Pass::input, 0});
  device.wait(last);
  const Duration loaded = world.clock().now();
  record.parts[StepPhase::input_wait] += loaded - begin;
  const Duration busy_before = device.busy();
  for (const TrainingLayer& layer : layers) {
    EXPECTS(!layer.split);
    last = device.launch({Pass::forward, layer.layer});
  }
  for (const TrainingLayer& layer : std::views::reverse(layers)) {
    last = device.launch({Pass::backward, layer.layer});
    if (ready) ready(layer, last);
  }
  device.wait(last);
  record.backward_end = world.clock().now();
  const Duration busy = device.busy() - busy_before;
  record.parts[StepPhase::compute] += busy;
  record.parts[StepPhase::other] += record.backward_end - loaded - busy;
}

std::vector<std::int64_t> gradient_elements(std::span<const TrainingLayer> layers) {
  std::vector<std::int64_t> elements;
  for (const TrainingLayer& layer : std::views::reverse(layers)) {
    elements.insert(elements.end(), layer.parameters.begin(), layer.parameters.end());
  }
  return elements;
}

}  // namespace rehearse
