// The three numbers in which a distribution is told.
#pragma once

namespace rehearse {

struct Quantiles {
  double p10 = 0, p50 = 0, p90 = 0;
};

}  // namespace rehearse
