#include "predict/faulty_run.h"

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <vector>

#include "base/contract.h"
#include "base/normal_quantile.h"

namespace rehearse {
namespace {

// Equally likely; the quantiles asked for are in the middle of one.
constexpr int kRates = 105;

// A run with one rate of failures.
struct Case {
  double base = 0;      // s without a failure
  double failures = 0;  // in the mean
  double cost = 0;      // s of one, in the mean
};

std::vector<Case> cases_of(const FaultyRun& run, double seconds) {
  const int count = run.rate_spread > 0 ? kRates : 1;
  std::vector<Case> cases;
  for (int i = 0; i < count; ++i) {
    const double factor =
        count == 1 ? 1 : std::exp(run.rate_spread * normal_quantile((i + 0.5) / count));
    const double rate = factor * run.failures.rate;
    const double down = 1 + factor * run.worker_down;
    const double checkpoints = std::isinf(run.interval) ? 0 : seconds / run.interval;
    Case one{(seconds + checkpoints * run.failures.cost) * down, 0, 0};
    if (rate > 0 && seconds > 0) {
      const double segment = run.interval + run.failures.cost;
      const double each = std::exp(rate * run.failures.restart) * std::expm1(rate * segment);
      one.failures = checkpoints * each;
      one.cost = (1 / rate + run.failures.queue - segment / each) * down;
    }
    cases.push_back(one);
  }
  return cases;
}

// That a Poisson variable of this mean is at most `most`.
double poisson_below(double mean, double most) {
  if (most < 0) return 0;
  return mean > 0 ? boost::math::gamma_q(std::floor(most) + 1, mean) : 1;
}

// The least value that is not exceeded with this probability; `below` tells the probabilities.
template <class Below>
double quantile_of(double probability, double start, Below below) {
  constexpr double kExact = 1e-10;  // relative
  double low = 0, high = start;
  while (below(high) < probability) {
    low = high;
    high *= 2;
  }
  while (high - low > kExact * high) {
    const double middle = (low + high) / 2;
    (below(middle) < probability ? low : high) = middle;
  }
  return high;
}

template <class Below>
Quantiles quantiles_of(double start, Below below) {
  return {quantile_of(0.1, start, below), quantile_of(0.5, start, below),
          quantile_of(0.9, start, below)};
}

}  // namespace

Quantiles failures_of(const FaultyRun& run, double seconds) {
  EXPECTS(seconds >= 0);
  const std::vector<Case> cases = cases_of(run, seconds);
  const Quantiles found = quantiles_of(1, [&](double count) {
    double sum = 0;
    for (const Case& one : cases) sum += poisson_below(one.failures, count);
    return sum / static_cast<double>(cases.size());
  });
  return {std::floor(found.p10), std::floor(found.p50), std::floor(found.p90)};
}

Quantiles time_of(const FaultyRun& run, double seconds) {
  EXPECTS(seconds > 0 && run.interval > 0);
  const std::vector<Case> cases = cases_of(run, seconds);
  return quantiles_of(cases.front().base, [&](double time) {
    double sum = 0;
    for (const Case& one : cases) {
      if (time < one.base) continue;
      sum += one.cost > 0 ? poisson_below(one.failures, (time - one.base) / one.cost) : 1;
    }
    return sum / static_cast<double>(cases.size());
  });
}

Quantiles time_of(const FaultyRun& run, const Quantiles& seconds) {
  EXPECTS(seconds.p10 > 0);
  const Quantiles time = time_of(run, seconds.p50);
  const auto side = [](double a, double b) { return std::exp(std::hypot(a, b)); };
  return {time.p50 / side(std::log(seconds.p50 / seconds.p10), std::log(time.p50 / time.p10)),
          time.p50,
          time.p50 * side(std::log(seconds.p90 / seconds.p50), std::log(time.p90 / time.p50))};
}

Quantiles goodput_of(const FaultyRun& run, double seconds) {
  const Quantiles time = time_of(run, seconds);
  return {seconds / time.p90, seconds / time.p50, seconds / time.p10};
}

}  // namespace rehearse
