#include "kernels/loss_weight.h"

#include "kernels/models/ops/layer_op.h"

namespace rehearse {

bool is_main_loss(const Model& model, std::size_t layer) {
  for (std::size_t i = layer + 1; i < model.layers().size(); ++i) {
    if (op_of(model.layers()[i].kind).is_loss()) return false;
  }
  return true;
}

double loss_weight(const Model& model, std::size_t layer) {
  constexpr double kAuxiliary = 0.3;
  return is_main_loss(model, layer) ? 1 : kAuxiliary;
}

}  // namespace rehearse
