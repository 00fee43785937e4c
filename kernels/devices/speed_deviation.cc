#include "kernels/devices/speed_deviation.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"

namespace rehearse {

double deviation_of(const std::vector<SpeedDeviation>& speeds, Duration length) {
  EXPECTS(length > Duration(0));
  if (speeds.empty()) return 0;
  const Duration lag = std::exp(-1.5) * length;
  const auto next = std::find_if(speeds.begin(), speeds.end(),
                                 [&](const SpeedDeviation& speed) { return speed.lag > lag; });
  if (next == speeds.begin()) return speeds.front().cv;
  if (next == speeds.end()) return speeds.back().cv;
  const SpeedDeviation& before = *(next - 1);
  const double share = std::log(lag / before.lag) / std::log(next->lag / before.lag);
  return std::sqrt((1 - share) * before.cv * before.cv + share * next->cv * next->cv);
}

}  // namespace rehearse
