// Quantiles of the standard normal distribution.
#pragma once

namespace rehearse {

// Inverse of the cumulative distribution function, by Halley's method on erfc; accurate to 1e-12
// for p in [1e-6, 1 - 1e-6]. REQUIRES: 0 < p < 1.
double normal_quantile(double p);

// The cumulative distribution function itself; both tails keep their digits.
double normal_below(double score);

}  // namespace rehearse
