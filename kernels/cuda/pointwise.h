// A layer that is a function of each element alone.
#pragma once

#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/operation.h"

namespace rehearse::cuda {

template <Function kFunction>
class PointwiseOperation final : public Operation {
 public:
  explicit PointwiseOperation(const Site& site)
      : engine_(site.engine), backward_(site.wants_input_gradient()) {}

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    apply(kFunction, operands_.inputs.front(), operands_.output, engine_.stream());
  }
  void backward_data() override {
    if (!backward_) return;
    const Tensor& kept = is_of_output(kFunction) ? operands_.output : operands_.inputs.front();
    apply_backward(kFunction, kept, operands_.output_gradient, operands_.input_gradients.front(),
                   engine_.stream());
  }

 private:
  Engine& engine_;
  const bool backward_;
  Operands operands_;
};

template <Function kFunction>
OperationKind pointwise_operation() {
  return {.make = construct<PointwiseOperation<kFunction>>,
          .takes_sequences = true,
          .backward_reads_input = !is_of_output(kFunction),
          .backward_reads_output = is_of_output(kFunction),
          .overwrites_input = is_of_output(kFunction),
          .overwrites_gradient = true};
}

}  // namespace rehearse::cuda
