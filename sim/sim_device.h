// A device in the simulated world: one stream on which tasks run in order, each as long as the cost
// model says times the noise of the step. Launching costs the host a fixed time per kernel.
#pragma once

#include <functional>
#include <vector>

#include "base/trace_span.h"
#include "runtime/world.h"
#include "sim/noise.h"
#include "sim/sim_clock.h"

namespace rehearse {

struct TaskCost {
  Duration device;  // kernels of the task on the stream
  Duration host;    // enqueueing them
};

// Shared by all ranks: forward and backward per layer as numbered in the Model, bringing in the
// batch, and the update.
struct TaskCosts {
  std::vector<TaskCost> forward, backward;
  TaskCost input, update;

  [[nodiscard]] const TaskCost& of(const Task& task) const;
};

class SimDevice : public Device {
 public:
  SimDevice(int rank, const TaskCosts& costs, const NoiseModel& noise, HostClock& host);

  Event launch(const Task& task) override;
  void wait(Event event) override;  // by the main task
  Duration busy() override { return busy_; }

  // Steps are counted by their updates.
  [[nodiscard]] std::int64_t step() const { return step_; }

  // Told of every task of one step when set.
  std::function<void(std::int64_t step, const Task&, Duration begin, Duration end)> observer;

 private:
  int rank_;
  const TaskCosts& costs_;
  const NoiseModel& noise_;
  HostClock& host_;
  Duration free_;  // when the stream has run all that was launched
  Duration busy_;
  std::int64_t step_ = 0;
  Pass pass_ = Pass::update;  // of the factor below
  double factor_ = 1;
};

// The same device as a background task sees it: it can wait for events, not launch.
class DeviceEvents : public Device {
 public:
  explicit DeviceEvents(SimDevice& device) : device_(device) {}

  Event launch(const Task& task) override;  // a contract violation
  void wait(Event event) override;
  Duration busy() override { return device_.busy(); }

 private:
  SimDevice& device_;
  EngineClock engine_;
};

}  // namespace rehearse
