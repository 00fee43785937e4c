// Order statistics and moments of small samples.
#pragma once

#include <span>

namespace rehearse {

// The q-quantile by linear interpolation between order statistics (Hyndman and Fan's type 7).
// REQUIRES: samples not empty, 0 <= q <= 1.
double quantile(std::span<const double> samples, double q);

double mean(std::span<const double> samples);                // REQUIRES: samples not empty
double standard_deviation(std::span<const double> samples);  // of the sample; 0 below two values

}  // namespace rehearse
