// What all optimizers share: the tensors, the slots, the count of steps. Internal to the folder.
#pragma once

#include <memory>
#include <vector>

#include "kernels/optimizer.h"

namespace rehearse {

class SlotOptimizer : public Optimizer {
 public:
  SlotOptimizer(OptimizerOptions options, std::vector<OptimizerTensor> tensors, int threads);

  void update(const Tensor& parameters, const Tensor& gradients, const UpdateFactors& factors,
              std::int64_t begin, std::int64_t end) final;
  [[nodiscard]] Tensor state() final {
    return {state_.data(), static_cast<std::int64_t>(state_.size())};
  }
  [[nodiscard]] std::int64_t steps() const final { return steps_; }
  void set_steps(std::int64_t steps) final;

 protected:
  struct Step {
    float* parameters;
    const float* gradients;  // of the elements from `first` on
    std::int64_t first;
    std::int64_t begin, end;     // elements
    double scale, lr, momentum;  // momentum with its correction
    std::int64_t number;         // from 1

    [[nodiscard]] const float* gradient(std::int64_t element) const {
      return gradients + (element - first);
    }
  };
  virtual void update(const Step& step) = 0;

  // body(tensor, its first element) for the tensors of the step.
  template <class Body>
  void for_each_tensor(const Step& step, const Body& body) const {
    std::int64_t begin = 0;
    for (const OptimizerTensor& tensor : tensors_) {
      if (begin >= step.begin && begin < step.end) body(tensor, begin);
      begin += tensor.elements;
    }
  }

  [[nodiscard]] const OptimizerOptions& options() const { return options_; }
  [[nodiscard]] int threads() const { return threads_; }
  [[nodiscard]] float* slot(int index) { return state_.data() + index * elements_; }

 private:
  OptimizerOptions options_;
  std::vector<OptimizerTensor> tensors_;
  std::int64_t elements_;
  int threads_;
  std::vector<float> state_;
  std::int64_t steps_ = 0;
};

// Throws Error::input as expect_optimizer. Element-wise loops use `threads` threads; results do not
// depend on it.
std::unique_ptr<Optimizer> make_cpu_optimizer(const OptimizerOptions& options,
                                              std::vector<OptimizerTensor> tensors, int threads);

std::unique_ptr<Optimizer> make_sgd(const OptimizerOptions&, std::vector<OptimizerTensor>, int);
std::unique_ptr<Optimizer> make_adam(const OptimizerOptions&, std::vector<OptimizerTensor>, int);
std::unique_ptr<Optimizer> make_lamb(const OptimizerOptions&, std::vector<OptimizerTensor>, int);
std::unique_ptr<Optimizer> make_layerwise(const OptimizerOptions&, std::vector<OptimizerTensor>,
                                          int);

}  // namespace rehearse
