#include "train/stopping.h"

#include <cmath>

#include "base/contract.h"

namespace rehearse {

std::optional<double> RunEvaluation::of(Metric metric) const {
  switch (metric) {
    case Metric::loss:
      return loss;
    case Metric::test_loss:
      return test_loss;
    case Metric::test_accuracy:
      return test_accuracy;
  }
  contract_failed("expects", "a known metric", __FILE__, __LINE__);
}

bool Stagnation::hear(double value) {
  const double gain = best_ ? (rises(options_.metric) ? value - *best_ : *best_ - value) : INFINITY;
  if (!std::isnan(value) && gain > options_.min_delta) {
    best_ = value;
    worse_ = 0;
    return false;
  }
  if (++worse_ < options_.patience) return false;
  worse_ = 0;
  return true;
}

Stopping::Stopping(const StoppingOptions& options) : options_(options) {
  if (options.early_stopping) early_.emplace(*options.early_stopping);
  if (options.plateau) plateau_.emplace(options.plateau->watch);
}

Verdict Stopping::judge(const RunEvaluation& evaluation) {
  Verdict verdict;
  if (early_ && early_->hear(evaluation.of(options_.early_stopping->metric).value())) {
    verdict.end = EndedBy::early_stopping;
  }
  if (plateau_) {
    verdict.lower_rate = plateau_->hear(evaluation.of(options_.plateau->watch.metric).value());
  }
  if (options_.stop_at &&
      options_.stop_at->reached_by(evaluation.of(options_.stop_at->metric).value())) {
    verdict.end = EndedBy::stop_at;
  }
  return verdict;
}

}  // namespace rehearse
