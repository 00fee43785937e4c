// Ranks that train a handful of numbers in the memory world, or on devices over NCCL's stand-in, in
// an order that the test sets: what each of them computes can be followed by hand.
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
#include "tests/runtime/fake_nccl/fake_nccl_world.h"

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
  bool on_devices = false;     // else in the memory world
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
  TracedDevice(int rank, const TracedOptions& options) : rank_(rank), options_(options) {}

  // Before anything is launched: its numbers are in the memory of this backend until take().
  void place(const Backend& backend) {
    backend_ = &backend;
    const auto elements = static_cast<std::int64_t>(options_.initial.size());
    weights_ = backend.allocate(elements, ElementType::float32);
    gradients_ = backend.allocate(elements, ElementType::float32);
    put(options_.initial, weights());
  }
  [[nodiscard]] std::vector<float> take() {
    std::vector<float> last = values(weights());
    weights_.reset();
    gradients_.reset();
    return last;
  }
  [[nodiscard]] Tensor weights() const { return weights_->tensor(); }
  [[nodiscard]] Tensor gradients() const { return gradients_->tensor(); }

  void begin_step(std::int64_t step) override {
    step_ = step;
    computed_ = false;
  }
  Event launch(const Task& task) override {
    if (task.pass == Pass::backward && !std::exchange(computed_, true)) {
      put(options_.gradient(rank_, step_, values(weights())), gradients());
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

 private:
  [[nodiscard]] std::vector<float> values(const Tensor& tensor) const {
    std::vector<float> copy(static_cast<std::size_t>(tensor.elements));
    backend_->copy(tensor, tensor_of(copy));
    return copy;
  }
  void put(std::vector<float> from, const Tensor& to) const { backend_->copy(tensor_of(from), to); }
  void update(const Task& task) {
    const bool own = task.gradients.elements == 0;
    const std::vector<float> from =
        values(own ? gradients().part(task.range.begin, task.range.size()) : task.gradients);
    const Tensor part = weights().part(task.range.begin, task.range.size());
    std::vector<float> updated = values(part);
    const float scale = static_cast<float>(task.scale) / (task.times_rate ? options_.rate : 1);
    for (std::size_t i = 0; i < updated.size(); ++i) {
      updated[i] -= options_.rate * scale * from[i];
    }
    put(updated, part);
  }

  int rank_;
  const TracedOptions& options_;
  std::int64_t step_ = 0;
  bool computed_ = false;
  const Backend* backend_ = nullptr;
  std::unique_ptr<DeviceBuffer> weights_, gradients_;
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
  result.weights.resize(devices.size());
  result.bytes.resize(devices.size());
  result.messages.resize(devices.size());
  result.steps.resize(devices.size());
  std::mutex mutex;
  const auto program = [&](World& world, const Backend& backend) {
    const int rank = world.transport().rank();
    const auto me = static_cast<std::size_t>(rank);
    TracedDevice& device = *devices[me];
    device.place(backend);
    std::vector<std::unique_ptr<DeviceBuffer>> memory_of_rank;
    ModelTensors model{device.weights(), device.gradients()};
    model.backend = &backend;
    model.allocate = [&](std::int64_t elements) {
      return memory_of_rank.emplace_back(backend.allocate(elements, ElementType::float32))
          ->tensor();
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
    result.weights[me] = device.take();
  };
  if (options.on_devices) {
    run_on_fake_devices(ranks, memory, program);
  } else {
    run_in_memory(ranks, memory, [&](World& world) { program(world, cpu_backend()); });
  }
  return result;
}

}  // namespace rehearse
