#include "base/contract.h"
#include "base/error.h"
#include "base/quantity_text.h"
#include "kernels/devices/cost_model.h"

namespace rehearse {

std::vector<LayerTimes> layer_times(const CostModel& cost, const Model& model, std::int64_t batch,
                                    Precision precision) {
  std::vector<LayerTimes> times(model.layers().size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    times[i].forward = cost.time(model, i, Direction::forward, batch, precision);
    times[i].backward_data = cost.time(model, i, Direction::backward_data, batch, precision);
    times[i].backward_weights = cost.time(model, i, Direction::backward_weights, batch, precision);
  }
  return times;
}

Duration compute_time(const CostModel& cost, const Model& model, std::int64_t batch,
                      Precision precision) {
  Duration sum;
  for (const LayerTimes& times : layer_times(cost, model, batch, precision)) sum += times.total();
  return sum;
}

double calibration_factor(const CostModel& cost, const Model& model, std::int64_t batch,
                          Precision precision, Duration measured_step, Bytes update) {
  double kernels = update > Bytes(0) ? 1 : 0;
  Duration sum = cost.stream_time(update);
  for (const LayerTimes& times : layer_times(cost, model, batch, precision)) {
    for (const Duration part : {times.forward, times.backward_data, times.backward_weights}) {
      if (part > Duration(0)) kernels += 1;
      sum += part;
    }
  }
  const Duration launches = cost.device().launch_overhead * kernels;
  const Duration device = (sum - launches) / cost.calibration_factor();
  if (!(measured_step > launches)) {
    throw Error::input("a measured step of " + to_text(measured_step) + " cannot be met",
                       "the launches of " + model.name() + " on " + cost.device().name +
                           " alone take " + to_text(launches),
                       "check the measurement or the profile's launch_overhead");
  }
  ENSURES(device > Duration(0));
  return (measured_step - launches) / device;
}

}  // namespace rehearse
