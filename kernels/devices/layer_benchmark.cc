#include "kernels/devices/layer_benchmark.h"

#include <cmath>

#include "base/stats.h"

namespace rehearse {

MeasuredTime summary_of(const std::vector<double>& seconds) {
  const double median = quantile(seconds, 0.5);
  std::vector<double> distances;
  for (const double x : seconds) distances.push_back(std::abs(x - median));
  const double spread = median > 0 ? quantile(distances, 0.5) / median : 0;
  return {Duration(median), Duration(median), spread};
}

}  // namespace rehearse
