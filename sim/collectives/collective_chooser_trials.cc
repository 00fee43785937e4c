// What trials make of the prices of a CollectiveChooser.
#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/collectives/collective_chooser.h"

namespace rehearse {

std::vector<ChosenCollective> CollectiveChooser::close_calls(const Group& group,
                                                             Operation operation,
                                                             int ranks_per_node,
                                                             std::int64_t elements, int element) {
  constexpr double kClose = 2.5;  // of the cheapest: what formulas may be wrong by
  std::vector<ChosenCollective> all = priced({group, operation, ranks_per_node, elements, element});
  Duration least = all.front().price;
  for (const ChosenCollective& one : all) least = std::min(least, one.price);
  std::erase_if(all, [&](const ChosenCollective& one) { return one.price > least * kClose; });
  return all;
}

void CollectiveChooser::add_trial(const CollectiveTrial& trial) {
  trials_.push_back(trial);
  known_.clear();
}

double CollectiveChooser::trial_factor(const Question& q, const CollectiveCall& call) const {
  double factor = 1;
  double nearest = std::numeric_limits<double>::infinity();
  for (const CollectiveTrial& trial : trials_) {
    if (trial.call.operation != q.operation || trial.call.algorithm != call.algorithm ||
        trial.call.protocol != call.protocol) {
      continue;
    }
    const double away = std::abs(std::log(trial.bytes / std::max(1.0, q.bytes())));
    if (away >= nearest) continue;
    nearest = away;
    factor = trial.time / trial.price;
  }
  return factor;
}

}  // namespace rehearse
