// Normalisation of each step of a sequence over its channels.
#pragma once

#include "kernels/models/ops/layer_op.h"

namespace rehearse {

class StepNorm : public LayerOp {
 public:
  // The mean square in one pass (2), x * scale in another (2); a mean and a shift take one each.
  [[nodiscard]] SampleWork forward(const Layer& layer, double, double out) const final {
    return {6 * out, 2 * out, weights(layer)};
  }
  // Reads x and dy, writes dx.
  [[nodiscard]] SampleWork backward_data(const Layer& layer, double, double out) const final {
    return {8 * out, 3 * out, weights(layer)};
  }
  // Sums dy x and dy over all steps.
  [[nodiscard]] SampleWork backward_weights(const Layer& layer, double, double out) const final {
    return {4 * out, 2 * out, weights(layer)};
  }
  [[nodiscard]] bool backward_reads_input() const final { return true; }

 private:
  static double weights(const Layer& layer) {
    return static_cast<double>(parameter_elements(layer));
  }
};

}  // namespace rehearse
