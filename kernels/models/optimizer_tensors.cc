#include <ranges>

#include "kernels/optimizer.h"

namespace rehearse {

std::vector<OptimizerTensor> optimizer_tensors(const Model& model) {
  std::vector<OptimizerTensor> tensors;
  for (const Layer& layer : std::views::reverse(model.layers())) {
    for (const ParameterTensor& tensor : layer.parameters) {
      tensors.push_back({tensor.elements, tensor.role != ParameterRole::weight});
    }
  }
  return tensors;
}

}  // namespace rehearse
