#include "sim/noise/stalls.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "base/random.h"
#include "sim/noise/noise.h"

namespace rehearse {
namespace {

enum StreamId : std::uint64_t { kOrder = 0x7374616c, kVictim, kOthers };  // "stal"

// Of the grid on which the distribution is integrated, in mean lengths, or in deviations of the sum
// where many stalls are expected.
constexpr double kGrid = 0.02;
constexpr double kNegligible = 1e-10;

double poisson(double n, double mean) {
  if (mean == 0) return n == 0 ? 1 : 0;
  return std::exp(n * std::log(mean) - mean - std::lgamma(n + 1));
}

double exponential(RandomStream& stream) { return -std::log1p(-stream.uniform()); }

// The sum of the stalls of a device in a step, in mean lengths.
double drawn_sum(RandomStream& stream, double count) {
  double sum = 0;
  for (double time = exponential(stream); time < count; time += exponential(stream)) {
    sum += exponential(stream);
  }
  return sum;
}

}  // namespace

// n stalls exceed x if fewer than n events of a Poisson process of rate 1 are in [0, x]; so the
// probability is that of M < N, M and N Poisson of means x and `count`.
double stalls_exceed(double x, double count) {
  EXPECTS(x >= 0 && count >= 0);
  const double most = count + 12 * std::sqrt(count) + 20;
  double sum = 0;
  double fewer = 0;  // probability of M < n
  for (double n = 1; n <= most; ++n) {
    fewer += poisson(n - 1, x);
    sum += poisson(n, count) * std::min(1.0, fewer);
  }
  return std::min(1.0, sum);
}

LargestStall::LargestStall(double count, double length, double devices)
    : length_(length), grid_(kGrid * std::max(1.0, std::sqrt(count))) {
  EXPECTS(count >= 0 && length >= 0 && devices >= 1);
  double above = 1;
  for (double x = 0; above > kNegligible; x += grid_) {
    const double below = std::exp(devices * std::log1p(-stalls_exceed(x, count)));
    above = 1 - below;
    below_.push_back(below);
  }
}

double LargestStall::mean() const { return parts(1).front(); }

// The integral of the quantile over [a, b] is that of b - H(x), H cut off below a and above b, over
// all x >= 0 (integration by parts); by the trapezoidal rule.
std::vector<double> LargestStall::parts(int parts) const {
  EXPECTS(parts >= 1);
  std::vector<double> means;
  for (int i = 0; i < parts; ++i) {
    const double a = static_cast<double>(i) / parts;
    const double b = static_cast<double>(i + 1) / parts;
    const auto missing = [&](std::size_t k) { return b - std::clamp(below_[k], a, b); };
    double sum = 0;
    for (std::size_t k = 1; k < below_.size(); ++k) sum += (missing(k - 1) + missing(k)) / 2;
    means.push_back(sum * grid_ * parts * length_);
  }
  return means;
}

StepStalls::StepStalls(const NoiseOptions& options, std::int64_t devices)
    : seed_(options.seed),
      // A device is exposed for as long as its passes take on average.
      count_(options.stall_rate * options.step_work *
             (1 + options.slow_share * (options.slow_factor - 1))),
      length_(options.stall_length),
      devices_(devices) {
  const LargestStall largest(count_, length_, static_cast<double>(devices));
  const std::vector<double> parts = largest.parts(options.steps_per_run);
  for (int run = 0; run < options.runs; ++run) {
    RandomStream order(seed_, {kOrder, static_cast<std::uint64_t>(run)});
    std::vector<double> shuffled = parts;
    for (std::size_t i = shuffled.size(); i > 1; --i) {
      std::swap(shuffled[i - 1], shuffled[order.below(i)]);
    }
    largest_.insert(largest_.end(), shuffled.begin(), shuffled.end());
  }
  const double mean = largest.mean();
  if (mean > 0 && devices > 1) mean_share_ = std::min(1.0, count_ * length_ / mean);
}

double StepStalls::largest(std::int64_t step) const {
  const auto last = static_cast<std::int64_t>(largest_.size()) - 1;
  return largest_[static_cast<std::size_t>(std::clamp<std::int64_t>(step, 0, last))];
}

double StepStalls::of(int device, std::int64_t step) const {
  const double most = largest(step);
  const auto at = static_cast<std::uint64_t>(step);
  RandomStream victim(seed_, {kVictim, at});
  if (victim.below(static_cast<std::uint64_t>(devices_)) == static_cast<std::uint64_t>(device)) {
    return most;
  }
  // At least every fourth draw is below the largest of all, even in the lowest part.
  constexpr int kDraws = 64;
  RandomStream stream(seed_, {kOthers, static_cast<std::uint64_t>(device), at});
  for (int draw = 0; draw < kDraws; ++draw) {
    const double sum = length_ * drawn_sum(stream, count_);
    if (sum <= most) return sum;
  }
  return most;
}

std::optional<StepStalls> step_stalls(const NoiseOptions& options, std::int64_t devices) {
  if (options.stall_rate == 0 || options.stall_length == 0) return std::nullopt;
  EXPECTS(options.step_work > 0);
  return StepStalls(options, devices);
}

}  // namespace rehearse
