#include "sim/worlds/step_rates.h"

#include <algorithm>
#include <numeric>

namespace rehearse {

StepRates::StepRates(const NoiseOptions& noise, int workers)
    : noise_(noise),
      begins_(static_cast<std::size_t>(workers)),
      ends_(static_cast<std::size_t>(workers)) {}

void StepRates::add(int worker, std::int64_t step, Duration begin, Duration end) {
  const std::int64_t counted = step - noise_.warm_up;
  if (counted < 0 || step >= noise_.steps()) return;
  const auto place = static_cast<std::size_t>(worker);
  if (counted == 0) begins_[place] = begin;
  ends_[place].push_back(end);
}

double StepRates::common_rate() const {
  const Duration begin = std::ranges::max(begins_);
  Duration end = ends_.front().back();
  for (const auto& ends : ends_) end = std::min(end, ends.back());
  if (!(end > begin)) return 0;
  double steps = 0;
  for (std::size_t worker = 0; worker < ends_.size(); ++worker) {
    Duration from = begins_[worker];
    for (const Duration to : ends_[worker]) {
      const Duration inside = std::min(to, end) - std::max(from, begin);
      if (inside > Duration(0) && to > from) steps += inside / (to - from);
      from = to;
    }
  }
  return steps / (end - begin).value();
}

std::vector<double> StepRates::of_runs() const {
  std::vector<double> rates(static_cast<std::size_t>(noise_.runs));
  const auto per_run = static_cast<std::size_t>(noise_.steps_per_run);
  const bool complete = std::ranges::all_of(
      ends_, [&](const auto& ends) { return ends.size() == rates.size() * per_run; });
  if (!complete) return rates;
  for (std::size_t worker = 0; worker < ends_.size(); ++worker) {
    Duration from = begins_[worker];
    for (std::size_t run = 0; run < rates.size(); ++run) {
      const Duration to = ends_[worker][(run + 1) * per_run - 1];
      rates[run] += noise_.steps_per_run / (to - from).value();
      from = to;
    }
  }
  const double mean = std::accumulate(rates.begin(), rates.end(), 0.0) / noise_.runs;
  if (const double common = common_rate(); common > 0) {
    for (double& rate : rates) rate *= common / mean;
  }
  return rates;
}

}  // namespace rehearse
