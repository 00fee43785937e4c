#include "kernels/models/layer.h"

namespace rehearse {

std::string to_text(const Shape& shape) {
  std::string text = std::to_string(shape.channels);
  if (shape.depth != 1) text += "x" + std::to_string(shape.depth);
  if (shape.height != 1 || shape.width != 1 || shape.depth != 1) {
    text += "x" + std::to_string(shape.height) + "x" + std::to_string(shape.width);
  }
  if (shape.sequence != 1) text = std::to_string(shape.sequence) + "x" + text;
  return text;
}

std::string_view to_text(LayerKind kind) { return kLayerKindNames.text(kind); }

std::int64_t parameter_elements(const Layer& layer) {
  std::int64_t sum = 0;
  for (const ParameterTensor& tensor : layer.parameters) sum += tensor.elements;
  return sum;
}

}  // namespace rehearse
