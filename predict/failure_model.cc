#include "predict/failure_model.h"

#include <cmath>
#include <limits>

#include "base/contract.h"

namespace rehearse {

double goodput(const FailureModel& model, double interval) {
  EXPECTS(interval > 0);
  const double rate = model.rate;
  if (rate == 0) return std::isinf(interval) ? 1 : interval / (interval + model.cost);
  const double failures =
      std::exp(rate * model.restart) * std::expm1(rate * (interval + model.cost));
  if (std::isinf(failures)) return 0;
  return interval / ((1 / rate + model.queue) * failures);
}

double daly_interval(const FailureModel& model) {
  if (model.rate == 0) return std::numeric_limits<double>::infinity();
  const double between = 1 / model.rate;
  if (model.cost >= between / 2) return between;
  return std::sqrt(2 * model.cost * between) - model.cost;
}

}  // namespace rehearse
