// What max_pool and average_pool have in common.
#pragma once

#include "kernels/models/ops/layer_op.h"

namespace rehearse {

class WindowPool : public LayerOp {
 public:
  [[nodiscard]] std::vector<LayerKey> keys() const final;
  void read(ObjectReader& layer, LayerSpec& spec) const final;
  void take_attributes(const LayerSpec& spec, Layer& layer) const final;
  [[nodiscard]] Shape output(const LayerSpec& spec, const std::vector<Shape>& inputs) const final;
  [[nodiscard]] SampleWork forward(const Layer& layer, double in, double out) const final;
  [[nodiscard]] std::string key(const Layer& layer, const std::vector<Shape>& inputs) const final;

 protected:
  static double window_size(const Layer& layer);  // elements
};

}  // namespace rehearse
