#include "base/stats.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/contract.h"
#include "base/normal_quantile.h"

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

double stratified_quantile(std::span<const double> samples, double q) {
  EXPECTS(!samples.empty() && q >= 0 && q <= 1);
  std::vector<double> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end());
  EXPECTS(sorted.front() > 0);
  const auto count = static_cast<double>(sorted.size());
  const double place = q * count - 0.5;
  if (place <= 0) return sorted.front();
  if (place >= count - 1) return sorted.back();
  const double below = std::floor(place);
  const auto score = [&](double i) { return normal_quantile((i + 0.5) / count); };
  const double share = (normal_quantile(q) - score(below)) / (score(below + 1) - score(below));
  const auto at = static_cast<std::size_t>(below);
  if (sorted[at] == sorted[at + 1]) return sorted[at];
  const double value = std::exp(std::lerp(std::log(sorted[at]), std::log(sorted[at + 1]), share));
  return std::clamp(value, sorted[at], sorted[at + 1]);  // but for rounding it lies between them
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
