#include "calibrate/fits/left_over.h"

#include <algorithm>
#include <cmath>

namespace rehearse {

double LeftOver::covariance(const JobSize& a, const JobSize& b) const {
  const auto square = [](double x) { return x * x; };
  const double grown = std::log2(static_cast<double>(std::min(a.workers, b.workers)));
  // Of a walk that starts at `batch` in both directions.
  const auto away = [&](const JobSize& size) {
    return std::log2(static_cast<double>(size.batch) / static_cast<double>(batch));
  };
  const double common = (std::abs(away(a)) + std::abs(away(b)) - std::abs(away(a) - away(b))) / 2;
  return square(at_one_worker) + square(per_doubling_of_workers) * grown +
         square(per_doubling_of_batch) * common;
}

}  // namespace rehearse
