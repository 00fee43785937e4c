// Order statistics and moments of small samples.
#pragma once

#include <span>

namespace rehearse {

// The q-quantile by linear interpolation between order statistics (Hyndman and Fan's type 7).
// REQUIRES: samples not empty, 0 <= q <= 1.
double quantile(std::span<const double> samples, double q);
// The same of n positive samples that stand at the probabilities 0.5/n, 1.5/n, …, as those of a
// stratified sample do: interpolated in ln over the normal scores of these probabilities, which is
// exact for a log-normal distribution. (Type 7 has the 0.9-quantile of ten normal values at 1.10
// instead of 1.28 standard deviations.)
double stratified_quantile(std::span<const double> samples, double q);

double mean(std::span<const double> samples);  // REQUIRES: samples not empty
// The mean, times beyond twice the median counted as twice (winsorised: Dixon, Annals of
// Mathematical Statistics 31(2), 1960). Times that are now of one size and now of another add up to
// their means and not to their medians, while a rare stall must not dominate.
// REQUIRES: times not empty.
double mean_without_stalls(std::span<const double> times);
double standard_deviation(std::span<const double> samples);  // of the sample; 0 below two values

}  // namespace rehearse
