#include "sim/noise/slowest_rank_noise.h"

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
  options.slow_share = 0;
  options.stall_rate = 0;
  return options;
}

// A model of the spreads alone: the places of ranks play no part in them.
NoiseOptions without_nodes(NoiseOptions options) {
  options.node_cv = 0;
  return options;
}

// Of ln, of a log-normal factor of this coefficient of variation.
double variance_of(double cv) { return std::log1p(cv * cv); }

// Mean of exp(X - sigma^2 / 2), X normal with deviation sigma, over the draws below `bound`:
// Phi(m - sigma) / Phi(m) with m = bound / sigma.
double mean_below(double bound, double sigma) {
  if (sigma == 0) return 1;
  return normal_below(bound / sigma - sigma) / normal_below(bound / sigma);
}

// The probability that the largest of a group's `members` exceeds t, integrated over the narrower
// of its two parts: either over the group's own value x, phi(x) (1 - Phi((t - between x) /
// within)^members), or over the largest y of its members, members phi(y) Phi(y)^(members - 1) (1 -
// Phi((t - within y) / between)). Either way the integrand is smooth on the scale of a deviation,
// and the trapezoidal rule converges exponentially.
double group_exceeds(double t, double between, double members, double within) {
  if (between == 0) return -std::expm1(members * std::log1p(-normal_below(-t / within)));
  if (within == 0) return normal_below(-t / between);
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
  return std::min(1.0, sum * kStep / std::sqrt(2 * std::numbers::pi));
}

// Where the falling function `of` passes `wanted` between `low` and `high`, by bisection.
template <class Function>
double falling_below(double wanted, double low, double high, double width, const Function& of) {
  while (high - low > width) {
    const double middle = (low + high) / 2;
    (of(middle) > wanted ? low : high) = middle;
  }
  return (low + high) / 2;
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
  // u^(1/groups) = 1 - wanted.
  const double wanted = -std::expm1(std::log(normal_below(score)) / groups);
  const double far = kFarOut * (between + within);
  return falling_below(wanted, -far, far, 1e-6 * std::max(between, within),
                       [&](double t) { return group_exceeds(t, between, members, within); });
}

double largest_of_mixture(double score, double fast, double slow, double excess, double between,
                          double members, double within) {
  EXPECTS(fast >= 1 && slow >= 1 && excess >= 0);
  if (between == 0 && within == 0) return excess;
  // Between all groups fast and all slow.
  const double least = largest_of_groups(score, fast + slow, between, members, within);
  const double wanted = -std::log(normal_below(score));
  return falling_below(
      wanted, least, least + excess, 1e-6 * std::max(between, within), [&](double t) {
        return -fast * std::log1p(-group_exceeds(t, between, members, within)) -
               slow * std::log1p(-group_exceeds(t - excess, between, members, within));
      });
}

struct SlowestRankNoise::Cluster {
  double groups, members;  // nodes, and ranks of each
  double of_nodes;         // variance of ln, between nodes
  double slow_factor;
};

struct SlowestRankNoise::Spread {
  double of_devices, of_steps;  // variances of ln
  double of_run, of_step;       // normal scores
  double slow;                  // nodes
};

