// The object convergence of a scenario: how many samples a training takes to its target.
#pragma once

#include <string>
#include <string_view>

#include "base/enum_names.h"

namespace rehearse {

// What a training can be judged by.
enum class Metric {
  loss,          // of the training, falls
  test_loss,     // of the test set, falls
  test_accuracy  // share of the test set that is right, rises
};

inline constexpr auto kMetricNames = enum_names<Metric>("loss", "test_loss", "test_accuracy");

constexpr bool rises(Metric metric) { return metric == Metric::test_accuracy; }

struct MetricTarget {
  Metric metric = Metric::test_accuracy;
  double value = 0;

  [[nodiscard]] bool reached_by(double measured) const {
    return rises(metric) ? measured >= value : measured <= value;
  }
};

// "test_accuracy 0.76"
std::string to_text(const MetricTarget& target);

// samples = samples_at_small_batch (1 + B / critical_batch) (1 + staleness_penalty x mean
// staleness), B samples per update of the weights (McCandlish et al., arXiv:1812.06162, eq. 2.11:
// the samples to a loss grow as 1 + B / critical batch).
struct ConvergenceOptions {
  MetricTarget target;  // loss or test_accuracy
  // Both, or neither: an emulation finds out what it takes.
  double samples_at_small_batch = 0;
  double critical_batch = 0;  // samples
  double staleness_penalty = 0;
  std::string source;  // empty: not told

  [[nodiscard]] bool known() const { return samples_at_small_batch > 0; }
};

}  // namespace rehearse
