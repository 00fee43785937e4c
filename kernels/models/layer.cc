#include "kernels/models/layer.h"

namespace rehearse {

std::string to_text(const Shape& shape) {
  std::string text = std::to_string(shape.channels);
  if (shape.height != 1 || shape.width != 1) {
    text += "x" + std::to_string(shape.height) + "x" + std::to_string(shape.width);
  }
  if (shape.sequence != 1) text = std::to_string(shape.sequence) + "x" + text;
  return text;
}

const std::vector<std::string>& layer_kind_names() {
  static const std::vector<std::string> names{"input",
                                              "convolution",
                                              "dense",
                                              "relu",
                                              "max_pool",
                                              "average_pool",
                                              "global_average_pool",
                                              "batch_norm",
                                              "add",
                                              "concat",
                                              "flatten",
                                              "lrn",
                                              "dropout",
                                              "softmax_cross_entropy"};
  return names;
}

std::string_view to_text(LayerKind kind) {
  return layer_kind_names()[static_cast<std::size_t>(kind)];
}

}  // namespace rehearse
