// Runs samples through a network and counts how well it does.
#pragma once

#include <cstdint>

#include "kernels/executor.h"
#include "runtime/data/dataset.h"

namespace rehearse {

struct EvaluationCount {
  long long samples = 0;
  long long correct = 0;
  double loss = 0;  // summed over samples
};

// Of the samples [begin, end), in batches of the executor; the last one is filled up with copies of
// its last sample, which are then taken out again. Leaves the executor in training.
EvaluationCount evaluate_samples(Executor& net, const Dataset& data, std::int64_t begin,
                                 std::int64_t end);

}  // namespace rehearse
