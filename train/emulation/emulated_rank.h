// The numbers of one rank of an emulated job: its weights, its gradients, its optimizer.
//
// The gradient of a step is one piece of work on a thread, begun at the virtual moment of the first
// forward pass with the weights of that moment, and waited for when the training program waits for
// its device. Updates are made at their virtual moment.
#pragma once

#include <memory>
#include <vector>

#include "kernels/optimizer.h"
#include "runtime/data/sample_order.h"
#include "runtime/optimizers/learning_rate.h"
#include "sim/worlds/computation.h"
#include "train/emulation/arithmetic_threads.h"

namespace rehearse {

// What the ranks of a job share.
struct EmulatedShared {
  std::shared_ptr<const Model> model;
  std::int64_t batch = 1;  // of a worker
  int workers = 1;
  ArithmeticThreads* threads = nullptr;
  std::shared_ptr<const Dataset> data;
  std::shared_ptr<SampleOrder> order;
  const LearningRate* rate = nullptr;
  std::vector<float> initial;     // parameters, as executors hold them
  std::vector<float> statistics;  // of batch normalisation, at the beginning
};

class EmulatedRank : public Computation {
 public:
  // Borrows what is shared. `rule`: of the optimizer of this rank.
  EmulatedRank(EmulatedShared& shared, int rank, OptimizerOptions rule);

  void begin_step(std::int64_t step) override { step_ = step; }
  void launch(const Task& task) override;
  void finish() override;

  [[nodiscard]] std::int64_t step() const { return step_; }  // under way

  // Parameters and gradients of all layers; memory that programs ask for lives as long as the rank.
  [[nodiscard]] ModelTensors tensors();
  [[nodiscard]] std::vector<float>& parameters() { return parameters_; }
  [[nodiscard]] const std::vector<float>& statistics() const { return statistics_; }
  // Of the last gradient. REQUIRES: there was one and it is finished.
  [[nodiscard]] double loss() const { return loss_; }

 private:
  void start_gradient();
  void update(const Task& task);

  EmulatedShared& shared_;
  int rank_;
  OptimizerOptions rule_;
  std::int64_t step_ = 0;
  std::vector<float> parameters_, gradients_, statistics_;
  std::vector<std::unique_ptr<std::vector<float>>> allocated_;
  std::unique_ptr<Optimizer> optimizer_;  // made at the first update
  std::vector<float> read_;               // the parameters from which the gradient is computed
  ArithmeticThreads::Work work_;
  bool working_ = false;
  std::vector<float> new_statistics_;  // of the work
  double new_loss_ = 0;
  double loss_ = 0;
};

}  // namespace rehearse
