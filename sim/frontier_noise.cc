#include "sim/frontier_noise.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/contract.h"
#include "base/normal_quantile.h"

namespace rehearse {
namespace {

// Standard deviations beyond which nothing is drawn.
constexpr double kFarOut = 12;
// Of integration, in standard deviations.
constexpr double kStep = 0.1;

enum StreamId : std::uint64_t { kRuns = 0x66726f6e, kSteps, kStreams };  // "fron"

// The same run without what differs between ranks.
NoiseOptions without_dispersion(NoiseOptions options) {
  options.compute_cv = 0;
  options.device_cv = 0;
  options.node_cv = 0;
  return options;
}

// A model of the spreads alone: the places of ranks play no part in them.
NoiseOptions without_nodes(NoiseOptions options) {
  options.node_cv = 0;
  return options;
}

// Of ln, of a log-normal factor of this coefficient of variation.
double variance_of(double cv) { return std::log1p(cv * cv); }

double normal_below(double score) { return 0.5 * std::erfc(-score / std::numbers::sqrt2); }

// Mean of exp(X - sigma^2 / 2), X normal with deviation sigma, over the draws below `bound`:
// Phi(m - sigma) / Phi(m) with m = bound / sigma.
double mean_below(double bound, double sigma) {
  if (sigma == 0) return 1;
  return normal_below(bound / sigma - sigma) / normal_below(bound / sigma);
}

}  // namespace

double largest_normal(double score, double count) {
  EXPECTS(count >= 1 && std::abs(score) <= 30);
  if (count == 1) return score;
  // u^(1/count) = 1 - above; both tails keep their digits.
  const double above = -std::expm1(std::log(normal_below(score)) / count);
  return above < 0.5 ? -normal_quantile(above) : normal_quantile(1 - above);
}

double largest_of_groups(double score, double groups, double between, double members,
                         double within) {
  EXPECTS(groups >= 1 && members >= 1 && between >= 0 && within >= 0 && std::abs(score) <= 8);
  if (between == 0) return within * largest_normal(score, groups * members);
  if (within == 0) return between * largest_normal(score, groups);
  // The probability that a group's largest exceeds t, integrated over the narrower of its two
  // parts: either over the group's own value x, phi(x) (1 - Phi((t - between x) / within)^members),
  // or over the largest y of its members, members phi(y) Phi(y)^(members - 1) (1 - Phi((t - within
  // y) / between)). Either way the integrand is smooth on the scale of a deviation, and the
  // trapezoidal rule converges exponentially.
  const auto above = [&](double t) {
    double sum = 0;
    for (double x = -kFarOut; x <= kFarOut; x += kStep) {
      const double density = std::exp(-x * x / 2);
      if (within > between) {
        const double one = normal_below((between * x - t) / within);
        sum += density * -std::expm1(members * std::log1p(-one));
      } else {
        sum += density * members * std::pow(normal_below(x), members - 1) *
               normal_below((within * x - t) / between);
      }
    }
    return sum * kStep / std::sqrt(2 * std::numbers::pi);
  };
  // u^(1/groups) = 1 - wanted.
  const double wanted = -std::expm1(std::log(normal_below(score)) / groups);
  double low = -kFarOut * (between + within), high = -low;
  while (high - low > 1e-6 * std::max(between, within)) {
    const double middle = (low + high) / 2;
    (above(middle) > wanted ? low : high) = middle;
  }
  return (low + high) / 2;
}

FrontierNoise::FrontierNoise(const NoiseOptions& options, int ranks, std::int64_t nodes)
    : common_(without_dispersion(options)) {
  const NoiseModel dispersion(without_nodes(options));
  const double of_nodes = variance_of(options.node_cv);
  const auto groups = static_cast<double>(nodes);
  const double members = ranks / groups;

  const int steps = options.runs * options.steps_per_run;
  const auto scores = [&](int count, std::uint64_t name) {
    return shuffled_normal_scores(count, RandomStream(options.seed, {name}));
  };
  const std::vector<double> of_run = scores(options.runs, kRuns);
  const std::vector<double> of_step = scores(steps, kSteps);
  for (int i = 0; i < steps; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const auto run = static_cast<std::size_t>(i / options.steps_per_run);
    // The product of log-normal factors is log-normal.
    const std::int64_t step = options.warm_up + i;
    const double of_devices = variance_of(dispersion.device_cv(step));
    const double of_steps = variance_of(dispersion.compute_cv(step));
    const double variance = of_nodes + of_devices + of_steps;
    const double sigma = std::sqrt(variance);
    const double lasting = variance > 0 ? (of_nodes + of_devices) / variance : 0;
    const double within = std::sqrt(of_devices + of_steps);
    const double score = std::sqrt(lasting) * of_run[run] + std::sqrt(1 - lasting) * of_step[at];
    const double longest = largest_of_groups(score, groups, std::sqrt(of_nodes), members, within);
    slowest_.push_back(std::exp(longest - variance / 2));
    // The share of the node in it: where the slowest of a node's devices is what it usually is, the
    // rest is divided like the variance.
    const double usual = within * largest_normal(0, members);
    const double own = usual + (longest - usual) * (variance > 0 ? within * within / variance : 0);
    const double sisters = std::exp(longest - own - of_nodes / 2) * mean_below(own, within);
    const double others = mean_below(longest, sigma);
    mean_.push_back((slowest_.back() + (members - 1) * sisters + (ranks - members) * others) /
                    ranks);
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
