#include "runtime/sync_sgd.h"

#include <algorithm>
#include <optional>
#include <ranges>

namespace rehearse {
namespace {

// Splits the time from the end of the backward pass to the last reduction, at `reduced`: waiting
// for others, communication (agreements and reductions under way), and the rest, in which the
// reducer waits for its cycle. What was under way before counts as hidden.
void account(StepRecord& record, Duration reduced) {
  const Duration end = record.backward_end;
  for (const Reduction& r : record.reductions) {
    record.straggler_wait += std::max(r.started, end) - std::max(r.arrived, end);
    record.exposed_communication += std::max(r.ended, end) - std::max(r.started, end);
    record.hidden_communication += std::min(r.ended, end) - std::min(r.started, end);
  }
  record.other += reduced - end - record.straggler_wait - record.exposed_communication;
}

}  // namespace

std::vector<std::int64_t> SyncSgd::gradient_elements() const {
  std::vector<std::int64_t> elements;
  for (const TrainingLayer& layer : std::views::reverse(layers_)) {
    elements.insert(elements.end(), layer.parameters.begin(), layer.parameters.end());
  }
  return elements;
}

void SyncSgd::run(World& world, Buffer parameters, Buffer gradients,
                  const Observer& observe) const {
  const auto group = world.transport().world();
  std::optional<GradientReducer> reducer;
  if (group->size() > 1 && gradients.elements > 0) {
    world.transport().execute(*group, *make_broadcast(group->size(), parameters.elements),
                              parameters);
    reducer.emplace(world, group, gradient_elements(), gradients, options_.reducer);
  }
  for (std::int64_t i = 0; i < options_.steps; ++i) {
    observe(i, step(world, reducer ? &*reducer : nullptr));
  }
  if (reducer) reducer->close();
}

StepRecord SyncSgd::step(World& world, GradientReducer* reducer) const {
  Device& device = world.device();
  StepRecord record;
  record.begin = world.clock().now();
  device.wait(device.launch({Pass::input, 0}));
  const Duration loaded = world.clock().now();
  record.input_wait = loaded - record.begin;
  const Duration busy_before = device.busy();
  Event last{};
  for (const TrainingLayer& layer : layers_) last = device.launch({Pass::forward, layer.layer});
  for (const TrainingLayer& layer : std::views::reverse(layers_)) {
    last = device.launch({Pass::backward, layer.layer});
    if (reducer == nullptr) continue;
    for (std::size_t i = 0; i < layer.parameters.size(); ++i) reducer->ready(last);
  }
  device.wait(last);
  record.backward_end = world.clock().now();
  record.compute = device.busy() - busy_before;
  record.other = record.backward_end - loaded - record.compute;
  if (reducer != nullptr) record.reductions = reducer->finish();
  const Duration reduced = world.clock().now();
  account(record, reduced);
  device.wait(device.launch({Pass::update, 0}));
  record.end = world.clock().now();
  record.optimizer = record.end - reduced;
  return record;
}

}  // namespace rehearse
