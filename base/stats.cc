#include "base/stats.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/contract.h"

namespace rehearse {

double quantile(std::span<const double> samples, double q) {
  EXPECTS(!samples.empty() && q >= 0 && q <= 1);
  std::vector<double> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end());
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

double mean(std::span<const double> samples) {
  EXPECTS(!samples.empty());
  return std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
}

double mean_without_stalls(std::span<const double> times) {
  const double stall = 2 * quantile(times, 0.5);
  double sum = 0;
  for (const double time : times) sum += std::min(time, stall);
  return sum / static_cast<double>(times.size());
}

double standard_deviation(std::span<const double> samples) {
  if (samples.size() < 2) return 0;
  const double centre = mean(samples);
  double sum = 0;
  for (const double x : samples) sum += (x - centre) * (x - centre);
  return std::sqrt(sum / static_cast<double>(samples.size() - 1));
}

}  // namespace rehearse
