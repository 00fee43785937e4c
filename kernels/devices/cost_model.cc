#include "kernels/devices/cost_model.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "kernels/devices/layer_interpolation.h"
#include "kernels/devices/layer_key.h"
#include "kernels/models/ops/matrix_op.h"

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
  const double window = static_cast<double>(layer.window.kernel_height * layer.window.kernel_width);
  const double products = products_per_output(layer);
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

bool suits_winograd(const Layer& layer, Precision precision) {
  return precision == Precision::fp32 && layer.window.kernel_height == 3 &&
         layer.window.kernel_width == 3 && layer.window.stride_height == 1 &&
         layer.window.stride_width == 1;
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
  const Work work = rehearse::work(model, index, direction, batch, precision);
  if (device_.measured && !device_.measured->layers.empty()) {
    return measured_time(model, index, direction, batch, work);
  }
  if (!(work.bytes > Bytes(0))) return Duration(0);
  const Utilisation& use = device_.utilisation;
  const Duration memory = work.bytes / (device_.memory_bandwidth * use.memory);
  const FlopRate peak = device_.peak_rate(precision);

  const Layer& layer = model.layers()[index];
  const bool matrix =
      op_of(layer.kind).multiplies_matrices() && !is_depthwise(layer, model.input_of(index));
  Duration compute;
  if (matrix) {
    const MatrixShape shape = matrix_shape(model, index, direction, batch);
    const double tile = static_cast<double>(use.tile);
    const double filled = shape.features / (std::ceil(shape.features / tile) * tile);
    const double amortised =
        shape.reduction / (shape.reduction + static_cast<double>(use.short_reduction));
    const double gain = suits_winograd(layer, precision) ? use.winograd : 1;
    compute = work.flops / (peak * (use.matrix * amortised * filled * gain)) + use.ramp;
  } else {
    compute = work.flops / device_.peak[static_cast<std::size_t>(Precision::fp32)].value_or(peak);
  }
  return device_.launch_overhead + factor_ * std::max(compute, memory);
}

}  // namespace rehearse
