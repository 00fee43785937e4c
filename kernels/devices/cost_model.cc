#include "kernels/devices/cost_model.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "kernels/devices/kernel_laws.h"
#include "kernels/devices/layer_interpolation.h"
#include "kernels/devices/layer_key.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

// A kernel as the product of two matrices: each output sums `reduction` products, `features`
// outputs share their other operand.
struct MatrixShape {
  double reduction;
  double features;
};

MatrixShape matrix_shape(const Model& model, std::size_t index, Direction direction,
                         std::int64_t batch) {
  const Layer& layer = model.layers()[index];
  const double window = static_cast<double>(layer.window.size());
  const double products = layer.products;
  const double outputs =
      static_cast<double>(layer.output.channels) / static_cast<double>(layer.groups);
  const double positions = static_cast<double>(batch) *
                           static_cast<double>(layer.output.elements()) /
                           static_cast<double>(layer.output.channels);
  switch (direction) {
    case Direction::forward:
      return {products, outputs};
    case Direction::backward_data:
      return {outputs * window, products / window};
    case Direction::backward_weights:
      break;
  }
  return {positions, outputs};
}

bool is_depthwise(const Layer& layer, const Shape& in) {
  return layer.groups > 1 && layer.groups == in.channels;
}

// Nothing for a kernel that multiplies no matrices.
std::optional<MatrixShape> shape_of(const Kernels& kernel, const Model& model, std::size_t index,
                                    Direction direction, std::int64_t batch) {
  if (kernel.reduction > 0) return MatrixShape{kernel.reduction, kernel.features};
  const Layer& layer = model.layers()[index];
  const LayerOp& op = op_of(layer.kind);
  const bool one_product = op.multiplies_matrices() && op.kernels(layer, direction).empty() &&
                           !is_depthwise(layer, model.input_of(index));
  if (!one_product) return std::nullopt;
  return matrix_shape(model, index, direction, batch);
}

bool suits_winograd(const Layer& layer, Precision precision) {
  return precision == Precision::fp32 && layer.window.kernel_height == 3 &&
         layer.window.kernel_width == 3 && layer.window.stride_height == 1 &&
         layer.window.stride_width == 1;
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
  const auto real = [](std::int64_t number) { return static_cast<double>(number); };
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

// The kernel as tables of measured kernels have it; nothing for one that is neither a convolution
// nor a product of matrices.
std::optional<KernelQuery> query_of(const Kernels& kernel,
                                    const std::optional<MatrixShape>& product, const Model& model,
                                    std::size_t index, Direction direction, std::int64_t batch) {
  if (!product) return std::nullopt;
  const Layer& layer = model.layers()[index];
  KernelQuery query{.shape = {}, .direction = direction_of(direction)};
  if (kernel.reduction == 0 && layer.kind == LayerKind::convolution) {
    query.shape = convolution_of(layer, model.input_of(index), batch);
    return query;
  }
  // What is left of the operations is the third extent.
  const double rows = kernel.work.flops.value() / (2 * product->reduction * product->features);
  if (!(rows > 0)) return std::nullopt;
  query.shape = ProductShape{.m = product->features, .n = rows, .k = product->reduction};
  return query;
}

// The time beyond its launch by a law of the device; nothing where no law holds for layers.
std::optional<Duration> time_by_law(const DeviceProfile& device,
                                    const std::optional<KernelQuery>& query, Precision precision) {
  if (!query || !device.kernels || !device.kernels->for_layers) return std::nullopt;
  const std::optional<KernelTime> time = device.kernel_time(*query, precision);
  if (!time) return std::nullopt;
  return std::max(Duration(0), time->p50 - device.launch_overhead);
}

// Without its launch. `gain`: of a product.
Duration time_by_roofline(const DeviceProfile& device, const Work& work,
                          const std::optional<MatrixShape>& product, double gain,
                          Precision precision) {
  const Utilisation& use = device.utilisation;
  const Duration memory = work.bytes / (device.memory_bandwidth * use.memory);
  const FlopRate peak = device.peak_rate(precision);
  if (!product) {
    const FlopRate rate = device.peak[static_cast<std::size_t>(Precision::fp32)].value_or(peak);
    return std::max(work.flops / rate, memory);
  }
  const double tile = static_cast<double>(use.tile);
  const double filled = product->features / (std::ceil(product->features / tile) * tile);
  const double amortised =
      product->reduction / (product->reduction + static_cast<double>(use.short_reduction));
  return std::max(work.flops / (peak * (use.matrix * amortised * filled * gain)) + use.ramp,
                  memory);
}

}  // namespace

CostModel::CostModel(DeviceProfile device, double calibration_factor, double others_busy)
    : device_(std::move(device)), factor_(calibration_factor), others_busy_(others_busy) {
  EXPECTS(factor_ > 0 && std::isfinite(factor_));
  EXPECTS(others_busy_ >= 0 && others_busy_ <= 1);
}

Duration CostModel::between(Duration alone, Duration busy) const {
  return alone + others_busy_ * (busy - alone);
}

std::optional<Duration> CostModel::measured(const std::string& key, std::int64_t batch) const {
  if (!device_.measured) return std::nullopt;
  const MeasuredLayer* found = device_.measured->layers.find(key, batch);
  if (found == nullptr) return std::nullopt;
  return between(found->forward.alone, found->forward.busy);
}

Duration CostModel::fixed_work() const {
  if (!device_.measured) return Duration(0);
  return between(device_.measured->fixed_work_alone, device_.measured->fixed_work_busy);
}

Duration CostModel::measured_time(const Model& model, std::size_t layer, Direction direction,
                                  std::int64_t batch, const Work& work) const {
  const MeasuredLayers& layers = device_.measured->layers;
  const std::string key = layer_key(model, layer);
  if (const MeasuredLayer* found = layers.find(key, batch)) {
    const MeasuredTime& time = found->time(direction);
    return between(time.alone, time.busy);
  }
  const MeasuredTime time = interpolate(layers, model.layers()[layer].kind, direction, work);
  return between(time.alone, time.busy);
}

Duration CostModel::stream_time(Bytes traffic) const {
  if (!(traffic > Bytes(0))) return Duration(0);
  if (device_.measured) {
    return between(traffic / device_.measured->update_alone,
                   traffic / device_.measured->update_busy);
  }
  return device_.launch_overhead +
         factor_ * (traffic / (device_.memory_bandwidth * device_.utilisation.memory));
}

Duration CostModel::time(const Model& model, std::size_t index, Direction direction,
                         std::int64_t batch, Precision precision) const {
  if (device_.measured && !device_.measured->layers.empty()) {
    return measured_time(model, index, direction, batch,
                         work(model, index, direction, batch, precision));
  }
  const double gain =
      suits_winograd(model.layers()[index], precision) ? device_.utilisation.winograd : 1;
  Duration total;
  for (const Kernels& each : kernels(model, index, direction, batch, precision)) {
    const auto product = shape_of(each, model, index, direction, batch);
    const Duration busy =
        time_by_law(device_, query_of(each, product, model, index, direction, batch), precision)
            .value_or(time_by_roofline(device_, each.work, product, gain, precision));
    total += static_cast<double>(each.count) * (device_.launch_overhead + factor_ * busy);
  }
  return total;
}

Duration CostModel::launch_time(const Model& model, std::size_t index, Direction direction,
                                std::int64_t batch, Precision precision) const {
  std::int64_t count = 0;
  for (const Kernels& each : kernels(model, index, direction, batch, precision)) {
    count += each.count;
  }
  return device_.launch_overhead * static_cast<double>(count);
}

}  // namespace rehearse
