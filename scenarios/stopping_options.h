// When a real run looks at how well it does, and what it makes of that.
#pragma once

#include <cstdint>
#include <optional>

#include "scenarios/convergence_options.h"

namespace rehearse {

// A metric that has not become better than its best by more than `min_delta` for `patience`
// evaluations in a row has stopped getting better.
struct Patience {
  Metric metric = Metric::loss;
  std::int64_t patience = 5;  // evaluations
  double min_delta = 0;
};

// training.optimizer.plateau: then the learning rate is multiplied by `factor`, down to `min_lr`,
// and the counting begins anew (Keras' ReduceLROnPlateau).
struct PlateauOptions {
  Patience watch;
  double factor = 0.1;
  double min_lr = 0;
};

struct StoppingOptions {
  std::int64_t evaluate_every = 0;         // steps; 0: an epoch
  std::optional<Patience> early_stopping;  // then the run ends
  std::optional<PlateauOptions> plateau;
  std::optional<MetricTarget> stop_at;  // the run ends when it is reached

  // Whether the run is evaluated before its end.
  [[nodiscard]] bool evaluates() const {
    return evaluate_every > 0 || early_stopping || plateau || stop_at;
  }
  // Whether anything that it does depends on the test set.
  [[nodiscard]] bool needs_test_set() const {
    return (early_stopping && early_stopping->metric != Metric::loss) ||
           (plateau && plateau->watch.metric != Metric::loss) ||
           (stop_at && stop_at->metric != Metric::loss);
  }
};

}  // namespace rehearse
