#include "kernels/devices/cost_model.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "kernels/devices/kernel_laws.h"
#include "kernels/devices/layer_interpolation.h"
#include "kernels/devices/layer_key.h"
#include "kernels/devices/layer_query.h"

namespace rehearse {
namespace {

bool suits_winograd(const Layer& layer, Precision precision) {
  return precision == Precision::fp32 && layer.window.kernel_height == 3 &&
         layer.window.kernel_width == 3 && layer.window.stride_height == 1 &&
         layer.window.stride_width == 1;
}

// The time beyond its launch by a law of the device; nothing where none holds. Laws of whole steps,
// KernelLaws::for_layers, are those of layers of images; sequences follow laws wherever there are
// any.
std::optional<Duration> time_by_law(const DeviceProfile& device, const Kernels& kernel,
                                    const std::optional<MatrixShape>& product,
                                    const LayerPass& pass, Precision precision) {
  if (!device.kernels) return std::nullopt;
  if (!device.kernels->for_layers && !is_of_sequence(pass)) return std::nullopt;
  const auto query = kernel_query(kernel, product, pass, precision);
  if (!query) return std::nullopt;
  return device.kernels->time_beyond_launch(*query, precision);
}

// Formats of less than 2 bytes are those of products with weights.
Precision of_attention(Precision precision) {
  return element_size(precision) < Bytes(2) ? Precision::bf16 : precision;
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
  const LayerPass pass{model, index, direction, batch};
  Duration total;
  for (const Kernels& each : kernels(model, index, direction, batch, precision)) {
    const auto product = matrix_shape(each, pass);
    const Precision format = each.attends ? of_attention(precision) : precision;
    const auto by_law = time_by_law(device_, each, product, pass, format);
    const Duration busy =
        by_law ? *by_law : time_by_roofline(device_, each.work, product, gain, format);
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
