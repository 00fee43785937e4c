#include "kernels/devices/thread_scaling.h"

#include <cmath>

#include "base/contract.h"
#include "kernels/devices/device_profile.h"

namespace rehearse {
namespace {

void stretch(MeasuredTime& time, double factor) {
  time.alone *= factor;
  time.busy *= factor;
  if (time.warm) *time.warm *= factor;
}

}  // namespace

std::optional<double> slower_with(const std::vector<ThreadSpeed>& scaling, int threads) {
  for (std::size_t i = 0; i < scaling.size(); ++i) {
    const ThreadSpeed& above = scaling[i];
    if (above.threads == threads) return above.slower;
    if (above.threads < threads || i == 0) continue;
    const ThreadSpeed& below = scaling[i - 1];
    if (below.threads > threads) continue;
    const double share = std::log(static_cast<double>(threads) / below.threads) /
                         std::log(static_cast<double>(above.threads) / below.threads);
    return below.slower * std::pow(above.slower / below.slower, share);
  }
  return std::nullopt;
}

MeasuredDevice at_threads(const MeasuredDevice& device, int threads, double slower) {
  EXPECTS(threads >= 1 && slower > 0);
  MeasuredDevice other = device;
  other.threads = threads;
  other.fixed_work_alone *= slower;
  other.fixed_work_busy *= slower;
  other.update_alone *= 1 / slower;
  other.update_busy *= 1 / slower;
  other.layers = {};
  for (const auto& [key, measured] : device.layers.all()) {
    MeasuredLayer layer = measured;
    for (MeasuredTime* time : {&layer.forward, &layer.backward_data, &layer.backward_weights}) {
      stretch(*time, slower);
    }
    other.layers.add(key.first, key.second, layer);
  }
  for (ThreadSpeed& speed : other.scaling) speed.slower /= slower;
  return other;
}

}  // namespace rehearse
