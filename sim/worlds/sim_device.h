// A device in the simulated world: one stream on which tasks run in order, each as long as the cost
// model says times the noise of the step.
//
// An accelerator's host enqueues a task in a fixed time per kernel and runs ahead of the stream. A
// CPU (shares_core) is its own host: launch returns when the task is done, and what the rank
// communicates meanwhile on the same core makes the task last longer.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/trace_span.h"
#include "runtime/world/world.h"
#include "sim/engine/sim_clock.h"
#include "sim/noise/noise.h"
#include "sim/worlds/computation.h"
#include "sim/worlds/sim_input.h"

namespace rehearse {

struct TaskCost {
  Duration device;  // kernels of the task on the stream
  Duration host;    // enqueueing them
};

// Shared by all ranks: forward and backward per layer as numbered in the Model, bringing in the
// batch, and the update.
struct TaskCosts {
  std::vector<TaskCost> forward, backward;
  // The parts of `backward` where a program launches them one by one; may be empty.
  std::vector<TaskCost> backward_input{}, backward_weights{};
  TaskCost input, update;
  // How fast arithmetic goes through memory, and what enqueueing it costs the host; a rate of zero:
  // it takes no time.
  Bandwidth memory{0};
  double traffic_scale = 1;  // where the clock is that of another model than the tensors
  Duration launch;
  // The device is the host's own core(s); a task's two costs are then work of that core. What
  // communication costs the core is said by the profile of the stack, see
  // sim/worlds/sim_transport.h.
  bool shares_core = false;
  // What a background task that sleeps while it waits (runtime/worlds/polling.h) costs a shared
  // core, each time.
  Duration wake_up;
  // Threads that read batches ahead of the training, on a shared core, else beside all that the
  // rank does; 0: a batch is read when it is asked for, by the device.
  int readers = 0;

  // Elements of the parameters that `update` is the cost of; 0: of whatever range is updated.
  std::int64_t parameters = 0;

  [[nodiscard]] const TaskCost& of(const Task& task) const;
  [[nodiscard]] Duration of(const Arithmetic& arithmetic) const;
  // The part of that cost that the device takes, by the range of an update.
  [[nodiscard]] double share_of(const Task& task) const;
};

class SimDevice : public Device {
 public:
  // `computation`: of an emulated rank; null: there are no numbers.
  SimDevice(int rank, const TaskCosts& costs, const StepNoise& noise, HostClock& host,
            Computation* computation = nullptr);

  void begin_step(std::int64_t step) override;
  Event launch(const Task& task) override;
  Event compute(const Arithmetic& arithmetic) override;
  void wait(Event event) override;  // by the main task
  bool happened(Event event) override;
  // As a clock on the wall sees it: with the time that a shared core gave to others meanwhile.
  Duration busy() override { return busy_; }

  // Of an emulated rank: returns when the numbers of all that was launched are there.
  void finish_numbers();

  // Waiting tasks of the rank take `work` of the shared core: what runs on it lasts longer by that.
  void interrupt(Duration work);

  // What arithmetic takes in this step, whoever runs it, and whether on a core that tasks share.
  [[nodiscard]] Duration time_of(const Arithmetic& arithmetic);
  // Of an emulated rank: does the arithmetic.
  void calculate(const Arithmetic& arithmetic);
  [[nodiscard]] bool shares_core() const { return costs_.shares_core; }

  // The step under way; before the first one, the first.
  [[nodiscard]] std::int64_t step() const { return step_; }

  // Told of every task of one step when set.
  std::function<void(std::int64_t step, const Task&, Duration begin, Duration end)> observer;

 private:
  // Both run a task up to free_ and return when it began: on the stream of an accelerator, whose
  // host enqueues it in `host`, or on the shared core.
  Duration run_on_stream(Duration host, Duration runs);
  Duration run_on_shared_core(Duration work);
  // What the passes of the step under way take longer than the cost model says.
  double step_factor();
  // Waits for a batch that readers bring.
  Event receive_batch();

  int rank_;
  const TaskCosts& costs_;
  const StepNoise& noise_;
  HostClock& host_;
  Computation* computation_;
  Duration free_;  // when the stream has run all that was launched
  Duration busy_;
  std::optional<Duration> interrupted_;  // by so much, the task that a shared core runs
  std::int64_t step_ = 0;
  std::int64_t factor_step_ = -1;  // whose factor is below
  double factor_ = 1;
  std::optional<SimInput> input_;
};

// The same device as a background task sees it: it can wait for events and compute, not launch.
class DeviceEvents : public Device {
 public:
  explicit DeviceEvents(SimDevice& device) : device_(device) {}

  void begin_step(std::int64_t step) override;  // a contract violation, as are
  Event launch(const Task& task) override;
  Event compute(const Arithmetic& arithmetic) override;
  void wait(Event event) override;
  bool happened(Event event) override;
  Duration busy() override { return device_.busy(); }

 private:
  SimDevice& device_;
  EngineClock engine_;
};

}  // namespace rehearse