SlowestRankNoise::SlowestRankNoise(const NoiseOptions& options, int ranks, std::int64_t nodes)
    : common_(without_dispersion(options)) {
  const NoiseModel dispersion(without_nodes(options));
  const auto groups = static_cast<double>(nodes);
  const Cluster cluster{groups, ranks / groups, variance_of(options.node_cv), options.slow_factor};
  const std::optional<StepStalls> stalls = step_stalls(options, ranks);

  const int steps = options.runs * options.steps_per_run;
  const auto scores = [&](int count, std::uint64_t name) {
    return shuffled_normal_scores(count, RandomStream(options.seed, {name}));
  };
  const std::vector<double> of_run = scores(options.runs, kRuns);
  const std::vector<double> of_step = scores(steps, kSteps);
  for (int i = 0; i < steps; ++i) {
    const auto run = static_cast<std::size_t>(i / options.steps_per_run);
    const std::int64_t step = options.warm_up + i;
    add_step(cluster,
             {variance_of(dispersion.device_cv(step)), variance_of(dispersion.compute_cv(step)),
              of_run[run], of_step[static_cast<std::size_t>(i)],
              static_cast<double>(dispersion.slow_nodes(nodes, step))});
    // The device that stalls most is none in particular.
    if (!stalls) continue;
    const double stall = stalls->largest(i) / options.step_work;
    slowest_.back() = std::max(slowest_.back(), mean_.back() + stall);
    mean_.back() += stall * stalls->mean_share();
  }
  stream_scores_ = scores(steps, kStreams);
}

void SlowestRankNoise::add_step(const Cluster& cluster, const Spread& spread) {
  // The product of log-normal factors is log-normal.
  const double variance = cluster.of_nodes + spread.of_devices + spread.of_steps;
  const double sigma = std::sqrt(variance);
  const double lasting = variance > 0 ? (cluster.of_nodes + spread.of_devices) / variance : 0;
  const double between = std::sqrt(cluster.of_nodes);
  const double within = std::sqrt(spread.of_devices + spread.of_steps);
  const double score = std::sqrt(lasting) * spread.of_run + std::sqrt(1 - lasting) * spread.of_step;
  const double members = cluster.members;
  const double ranks = cluster.groups * members;
  if (spread.slow > 0 && spread.slow < cluster.groups) {
    const double fast = cluster.groups - spread.slow;
    const double excess = std::log(cluster.slow_factor);
    const double longest =
        largest_of_mixture(score, fast, spread.slow, excess, between, members, within);
    // Taken as one of a slow node.
    slowest_.push_back(std::exp(longest - variance / 2));
    mean_.push_back(
        (slowest_.back() +
         (spread.slow * members - 1) * cluster.slow_factor * mean_below(longest - excess, sigma) +
         fast * members * mean_below(longest, sigma)) /
        ranks);
    return;
  }
  const double longest = largest_of_groups(score, cluster.groups, between, members, within);
  slowest_.push_back(std::exp(longest - variance / 2));
  // The share of the node in it: where the slowest of a node's devices is what it usually is, the
  // rest is divided like the variance.
  const double usual = within * largest_normal(0, members);
  const double own = usual + (longest - usual) * (variance > 0 ? within * within / variance : 0);
  const double sisters = std::exp(longest - own - cluster.of_nodes / 2) * mean_below(own, within);
  const double others = mean_below(longest, sigma);
  mean_.push_back((slowest_.back() + (members - 1) * sisters + (ranks - members) * others) / ranks);
  if (spread.slow == 0) return;
  slowest_.back() *= cluster.slow_factor;
  mean_.back() *= cluster.slow_factor;
}

std::size_t SlowestRankNoise::index(std::int64_t step) const {
  const std::int64_t counted = step - common_.options().warm_up;
  const auto last = static_cast<std::int64_t>(slowest_.size()) - 1;
  return static_cast<std::size_t>(std::clamp<std::int64_t>(counted, 0, last));
}

double SlowestRankNoise::compute(int, std::int64_t step) const {
  return common_.compute(0, step) * slowest_[index(step)];
}

double SlowestRankNoise::mean_share(std::int64_t step) const {
  return mean_[index(step)] / slowest_[index(step)];
}

double SlowestRankNoise::slowest_stream(std::int64_t nodes, std::int64_t step) const {
  const double median = common_.stream_median(step);
  if (common_.options().stream_rate_spread == 0 || nodes < 1) return median;
  return median * std::exp(-common_.stream_spread(step) *
                           largest_normal(stream_scores_[index(step)], static_cast<double>(nodes)));
}

}  // namespace rehearse
