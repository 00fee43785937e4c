// Functions of each element alone: gelu, sigmoid and others.
#pragma once

#include "kernels/models/ops/layer_op.h"

namespace rehearse {

// What the gradient is computed from.
enum class PointwiseGradient { of_input, of_output };

class Pointwise : public LayerOp {
 public:
  // `operations`: for an element, forward; the gradient takes about as many.
  Pointwise(double operations, PointwiseGradient gradient)
      : operations_(operations), gradient_(gradient) {}

  [[nodiscard]] SampleWork forward(const Layer&, double, double out) const final {
    return {operations_ * out, 2 * out, 0};
  }
  // Reads the gradient and the tensor it is computed from, writes the gradient.
  [[nodiscard]] SampleWork backward_data(const Layer&, double, double out) const final {
    return {operations_ * out, 3 * out, 0};
  }
  [[nodiscard]] bool backward_reads_input() const final {
    return gradient_ == PointwiseGradient::of_input;
  }
  [[nodiscard]] bool backward_reads_output() const final {
    return gradient_ == PointwiseGradient::of_output;
  }
  [[nodiscard]] bool is_elementwise() const final { return true; }

 private:
  double operations_;
  PointwiseGradient gradient_;
};

}  // namespace rehearse
