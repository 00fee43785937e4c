#include "sim/frontier_noise.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/contract.h"
#include "base/normal_quantile.h"

namespace rehearse {
namespace {

enum StreamId : std::uint64_t { kRuns = 0x66726f6e, kSteps, kStreams };  // "fron"

// The same run without what differs between ranks.
NoiseOptions without_dispersion(NoiseOptions options) {
  options.compute_cv = 0;
  options.device_cv = 0;
  return options;
}

double normal_below(double score) { return 0.5 * std::erfc(-score / std::numbers::sqrt2); }

}  // namespace

double largest_normal(double score, double count) {
  EXPECTS(count >= 1 && std::abs(score) <= 30);
  if (count == 1) return score;
  // u^(1/count) = 1 - above; both tails keep their digits.
  const double above = -std::expm1(std::log(normal_below(score)) / count);
  return above < 0.5 ? -normal_quantile(above) : normal_quantile(1 - above);
}

FrontierNoise::FrontierNoise(const NoiseOptions& options, int ranks)
    : common_(without_dispersion(options)) {
  // The product of two log-normal factors is log-normal.
  const double of_devices = std::log1p(options.device_cv * options.device_cv);
  const double variance = of_devices + std::log1p(options.compute_cv * options.compute_cv);
  const double sigma = std::sqrt(variance);
  const double between = variance > 0 ? of_devices / variance : 0;

  const int steps = options.runs * options.steps_per_run;
  const auto scores = [&](int count, std::uint64_t name) {
    return shuffled_normal_scores(count, RandomStream(options.seed, {name}));
  };
  const std::vector<double> of_run = scores(options.runs, kRuns);
  const std::vector<double> of_step = scores(steps, kSteps);
  for (int i = 0; i < steps; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const auto run = static_cast<std::size_t>(i / options.steps_per_run);
    const double score = std::sqrt(between) * of_run[run] + std::sqrt(1 - between) * of_step[at];
    const double largest = largest_normal(score, ranks);
    slowest_.push_back(std::exp(sigma * largest - variance / 2));
    // The others are draws below the largest: E(exp(sigma Z - sigma^2 / 2) | Z < m) is
    // Phi(m - sigma) / Phi(m).
    const double others = normal_below(largest - sigma) / normal_below(largest);
    mean_.push_back((slowest_.back() + (ranks - 1) * others) / ranks);
  }
  stream_scores_ = scores(steps, kStreams);
}

std::size_t FrontierNoise::index(std::int64_t step) const {
  const std::int64_t counted = step - common_.options().warm_up;
  const auto last = static_cast<std::int64_t>(slowest_.size()) - 1;
  return static_cast<std::size_t>(std::clamp<std::int64_t>(counted, 0, last));
}

double FrontierNoise::compute(int, std::int64_t step) const {
  return common_.compute(0, step) * slowest_[index(step)];
}

double FrontierNoise::mean_share(std::int64_t step) const {
  return mean_[index(step)] / slowest_[index(step)];
}

double FrontierNoise::slowest_stream(std::int64_t nodes, std::int64_t step) const {
  const double median = common_.stream_median(step);
  if (common_.options().stream_rate_spread == 0 || nodes < 1) return median;
  return median * std::exp(-common_.stream_spread(step) *
                           largest_normal(stream_scores_[index(step)], static_cast<double>(nodes)));
}

}  // namespace rehearse
