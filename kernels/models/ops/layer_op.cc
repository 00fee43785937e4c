#include "kernels/models/ops/layer_op.h"

#include <array>

namespace rehearse {

Shape LayerOp::output(const LayerSpec& /*spec*/, const std::vector<Shape>& inputs) const {
  return inputs.front();
}

std::vector<ParameterTensor> LayerOp::parameters(const Layer& /*layer*/,
                                                 const std::vector<Shape>& /*inputs*/) const {
  return {};
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
