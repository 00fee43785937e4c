// A training whose weights can be followed by hand: every rank pulls one weight w towards a point
// of its own, its gradient is w + c, and an update takes half the averaged gradient away.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "runtime/strategies/strategy.h"
#include "runtime/worlds/inline_device.h"
#include "runtime/worlds/memory_world.h"

namespace rehearse {

// The weights of rank 0 after each step; c is the rank's entry of `pulls`, and all ranks begin with
// w = 7 of rank 0. Expects all ranks to end alike, and breakdowns that add up.
inline std::vector<float> train_quadratic(const Strategy& strategy,
                                          const std::vector<float>& pulls) {
  const auto ranks = static_cast<int>(pulls.size());
  std::vector<float> weights(pulls.size(), 7), gradients(pulls.size());
  std::vector<std::unique_ptr<Device>> devices;
  for (std::size_t i = 0; i < pulls.size(); ++i) {
    devices.push_back(make_inline_device([&, i](const Task& task) {
      if (task.pass == Pass::backward) gradients[i] = weights[i] + pulls[i];
      if (task.pass == Pass::update) {
        weights[i] -= 0.5F * static_cast<float>(task.scale) * gradients[i];
      }
    }));
    if (i > 0) weights[i] = -1;  // the broadcast puts it right
  }
  std::vector<float> after;
  MemoryWorldOptions options;
  options.device = [&](int rank) -> Device& { return *devices[static_cast<std::size_t>(rank)]; };
  run_in_memory(ranks, options, [&](World& world) {
    const auto me = static_cast<std::size_t>(world.transport().rank());
    std::deque<std::vector<float>> memory;
    ModelTensors model{{&weights[me], 1}, {&gradients[me], 1}};
    model.allocate = [&](std::int64_t n) {
      return tensor_of(memory.emplace_back(static_cast<std::size_t>(n)));
    };
    strategy.run(world, model, [&](std::int64_t, const StepRecord& record) {
      EXPECT_NEAR(record.parts.sum().value(), (record.end - record.begin).value(), 1e-9);
      if (me == 0) after.push_back(weights[0]);
    });
  });
  for (const float weight : weights) EXPECT_EQ(weight, weights[0]);
  return after;
}

}  // namespace rehearse
