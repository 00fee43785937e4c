#include <ranges>

#include "kernels/optimizer.h"

namespace rehearse {

std::vector<OptimizerTensor> optimizer_tensors(const Model& model) {
  std::vector<OptimizerTensor> tensors;
  for (const Layer& layer : std::views::reverse(model.layers())) {
    for (std::size_t i = 0; i < layer.parameters.size(); ++i) {
      const bool weight = i == 0 && layer.kind != LayerKind::batch_norm;
      tensors.push_back({layer.parameters[i].elements, !weight});
    }
  }
  return tensors;
}

}  // namespace rehearse
