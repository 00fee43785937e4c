// One worker's copy of the model as the device of the real world sees it: does the arithmetic of
// each task that a training program launches.
//
//   Replica replica({...});
//   RealWorldOptions real{.device = &replica};
//
// A step is input, the layers forward, the layers backward, and any number of updates.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/backend.h"
#include "kernels/executor.h"
#include "kernels/loss_scale.h"
#include "kernels/optimizer.h"
#include "kernels/tensor.h"
#include "runtime/data/input_pipeline.h"
#include "runtime/optimizers/learning_rate.h"
#include "runtime/worlds/inline_device.h"

namespace rehearse {

class Replica : public InlineDevice {
 public:
  // Borrows what it points to. `first_step`: steps that an interrupted run has taken before.
  struct Parts {
    Executor* executor = nullptr;
    Optimizer* optimizer = nullptr;
    InputPipeline* input = nullptr;
    const LearningRate* rate = nullptr;
    const Backend* backend = nullptr;       // of executor and optimizer; null: the CPU's
    bool velocity_holds_rate = false;       // of the optimizer (optimizer.h)
    const LossScale* loss_scale = nullptr;  // null: 1
    int rank = 0;
    int workers = 1;
    std::int64_t first_step = 0;
  };

  explicit Replica(Parts parts) : parts_(parts), step_(parts.first_step) {}

  void begin_step(std::int64_t step) override { step_ = parts_.first_step + step; }

  // Programs that run one after the other in a training each count their steps from 0: those of the
  // next one follow so many.
  void count_steps_from(std::int64_t step) { parts_.first_step = step; }

  // For the training program: its parameters, and its gradients, which it sums over the workers.
  [[nodiscard]] Tensor parameters();
  [[nodiscard]] Tensor gradients();

  // The step under way, counted from the beginning of the training.
  [[nodiscard]] std::int64_t step() const { return step_; }
  // Of this replica's batches, one per step since construction; known when the backward pass
  // begins.
  [[nodiscard]] const std::vector<double>& losses() const { return losses_; }

 protected:
  void perform(const Task& task) override;
  std::unique_ptr<StreamMark> mark() override {
    return parts_.backend != nullptr ? parts_.backend->mark() : nullptr;
  }

 private:
  Parts parts_;
  std::int64_t step_;
  std::vector<double> losses_;
  bool loss_noted_ = false;  // of the step under way
  double loss_scale_ = 1;    // likewise
};

}  // namespace rehearse
