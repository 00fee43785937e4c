// A function of each element alone, in any layout. `Function` has
//
//   static float value(float x);
//   static float slope(float x);               of the input, or, with kOfOutput, of the output
//   static constexpr bool kOfOutput, kKeepsZero;
#pragma once

#include "kernels/cpu/operation.h"
#include "kernels/cpu/vector_loop.h"
#include "kernels/cpu/vector_math.h"

namespace rehearse::cpu {

template <class Function>
class PointwiseOperation final : public Operation {
 public:
  explicit PointwiseOperation(const Site& site)
      : Operation({}),
        shape_(site.layer().output),
        batch_(site.batch),
        backward_(site.model.needs_backward_data(site.index)),
        size_(stored_elements(shape_, batch_)) {}

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    const float* from = operands_.inputs.front();
    float* to = operands_.output;
    for_each(size_, [=](std::size_t i) REHEARSE_INLINE { to[i] = Function::value(from[i]); });
    if (!Function::kKeepsZero) clear_filling(shape_, batch_, to);
  }

  void backward_data() override {
    if (!backward_) return;
    const float* at = Function::kOfOutput ? operands_.output : operands_.inputs.front();
    const float* gradient = operands_.output_gradient;
    float* to = operands_.input_gradients.front();
    for_each(size_,
             [=](std::size_t i) REHEARSE_INLINE { to[i] = gradient[i] * Function::slope(at[i]); });
  }

 private:
  const Shape shape_;
  const std::int64_t batch_;
  const bool backward_;
  const std::size_t size_;
  Operands operands_;
};

template <class Function>
OperationKind pointwise_operation() {
  return {.make = construct<PointwiseOperation<Function>>,
          .takes_sequences = true,
          .backward_reads_input = !Function::kOfOutput,
          .backward_reads_output = Function::kOfOutput,
          .overwrites_input = Function::kOfOutput,
          .overwrites_gradient = true};
}

}  // namespace rehearse::cpu
