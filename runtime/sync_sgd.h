// Synchronous data-parallel SGD: every worker computes gradients of its share of the batch,
// gradients are averaged over all workers while the backward pass runs, every worker applies the
// same update.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/gradient_reducer.h"
#include "runtime/run_summary.h"
#include "runtime/world.h"

namespace rehearse {

// What the training program must know of a model: layers in forward order, and for each the
// elements of its trainable parameters (none for most). Layers without gradients to compute may be
// left out.
struct TrainingLayer {
  std::size_t layer = 0;                 // as numbered in the Model
  std::vector<std::int64_t> parameters;  // elements per tensor
};

class SyncSgd {
 public:
  struct Options {
    std::int64_t steps = 1;
    ReducerOptions reducer;
  };

  // Called after every step on this rank's main task.
  using Observer = std::function<void(std::int64_t step, const StepRecord&)>;

  SyncSgd(std::vector<TrainingLayer> layers, Options options)
      : layers_(std::move(layers)), options_(std::move(options)) {}

  // The training program of one worker. `parameters` and `gradients` hold all tensors one behind
  // the other in the order in which gradients become ready; null data in a simulated world.
  void run(World& world, Buffer parameters, Buffer gradients, const Observer& observe) const;

  // The sizes of the gradients in the order in which they become ready: last layer first.
  [[nodiscard]] std::vector<std::int64_t> gradient_elements() const;

  [[nodiscard]] const Options& options() const { return options_; }

 private:
  [[nodiscard]] StepRecord step(World& world, GradientReducer* reducer) const;

  std::vector<TrainingLayer> layers_;
  Options options_;
};

}  // namespace rehearse
