#include "sim/noise/noise.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/contract.h"
#include "base/normal_quantile.h"
#include "base/random.h"

namespace rehearse {
namespace {

enum StreamId : std::uint64_t { kStep = 1, kDevice, kRate, kShuffle, kNode, kSlow };

double largest_correlation(const std::vector<double>& scores,
                           const std::vector<std::vector<double>>& others) {
  const double square = std::inner_product(scores.begin(), scores.end(), scores.begin(), 0.0);
  double largest = 0;
  for (const std::vector<double>& other : others) {
    const double product = std::inner_product(scores.begin(), scores.end(), other.begin(), 0.0);
    if (square > 0) largest = std::max(largest, std::abs(product) / square);
  }
  return largest;
}

// Of many orders of the scores the one that is least correlated with the other parameters': among
// ten runs chance alone correlates two parameters by 0.3, and a small effect of one then hides part
// of a large one of the other (Iman, Conover, Commun. Statist. B 11(3), 1982).
std::vector<double> apart_from(const std::vector<std::vector<double>>& others,
                               const NoiseOptions& options, std::uint64_t parameter) {
  constexpr std::uint64_t kOrders = 256;
  std::vector<double> best;
  double least = 2;
  for (std::uint64_t order = 0; order < kOrders; ++order) {
    std::vector<double> scores = shuffled_normal_scores(
        options.runs, RandomStream(options.seed, {kShuffle, parameter, order}));
    const double correlation = largest_correlation(scores, others);
    if (correlation >= least) continue;
    least = correlation;
    best = std::move(scores);
  }
  return best;
}

// The scores of how many nodes are slow stand behind those of the parameters.
constexpr std::size_t kSlowCount = kNoiseParameters;

// The smallest k for which at most k of n independent events of probability p happen with a
// probability of at least u.
std::int64_t binomial_quantile(double u, std::int64_t n, double p) {
  if (p <= 0) return 0;
  if (p >= 1) return n;
  const auto count = static_cast<double>(n);
  double below = 0;
  for (std::int64_t k = 0; k < n; ++k) {
    const auto happen = static_cast<double>(k);
    below += std::exp(std::lgamma(count + 1) - std::lgamma(happen + 1) -
                      std::lgamma(count - happen + 1) + happen * std::log(p) +
                      (count - happen) * std::log1p(-p));
    if (below >= u) return k;
  }
  return n;
}

// `chosen` of `count`, all choices equally likely.
std::vector<bool> drawn(std::int64_t chosen, std::int64_t count, RandomStream stream) {
  std::vector<std::size_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<bool> is_chosen(order.size());
  for (std::size_t i = 0; i < static_cast<std::size_t>(chosen); ++i) {
    std::swap(order[i], order[i + stream.below(order.size() - i)]);
    is_chosen[order[i]] = true;
  }
  return is_chosen;
}

}  // namespace

std::vector<double> shuffled_normal_scores(int count, RandomStream shuffle) {
  EXPECTS(count >= 1);
  std::vector<double> scores;
  for (int i = 0; i < count; ++i) scores.push_back(normal_quantile((i + 0.5) / count));
  for (std::size_t i = scores.size(); i > 1; --i)
    std::swap(scores[i - 1], scores[shuffle.below(i)]);
  return scores;
}

NoiseModel::NoiseModel(NoiseOptions options, std::vector<std::int64_t> node_of_rank)
    : options_(options), node_of_rank_(std::move(node_of_rank)) {
  EXPECTS(options_.runs >= 1 && options_.steps_per_run >= 1);
  EXPECTS(options_.node_cv == 0 || !node_of_rank_.empty());
  EXPECTS(options_.slow_factor >= 1 && options_.stall_rate >= 0 && options_.stall_length >= 0);
  // Of what is known together chance must not tie the scores anew.
  const auto plain =
      options_.joint ? std::size_t{0} : static_cast<std::size_t>(NoiseParameter::compute_cv);
  for (std::size_t parameter = 0; parameter <= kSlowCount; ++parameter) {
    normal_.push_back(parameter < plain
                          ? shuffled_normal_scores(
                                options_.runs, RandomStream(options_.seed, {kShuffle, parameter}))
                          : apart_from(normal_, options_, parameter));
  }
  if (node_of_rank_.empty()) return;
  const std::int64_t nodes = *std::ranges::max_element(node_of_rank_) + 1;
  for (int run = 0; run < options_.runs && options_.slow_share > 0; ++run) {
    const std::int64_t first = options_.warm_up + std::int64_t{run} * options_.steps_per_run;
    slow_.push_back(drawn(slow_nodes(nodes, first), nodes,
                          RandomStream(options_.seed, {kSlow, static_cast<std::uint64_t>(run)})));
  }
  stalls_ = step_stalls(options_, static_cast<std::int64_t>(node_of_rank_.size()));
}

std::int64_t NoiseModel::run_of(std::int64_t step) const {
  const std::int64_t counted = std::max<std::int64_t>(0, step - options_.warm_up);
  return std::min<std::int64_t>(counted / options_.steps_per_run, options_.runs - 1);
}

double NoiseModel::factor(NoiseParameter parameter, std::int64_t run, double error) const {
  const auto p = static_cast<std::size_t>(parameter);
  const auto r = static_cast<std::size_t>(run);
  if (!options_.joint) return error == 0 ? 1 : std::exp(error * normal_[p][r]);
  double log = options_.joint->mean[p];
  for (std::size_t q = 0; q < kNoiseParameters; ++q) {
    log += options_.joint->root[p][q] * normal_[q][r];
  }
  return std::exp(log);
}

double NoiseModel::unbiased(NoiseParameter parameter, std::int64_t run, double error) const {
  double variance = error * error;
  if (options_.joint) {
    const auto& row = options_.joint->root[static_cast<std::size_t>(parameter)];
    variance = std::inner_product(row.begin(), row.end(), row.begin(), 0.0);
  }
  return factor(parameter, run, error) * std::exp(-variance / 2);
}

double NoiseModel::rotated(double cv, RandomStream name, std::int64_t run) const {
  const double turned = name.uniform() + (static_cast<double>(run) + 0.5) / options_.runs;
  const double share = std::clamp(turned - std::floor(turned), 1e-12, 1 - 1e-12);
  const double variance = std::log1p(cv * cv);
  return std::exp(std::sqrt(variance) * normal_quantile(share) - variance / 2);
}

double NoiseModel::compute(int rank, std::int64_t step) const {
  const std::int64_t run = run_of(step);
  const auto id = static_cast<std::uint64_t>(rank);
  double scale = factor(NoiseParameter::device_time, run, options_.device_time_error);
  if (options_.node_cv > 0) {
    const std::int64_t node = node_of_rank_[static_cast<std::size_t>(rank)];
    scale *= rotated(options_.node_cv,
                     RandomStream(options_.seed, {kNode, static_cast<std::uint64_t>(node)}), run);
  }
  if (options_.device_cv > 0) {
    scale *= rotated(device_cv(step), RandomStream(options_.seed, {kDevice, id}), run);
  }
  if (options_.compute_cv > 0) {
    RandomStream call(options_.seed, {kStep, id, static_cast<std::uint64_t>(step)});
    scale *= call.lognormal_mean_one(compute_cv(step));
  }
  if (is_slow(rank, run)) scale *= options_.slow_factor;
  if (stalls_) {
    scale += factor(NoiseParameter::device_time, run, options_.device_time_error) *
             stall(rank, step) / options_.step_work;
  }
  return scale;
}

std::int64_t NoiseModel::slow_nodes(std::int64_t nodes, std::int64_t step) const {
  const double score = normal_[kSlowCount][static_cast<std::size_t>(run_of(step))];
  return binomial_quantile(normal_below(score), nodes, options_.slow_share);
}

bool NoiseModel::is_slow(int rank, std::int64_t run) const {
  if (options_.slow_share == 0) return false;
  EXPECTS(!slow_.empty());
  const std::int64_t node = node_of_rank_[static_cast<std::size_t>(rank)];
  return slow_[static_cast<std::size_t>(run)][static_cast<std::size_t>(node)];
}

double NoiseModel::stall(int rank, std::int64_t step) const {
  const std::int64_t counted = step - options_.warm_up;
  return counted < 0 ? 0 : stalls_->of(rank, counted);
}

double NoiseModel::compute_cv(std::int64_t step) const {
  return options_.compute_cv *
         unbiased(NoiseParameter::compute_cv, run_of(step), options_.compute_cv_error);
}

double NoiseModel::device_cv(std::int64_t step) const {
  return options_.device_cv *
         unbiased(NoiseParameter::device_cv, run_of(step), options_.device_cv_error);
}

double NoiseModel::stream_median(std::int64_t step) const {
  return factor(NoiseParameter::stream_bandwidth, run_of(step), options_.stream_bandwidth_error);
}

double NoiseModel::stream_spread(std::int64_t step) const {
  return options_.stream_rate_spread * factor(NoiseParameter::stream_rate_spread, run_of(step),
                                              options_.stream_rate_spread_error);
}

double NoiseModel::stream_rate(std::int64_t node, std::int64_t step) const {
  const double median = stream_median(step);
  if (options_.stream_rate_spread == 0) return median;
  const double spread = stream_spread(step);
  RandomStream rate(options_.seed,
                    {kRate, static_cast<std::uint64_t>(node), static_cast<std::uint64_t>(step)});
  return median * std::exp(spread * rate.normal());
}

double NoiseModel::step_latency(std::int64_t step) const {
  return factor(NoiseParameter::step_latency, run_of(step), options_.step_latency_error);
}

double NoiseModel::whole_step(std::int64_t step) const {
  return factor(NoiseParameter::whole_step, run_of(step), 0);
}

}  // namespace rehearse
