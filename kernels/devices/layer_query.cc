#include "kernels/devices/layer_query.h"

#include <algorithm>

#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

double real(std::int64_t number) { return static_cast<double>(number); }

MatrixShape of_weights(const LayerPass& pass) {
  const Layer& layer = pass.layer();
  const double window = real(layer.window.size());
  const double outputs = real(layer.output.channels) / real(layer.groups);
  const double positions =
      real(pass.batch) * real(layer.output.elements()) / real(layer.output.channels);
  switch (pass.direction) {
    case Direction::forward:
      return {layer.products, outputs};
    case Direction::backward_data:
      return {outputs * window, layer.products / window};
    case Direction::backward_weights:
      break;
  }
  return {positions, outputs};
}

bool is_depthwise(const Layer& layer, const Shape& in) {
  return layer.groups > 1 && layer.groups == in.channels;
}

KernelDirection direction_of(Direction direction) {
  switch (direction) {
    case Direction::forward:
      return KernelDirection::forward;
    case Direction::backward_data:
      return KernelDirection::backward_data;
    case Direction::backward_weights:
      break;
  }
  return KernelDirection::backward_weights;
}

ConvolutionShape convolution_of(const Layer& layer, const Shape& in, std::int64_t batch) {
  return {.n = real(batch),
          .c = real(in.channels),
          .h = real(in.height),
          .w = real(in.width),
          .k = real(layer.output.channels),
          .r = real(layer.window.kernel_height),
          .s = real(layer.window.kernel_width),
          .pad_h = real(layer.window.padding_height),
          .pad_w = real(layer.window.padding_width),
          .stride_h = real(layer.window.stride_height),
          .stride_w = real(layer.window.stride_width),
          .p = real(layer.output.height),
          .q = real(layer.output.width),
          .groups = real(layer.groups)};
}

AttentionKernel attention_of(const Layer& layer, std::int64_t batch) {
  const AttentionShape& a = layer.attention;
  // Ranks that share a sequence do a part of its pairs each, as many as a part of its heads have.
  return {.batch = real(batch) / real(a.context),
          .seq = real(layer.steps * a.context),
          .heads = real(a.heads),
          .kv_heads = real(a.kv_heads),
          .head_dim = real(a.head_dim),
          .v_head_dim = real(a.value_dim),
          .causal = a.causal};
}

// What is left of the operations of each product is the third extent.
std::optional<ProductShape> product_of(const Kernels& kernel, const MatrixShape& shape) {
  const double groups = real(kernel.groups);
  const double rows = kernel.work.flops.value() / (2 * groups * shape.reduction * shape.features);
  if (!(rows > 0)) return std::nullopt;
  return ProductShape{.m = rows, .n = shape.features, .k = shape.reduction, .batch_count = groups};
}

KernelKind row_kind(LayerKind kind) {
  if (kind == LayerKind::layer_norm || kind == LayerKind::rms_norm) return KernelKind::layernorm;
  const bool softmax = kind == LayerKind::softmax || kind == LayerKind::softmax_cross_entropy;
  return softmax ? KernelKind::softmax : KernelKind::elementwise;
}

}  // namespace

std::optional<MatrixShape> matrix_shape(const Kernels& kernel, const LayerPass& pass) {
  if (kernel.reduction > 0) return MatrixShape{kernel.reduction, kernel.features};
  const Layer& layer = pass.layer();
  if (kernel.attends) return MatrixShape{real(layer.attention.head_dim), real(layer.steps)};
  const LayerOp& op = op_of(layer.kind);
  const bool one_product = op.multiplies_matrices() && op.kernels(layer, pass.direction).empty() &&
                           !is_depthwise(layer, pass.model.input_of(pass.index));
  if (!one_product) return std::nullopt;
  return of_weights(pass);
}

bool is_of_sequence(const LayerPass& pass) {
  return pass.layer().steps > 1 || pass.layer().output.sequence > 1;
}

std::optional<KernelQuery> kernel_query(const Kernels& kernel,
                                        const std::optional<MatrixShape>& product,
                                        const LayerPass& pass, Precision precision) {
  const Layer& layer = pass.layer();
  KernelQuery query{.shape = {}, .direction = direction_of(pass.direction)};
  if (kernel.attends) {
    query.shape = attention_of(layer, pass.batch);
    if (pass.direction != Direction::forward) query.direction = KernelDirection::backward_total;
    return query;
  }
  if (product && kernel.reduction == 0 && layer.kind == LayerKind::convolution) {
    query.shape = convolution_of(layer, pass.model.input_of(pass.index), pass.batch);
    return query;
  }
  if (product) {
    const auto shape = product_of(kernel, *product);
    if (!shape) return std::nullopt;
    query.shape = *shape;
    return query;
  }
  if (!is_of_sequence(pass)) return std::nullopt;
  const double element = std::max(element_size(precision), Bytes(2)).value();
  const double cols = real(layer.output.channels);
  query.shape = RowShape{.kind = row_kind(layer.kind),
                         .rows = kernel.work.bytes.value() / (2 * element * cols),
                         .cols = cols};
  query.direction = KernelDirection::forward;
  return query;
}

}  // namespace rehearse
