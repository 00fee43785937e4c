#include "base/normal_quantile.h"

#include <cmath>
#include <numbers>

#include "base/contract.h"

namespace rehearse {

double normal_quantile(double p) {
  EXPECTS(p > 0 && p < 1);
  // Start from the logistic approximation and solve Phi(x) = p by Halley's method on erfc, which
  // converges cubically; the tails need a few steps more.
  double x = std::log(p / (1 - p)) / 1.702;
  for (int i = 0; i < 60; ++i) {
    const double error = normal_below(x) - p;
    const double slope = std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
    const double newton = error / slope;
    const double change = newton / (1 + x * newton / 2);
    x -= change;
    if (std::abs(change) < 1e-13 * (1 + std::abs(x))) break;
  }
  return x;
}

double normal_below(double score) { return 0.5 * std::erfc(-score / std::numbers::sqrt2); }

}  // namespace rehearse
