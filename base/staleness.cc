#include "base/staleness.h"

#include "base/contract.h"

namespace rehearse {

std::int64_t staleness_quantile(const StalenessCounts& counts, double share) {
  EXPECTS(!counts.empty());
  double all = 0;
  for (const auto& [staleness, count] : counts) all += static_cast<double>(count);
  double below = 0;
  for (const auto& [staleness, count] : counts) {
    below += static_cast<double>(count);
    if (below >= share * all) return staleness;
  }
  return counts.rbegin()->first;
}

std::optional<StalenessSummary> summary_of(const StalenessCounts& counts) {
  if (counts.empty()) return std::nullopt;
  double updates = 0;
  double sum = 0;
  for (const auto& [staleness, count] : counts) {
    updates += static_cast<double>(count);
    sum += static_cast<double>(staleness) * static_cast<double>(count);
  }
  return StalenessSummary{.mean = sum / updates,
                          .p50 = static_cast<double>(staleness_quantile(counts, 0.5)),
                          .p90 = static_cast<double>(staleness_quantile(counts, 0.9)),
                          .p99 = static_cast<double>(staleness_quantile(counts, 0.99)),
                          .max = counts.rbegin()->first};
}

}  // namespace rehearse
