// How old the weights are from which gradients are computed.
#pragma once

#include <cstdint>

namespace rehearse {

// Of the updates of a run: updates that were applied to the same variable between the read of the
// weights and the application of their gradient, itself not counted.
struct StalenessSummary {
  double mean = 0, p50 = 0, p90 = 0;
  std::int64_t max = 0;
};

}  // namespace rehearse
