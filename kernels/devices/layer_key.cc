#include "kernels/devices/layer_key.h"

#include "base/contract.h"
#include "kernels/devices/layer_fusion.h"

namespace rehearse {
namespace {

std::string pair(std::int64_t height, std::int64_t width) {
  return std::to_string(height) + "x" + std::to_string(width);
}

std::string window_text(const Window& window) {
  return " kernel " + pair(window.kernel_height, window.kernel_width) + " stride " +
         pair(window.stride_height, window.stride_width) + " padding " +
         pair(window.padding_height, window.padding_width);
}

std::string body(const Model& model, std::size_t index) {
  const Layer& layer = model.layers()[index];
  std::string out = to_text(layer.output);
  const std::string in = layer.inputs.empty() ? "" : to_text(model.input_of(index));
  switch (layer.kind) {
    case LayerKind::convolution:
      return in + " -> " + out + window_text(layer.window) + " groups " +
             std::to_string(layer.groups) + (layer.bias ? " bias" : "");
    case LayerKind::dense:
      return in + " -> " + out + (layer.bias ? " bias" : "");
    case LayerKind::max_pool:
    case LayerKind::average_pool:
      return in + " -> " + out + window_text(layer.window);
    case LayerKind::global_average_pool:
    case LayerKind::flatten:
      return in + " -> " + out;
    case LayerKind::add:
      return std::to_string(layer.inputs.size()) + " of " + out;
    case LayerKind::concat: {
      std::string parts;
      for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
        parts += (i == 0 ? "" : " ") + to_text(model.input_of(index, i));
      }
      return parts;
    }
    case LayerKind::lrn:
      return out + " size " + std::to_string(layer.lrn_size);
    case LayerKind::input:
    case LayerKind::relu:
    case LayerKind::batch_norm:
    case LayerKind::dropout:
    case LayerKind::softmax_cross_entropy:
      break;
  }
  return out;
}

}  // namespace

std::string layer_key(const Model& model, std::size_t layer) {
  EXPECTS(layer < model.layers().size());
  const Layer& at = model.layers()[layer];
  std::string key = std::string(to_text(at.kind)) + " " + body(model, layer);
  if (applies_relu(model, layer)) key += " relu fused";
  if (is_fused_relu(model, layer)) {
    key += " fused into " + std::string(to_text(model.layers()[at.inputs.front()].kind));
  }
  if (!model.needs_backward_data(layer) && layer > 0) key += " first";
  if (model.consumers(layer) > 1) key += " shared " + std::to_string(model.consumers(layer));
  return key;
}

}  // namespace rehearse
