#include "kernels/models/ops/layer_op.h"

#include <array>

namespace rehearse {

SampleWork sum(const std::vector<KernelWork>& kernels) {
  SampleWork total;
  for (const KernelWork& kernel : kernels) {
    const auto count = static_cast<double>(kernel.count);
    total.flops += count * kernel.work.flops;
    total.elements += count * kernel.work.elements;
    total.weights += count * kernel.work.weights;
  }
  return total;
}

Shape LayerOp::output(const LayerSpec& /*spec*/, const std::vector<Shape>& inputs) const {
  return inputs.front();
}

std::vector<ParameterTensor> LayerOp::parameters(const Layer& /*layer*/,
                                                 const std::vector<Shape>& /*inputs*/) const {
  return {};
}

double LayerOp::weight_variance(const Layer& layer, const ParameterTensor& tensor) const {
  return 2 * static_cast<double>(layer.output.channels) / static_cast<double>(tensor.elements);
}

std::string LayerOp::key(const Layer& layer, const std::vector<Shape>& /*inputs*/) const {
  return to_text(layer.output);
}

const LayerOp& op_of(LayerKind kind) {
  static const std::array ops{
#define REHEARSE_ADDRESS(kind) &kind##_op(),
      REHEARSE_LAYER_KINDS(REHEARSE_ADDRESS)
#undef REHEARSE_ADDRESS
  };
  return *ops.at(static_cast<std::size_t>(kind));
}

}  // namespace rehearse
