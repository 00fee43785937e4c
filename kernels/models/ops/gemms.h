// Products of matrices inside a layer that is several kernels.
#pragma once

#include "kernels/models/ops/layer_op.h"

namespace rehearse {

// The product of `rows` vectors (of one sample) of `in` features with a matrix of in x out weights.
struct Gemm {
  double rows, in, out;
  std::int64_t groups = 1;  // matrices, among which the rows are shared out evenly

  [[nodiscard]] double multiply_adds() const { return rows * in * out; }
  [[nodiscard]] double weights() const { return static_cast<double>(groups) * in * out; }

  [[nodiscard]] KernelWork forward() const;
  [[nodiscard]] KernelWork data_gradient() const;
  [[nodiscard]] KernelWork weight_gradient() const;
};

// A kind each of whose directions is a list of kernels, whose work is the sum of theirs.
class OfKernels : public LayerOp {
 public:
  [[nodiscard]] SampleWork forward(const Layer& layer, double in, double out) const final;
  [[nodiscard]] SampleWork backward_data(const Layer& layer, double in, double out) const final;
  [[nodiscard]] SampleWork backward_weights(const Layer& layer, double in, double out) const final;
};

// A kernel that moves so many elements of one sample.
KernelWork stream(double elements, double flops = 0);

}  // namespace rehearse
