#include "kernels/devices/cost_model.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
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

// Without its launch. `gain`: of a product.
Duration kernel_time(const DeviceProfile& device, const Work& work,
                     const std::optional<MatrixShape>& product, double gain, Precision precision) {
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
    const Duration busy = kernel_time(device_, each.work, product, gain, precision);
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
