// How old the weights were that gradients were computed from: the updates of the same parameters
// between the read and the application of an update, itself not counted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace rehearse {

struct StalenessSummary {
  double mean = 0, p50 = 0, p90 = 0, p99 = 0;
  std::int64_t max = 0;
};

// How many updates had each staleness.
using StalenessCounts = std::map<std::int64_t, std::int64_t>;

// The smallest staleness that at least `share` of the updates do not exceed. REQUIRES: there are
// some.
std::int64_t staleness_quantile(const StalenessCounts& counts, double share);

// Nothing where nothing was updated.
std::optional<StalenessSummary> summary_of(const StalenessCounts& counts);

}  // namespace rehearse
