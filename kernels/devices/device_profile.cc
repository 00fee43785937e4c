#include "kernels/devices/device_profile.h"

#include <utility>

#include "base/contract.h"
#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/devices/kernel_laws.h"

namespace rehearse {

FlopRate DeviceProfile::peak_rate(Precision precision) const {
  const auto& rate = peak[static_cast<std::size_t>(precision)];
  if (rate) return *rate;
  std::vector<std::string> known;
  for (const Precision one : kPrecisionNames.values()) {
    if (peak[static_cast<std::size_t>(one)]) known.emplace_back(to_text(one));
  }
  throw Error::input(
      "device '" + name + "' has no peak rate for " + std::string(to_text(precision)),
      "its profile knows " + list_of(known), "choose one of these precisions");
}

std::optional<KernelTime> DeviceProfile::kernel_time(const KernelQuery& query,
                                                     Precision precision) const {
  return kernels ? kernels->time(query, precision) : std::nullopt;
}

DeviceProfile slowed_down(const DeviceProfile& device, double factor) {
  EXPECTS(device.measured && factor > 0);
  DeviceProfile slow = device;
  for (auto& peak : slow.peak) {
    if (peak) peak = (1 / factor) * *peak;
  }
  slow.memory_bandwidth = (1 / factor) * slow.memory_bandwidth;
  MeasuredDevice measured = *device.measured;
  measured.wake_up = factor * measured.wake_up;
  measured.update_alone = (1 / factor) * measured.update_alone;
  measured.update_busy = (1 / factor) * measured.update_busy;
  measured.layers = {};
  for (const auto& [key, layer] : device.measured->layers.all()) {
    MeasuredLayer longer = layer;
    for (MeasuredTime* time : {&longer.forward, &longer.backward_data, &longer.backward_weights}) {
      time->alone = factor * time->alone;
      time->busy = factor * time->busy;
    }
    measured.layers.add(key.first, key.second, longer);
  }
  slow.measured = std::make_shared<const MeasuredDevice>(std::move(measured));
  return slow;
}

}  // namespace rehearse
