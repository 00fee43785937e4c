#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/contract.h"
#include "validate/run_measurement.h"

namespace rehearse {
namespace {

void add(TypicalStep& sum, double time, const Breakdown& parts, Duration hidden, double share) {
  sum.time += share * time;
  sum.hidden_communication += hidden * share;
  sum.parts += parts * share;
}

// Of all ranks together, in the order of steps.
std::vector<TypicalStep> mean_steps(const std::vector<RecordedRank>& ranks) {
  std::vector<TypicalStep> steps(ranks.front().steps.size());
  const double share = 1.0 / static_cast<double>(ranks.size());
  for (const RecordedRank& rank : ranks) {
    EXPECTS(rank.steps.size() == steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const RecordedStep& step = rank.steps[i];
      add(steps[i], step.time, step.parts, step.hidden_communication, share);
    }
  }
  return steps;
}

// Of `steps` by ascending time, of which the outer `cut` on either side count as their neighbours.
double relative_error(const std::vector<TypicalStep>& steps, std::size_t cut) {
  if (steps.size() < 4) return 0;
  std::vector<double> times;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    times.push_back(steps[std::clamp(i, cut, steps.size() - 1 - cut)].time);
  }
  const auto count = static_cast<double>(times.size());
  const double centre = std::accumulate(times.begin(), times.end(), 0.0) / count;
  double squares = 0;
  for (const double time : times) squares += (time - centre) * (time - centre);
  const double kept = 1 - 2 * static_cast<double>(cut) / count;
  return std::sqrt(squares / (count - 1)) / (kept * std::sqrt(count)) / centre;
}

}  // namespace

TypicalStep typical_step(const std::vector<RecordedRank>& ranks) {
  EXPECTS(!ranks.empty() && !ranks.front().steps.empty());
  std::vector<TypicalStep> steps = mean_steps(ranks);
  const std::size_t warm_up = steps.size() >= 5 ? 2 : steps.size() > 1 ? 1 : 0;
  steps.erase(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(warm_up));
  std::sort(steps.begin(), steps.end(),
            [](const TypicalStep& a, const TypicalStep& b) { return a.time < b.time; });
  const std::size_t cut = steps.size() / 4;
  const double share = 1.0 / static_cast<double>(steps.size() - 2 * cut);
  TypicalStep mean;
  for (std::size_t i = cut; i < steps.size() - cut; ++i) {
    add(mean, steps[i].time, steps[i].parts, steps[i].hidden_communication, share);
  }
  mean.relative_error = relative_error(steps, cut);
  return mean;
}

}  // namespace rehearse
