#include "base/contract.h"
#include "base/error.h"
#include "base/quantity_text.h"
#include "kernels/devices/cost_model.h"

namespace rehearse {

LayerTimes times_of_layer(const CostModel& cost, const Model& model, std::size_t layer,
                          std::int64_t batch, Precision precision) {
  const auto time = [&](Direction direction) {
    return cost.time(model, layer, direction, batch, precision);
  };
  // A measured time may be none where there is work: another layer's kernel does it.
  const auto launches = [&](Direction direction, Duration taken) {
    return taken > Duration(0) ? cost.launch_time(model, layer, direction, batch, precision)
                               : Duration(0);
  };
  LayerTimes times{time(Direction::forward), time(Direction::backward_data),
                   time(Direction::backward_weights)};
  times.forward_launches = launches(Direction::forward, times.forward);
  times.backward_launches = launches(Direction::backward_data, times.backward_data) +
                            launches(Direction::backward_weights, times.backward_weights);
  return times;
}

std::vector<LayerTimes> layer_times(const CostModel& cost, const Model& model, std::int64_t batch,
                                    Precision precision) {
  std::vector<LayerTimes> times;
  times.reserve(model.layers().size());
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    times.push_back(times_of_layer(cost, model, i, batch, precision));
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
  Duration launches = update > Bytes(0) ? cost.device().launch_overhead : Duration(0);
  Duration sum = cost.stream_time(update);
  for (const LayerTimes& times : layer_times(cost, model, batch, precision)) {
    launches += times.forward_launches + times.backward_launches;
    sum += times.total();
  }
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
