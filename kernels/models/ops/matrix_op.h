// What convolutions and dense layers have in common: products with a matrix of weights.
#pragma once

#include "kernels/models/ops/layer_op.h"

namespace rehearse {

class MatrixOp : public LayerOp {
 public:
  [[nodiscard]] SampleWork forward(const Layer& layer, double in, double out) const final;
  [[nodiscard]] SampleWork backward_data(const Layer& layer, double in, double out) const final;
  [[nodiscard]] SampleWork backward_weights(const Layer& layer, double in, double out) const final;
  [[nodiscard]] bool multiplies_matrices() const final { return true; }
  [[nodiscard]] double multiply_adds(const Layer& layer) const final;
  [[nodiscard]] ReluFusion relu_fusion() const final { return ReluFusion::forward; }
  [[nodiscard]] bool backward_reads_input() const final { return true; }

 protected:
  // A weight and a bias where the layer has one. Throws Error::input for a weight that is too
  // large.
  static std::vector<ParameterTensor> weight_and_bias(const Layer& layer, double elements);
};

}  // namespace rehearse
