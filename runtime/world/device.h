// What computes for a rank: a stream on which tasks run in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/units.h"
#include "kernels/tensor.h"

namespace rehearse {

// A point on a device's stream: work launched up to it is complete. Comparable within one device.
struct Event {
  double ticket = 0;
};

// backward_input and backward_weights are the two parts of a backward pass that a pipeline splits.
enum class Pass : std::uint8_t {
  forward,
  backward,
  update,
  input,
  backward_input,
  backward_weights
};

// Parameters [begin, end) in the order in which their gradients become ready; whole tensors.
struct ParameterRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  [[nodiscard]] std::int64_t size() const { return end - begin; }
};

// The kernels that a device runs for one layer in one pass; layers are numbered as in the Model.
// Pass::input brings the next batch to the device, Pass::update is the optimizer's step over a
// range of the parameters, whose gradients it multiplies by `scale` first; neither names a layer.
struct Task {
  Pass pass = Pass::forward;
  std::size_t layer = 0;
  ParameterRange range{};
  double scale = 1;
  // Of an update by gradients that are not the model's own: those of the range; and how many steps
  // these parameters will have taken with it (0: as many as the optimizer counts).
  Tensor gradients{};
  std::int64_t number = 0;
  bool times_rate = false;  // the gradients have been multiplied by the rate of their step
  // Of ranks that compute several parts of a model and several microbatches at a time
  // (runtime/parallel/rank_program.h): the part that has the layer, the microbatch of the step, and
  // the place of that microbatch among those that are under way in this part.
  int chunk = 0, microbatch = 0, slot = 0;
  // Of a task that stands for a whole pass over a chunk: how much of that pass it is.
  double share = 1;
};

inline Task update_of(ParameterRange range, double scale) {
  return {.pass = Pass::update, .range = range, .scale = scale};
}

// Element by element work on tensors that is no kernel of a layer: what a server does with what it
// receives, how weights are pulled together, how gradients are packed.
struct Arithmetic {
  std::string_view name;         // for timelines; lives as long as the program
  Bytes traffic;                 // through the device's memory, read and written
  std::function<void()> work{};  // called once where there are numbers
};

class Device {
 public:
  virtual ~Device() = default;
  // Tasks launched from now on belong to this step, counted from 0 in the order of the program:
  // it selects the noise of simulated steps, and rate and dropout of real ones.
  virtual void begin_step(std::int64_t step) = 0;
  // Enqueues the task behind everything launched before and returns when the host may go on, which
  // on an accelerator is long before the device is done.
  virtual Event launch(const Task& task) = 0;
  // Enqueues the arithmetic likewise; simulated devices without numbers charge its traffic only. Of
  // a background task it runs beside what the main task has launched: on a stream of its own, or on
  // the core that the rank's tasks share.
  virtual Event compute(const Arithmetic& arithmetic) = 0;
  // Blocks the caller until the event has happened.
  virtual void wait(Event event) = 0;
  // Whether it has happened by now. An event that another task learned of through a Signal
  // included.
  [[nodiscard]] virtual bool happened(Event event) = 0;
  // The time for which the device has run kernels of the main task since the start.
  [[nodiscard]] virtual Duration busy() = 0;
};

}  // namespace rehearse
