// Runs samples through a network and counts how well it does.
#pragma once

#include <cstdint>

#include "kernels/executor.h"
#include "runtime/data/dataset.h"

namespace rehearse {

struct EvaluationCount {
  long long samples = 0;
  long long labels = 0;  // of all of them
  long long correct = 0;
  double loss = 0;  // summed over samples

  // REQUIRES: there are samples.
  [[nodiscard]] double accuracy() const {
    return static_cast<double>(correct) / static_cast<double>(labels);
  }
  [[nodiscard]] double mean_loss() const { return loss / static_cast<double>(samples); }
};

// Of the samples [begin, end), in batches of the executor; the last one is filled up with copies of
// its last sample, which are then taken out again. Leaves the executor in training.
EvaluationCount evaluate_samples(Executor& net, const Dataset& data, std::int64_t begin,
                                 std::int64_t end);

}  // namespace rehearse
