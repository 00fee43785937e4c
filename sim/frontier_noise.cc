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

double square(double x) { return x * x; }

}  // namespace

double largest_normal(double score, double count) {
  EXPECTS(count >= 1 && std::abs(score) <= 30);
  if (count == 1) return score;
  // u^(1/count) = 1 - above; both tails keep their digits.
  const double above = -std::expm1(std::log(normal_below(score)) / count);
  return above < 0.5 ? -normal_quantile(above) : normal_quantile(1 - above);
}

FrontierNoise::FrontierNoise(const NoiseOptions& options, int ranks, const PassTimes& times)
    : common_(without_dispersion(options)) {
  // A step is a sum of passes with a draw each; its deviation relative to its length:
  const Duration step = times.input + times.forward + times.backward + times.update;
  double passes = 0;
  if (step > Duration(0)) {
    for (const Duration pass : {times.input, times.forward, times.backward, times.update}) {
      passes += square(options.compute_cv * (pass / step));
    }
  }
  const double devices = square(options.device_cv);
  // Sums and products of log-normal variables of one mean are taken as log-normal (Fenton, IRE
  // Trans. Comm. Systems 8(1), 1960).
  const double variance = std::log((1 + devices) * (1 + passes));
  const double sigma = std::sqrt(variance);
  const double between = variance > 0 ? std::log1p(devices) / variance : 0;

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

double FrontierNoise::compute(int, std::int64_t step, Pass pass) const {
  return common_.compute(0, step, pass) * slowest_[index(step)];
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
