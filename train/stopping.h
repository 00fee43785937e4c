// What a run makes of its evaluations: whether it goes on, and whether at a lower learning rate.
//
//   Stopping stopping(scenario.stopping);
//   const Verdict verdict = stopping.judge(evaluation);   // one after the other, on rank 0
//
// Judged again, the evaluations of an interrupted run give the same verdicts.
#pragma once

#include <cstdint>
#include <optional>

#include "base/enum_names.h"
#include "scenarios/stopping_options.h"

namespace rehearse {

enum class EndedBy { steps, early_stopping, stop_at, divergence };

inline constexpr auto kEndedByNames =
    enum_names<EndedBy>("steps", "early_stopping", "stop_at", "divergence");

// What is known of a training after some of its steps. A loss that is not finite is NaN.
struct RunEvaluation {
  std::int64_t step = 0;     // steps done since the first of the training
  double seconds = 0;        // that these steps took, without what lies between them
  std::int64_t samples = 0;  // that they took in
  double loss = 0;           // mean of the steps since the evaluation before
  std::optional<double> test_loss, test_accuracy;  // where there is a test set
  double learning_rate = 0;                        // of the last step

  // Nothing where there is no test set.
  [[nodiscard]] std::optional<double> of(Metric metric) const;
};

// Tells when a metric has not become better for some time.
class Stagnation {
 public:
  explicit Stagnation(const Patience& options) : options_(options) {}

  // Whether it has not, with this value, for `patience` evaluations; then it counts anew. Better is
  // beyond the best by more than min_delta; NaN is never better.
  bool hear(double value);

 private:
  Patience options_;
  std::optional<double> best_;
  std::int64_t worse_ = 0;  // evaluations since the best, or since it counts anew
};

struct Verdict {
  std::optional<EndedBy> end;  // stop_at comes before early_stopping
  bool lower_rate = false;
};

class Stopping {
 public:
  explicit Stopping(const StoppingOptions& options);

  // REQUIRES: the evaluation has the test set where the options look at it.
  Verdict judge(const RunEvaluation& evaluation);

 private:
  StoppingOptions options_;
  std::optional<Stagnation> early_, plateau_;
};

}  // namespace rehearse
