// Ranks that train a handful of numbers in the memory world, in an order that the test sets: what
// each of them computes can be followed by hand.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime/strategies/strategy.h"
#include "runtime/worlds/memory_world.h"

namespace rehearse {

// Who goes on when. A turn that nobody ends fails the test instead of hanging it.
class Turns {
 public:
  explicit Turns(std::vector<int> order) : order_(std::move(order)) {}

  // Blocks until it is the next turn of `who`; each rank that takes part in it asks once.
  void wait(int who, int rank) {
    std::unique_lock<std::mutex> lock(mutex_);
    std::size_t turn = next_[rank];
    while (turn < order_.size() && order_[turn] != who) ++turn;
    next_[rank] = turn + 1;
    const bool came =
        changed_.wait_for(lock, std::chrono::seconds(20), [&] { return at_ == turn; });
    if (!came) throw std::runtime_error("the turn of " + std::to_string(who) + " never came");
  }
  void end() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++at_;
    changed_.notify_all();
  }

 private:
  std::vector<int> order_;
  std::size_t at_ = 0;
  std::map<int, std::size_t> next_;  // by rank: from where on its turns have not come
  std::mutex mutex_;
  std::condition_variable changed_;
};

struct TracedOptions {
  std::vector<float> initial;  // weights, the same on all ranks
  float rate = 0.5F;           // of every device: w -= rate * scale * gradient
  // The gradient of a worker's step from the weights it has; may block.
  std::function<std::vector<float>(int rank, std::int64_t step, const std::vector<float>& weights)>
      gradient;
  std::function<void(int rank, const UpdateRecord&)> updated{};     // on that rank
  std::function<void(int rank, std::int64_t step)> stepped{};       // behind the step of a worker
  std::function<void(int rank, std::string_view name)> computed{};  // behind the arithmetic
  // After so many steps a worker ends; negative: after its last.
  std::function<bool(int rank, std::int64_t step)> ended{};
};

struct Traced {
  std::vector<std::vector<float>> weights;  // of each rank, at the end
  struct Update {
    int rank;  // that made it
    UpdateRecord record;
  };
  std::vector<Update> updates;  // in their order on each rank
  std::vector<double> bytes;    // sent by each rank
  std::vector<std::int64_t> messages;
  std::vector<std::int64_t> steps;  // observed by each rank

  [[nodiscard]] std::vector<std::int64_t> staleness(int rank) const {
    std::vector<std::int64_t> all;
    for (const Update& one : updates) {
      if (one.rank == rank) all.push_back(one.record.staleness);
    }
    return all;
  }
  [[nodiscard]] std::vector<int> who(int rank) const {
    std::vector<int> all;
    for (const Update& one : updates) {
      if (one.rank == rank) all.push_back(one.record.worker);
    }
    return all;
  }
  [[nodiscard]] std::vector<bool> applied(int rank) const {
    std::vector<bool> all;
    for (const Update& one : updates) {
      if (one.rank == rank) all.push_back(one.record.applied);
    }
    return all;
  }
};

// The device of one rank: computes the gradient when the first backward pass is launched.
class TracedDevice : public Device {
 public:
  TracedDevice(int rank, const TracedOptions& options)
      : weights(options.initial),
        gradients(options.initial.size()),
        rank_(rank),
        options_(options) {}

  void begin_step(std::int64_t step) override {
    step_ = step;
    computed_ = false;
  }
  Event launch(const Task& task) override {
    if (task.pass == Pass::backward && !std::exchange(computed_, true)) {
      std::ranges::copy(options_.gradient(rank_, step_, weights), gradients.begin());
    }
    if (task.pass == Pass::update) update(task);
    return {};
  }
  Event compute(const Arithmetic& arithmetic) override {
    arithmetic.work();
    if (options_.computed) options_.computed(rank_, arithmetic.name);
    return {};
  }
  void wait(Event) override {}
  bool happened(Event) override { return true; }
  Duration busy() override { return Duration(0); }

  [[nodiscard]] std::int64_t step() const { return step_; }

  std::vector<float> weights, gradients;

 private:
  void update(const Task& task) {
    const bool own = task.gradients.elements == 0;
    const Tensor from =
        own ? tensor_of(gradients).part(task.range.begin, task.range.size()) : task.gradients;
    const float scale = static_cast<float>(task.scale) / (task.times_rate ? options_.rate : 1);
    for (std::int64_t i = 0; i < task.range.size(); ++i) {
      weights[static_cast<std::size_t>(task.range.begin + i)] -=
          options_.rate * scale * from.floats()[i];
    }
  }

  int rank_;
  const TracedOptions& options_;
  std::int64_t step_ = 0;
  bool computed_ = false;
};

inline Traced run_traced(const Strategy& strategy, const TracedOptions& options) {
  const int ranks = strategy.roles().ranks();
  std::vector<std::unique_ptr<TracedDevice>> devices;
  for (int rank = 0; rank < ranks; ++rank) {
    devices.push_back(std::make_unique<TracedDevice>(rank, options));
  }
  MemoryWorldOptions memory;
  memory.device = [&](int rank) -> Device& { return *devices[static_cast<std::size_t>(rank)]; };
  Traced result;
  result.bytes.resize(devices.size());
  result.messages.resize(devices.size());
  result.steps.resize(devices.size());
  std::mutex mutex;
  run_in_memory(ranks, memory, [&](World& world) {
    const int rank = world.transport().rank();
    const auto me = static_cast<std::size_t>(rank);
    TracedDevice& device = *devices[me];
    std::vector<std::unique_ptr<std::vector<float>>> memory_of_rank;
    ModelTensors model{tensor_of(device.weights), tensor_of(device.gradients)};
    model.allocate = [&](std::int64_t elements) {
      memory_of_rank.push_back(
          std::make_unique<std::vector<float>>(static_cast<std::size_t>(elements)));
      return tensor_of(*memory_of_rank.back());
    };
    model.updated = [&](const UpdateRecord& update) {
      {
        const std::lock_guard<std::mutex> lock(mutex);
        result.updates.push_back({rank, update});
      }
      if (options.updated) options.updated(rank, update);
    };
    if (options.ended) model.ended = [&] { return options.ended(rank, device.step()); };
    strategy.run(world, model, [&](std::int64_t step, const StepRecord& record) {
      EXPECT_EQ(step, result.steps[me]++);
      EXPECT_NEAR(record.parts.sum().value(), (record.end - record.begin).value(), 1e-9);
      if (options.stepped) options.stepped(rank, step);
    });
    result.bytes[me] = world.transport().sent().value();
    result.messages[me] = world.transport().messages_sent();
  });
  for (const auto& device : devices) result.weights.push_back(device->weights);
  return result;
}

}  // namespace rehearse
