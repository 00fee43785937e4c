// The payload that a rank sends in the reductions of a step; for the library's own all-reduce, what
// the schedule that it most likely picks sends.
#pragma once

#include <map>
#include <vector>

#include "runtime/strategies/sync_sgd.h"

namespace rehearse {

class SentBytes {
 public:
  SentBytes(const SyncSgd& program, int rank, int ranks);

  double of(const std::vector<Reduction>& reductions);

 private:
  const SyncSgd& program_;
  int rank_;
  int ranks_;
  std::vector<std::int64_t> offsets_;           // of each gradient, and the end of the last
  std::map<std::int64_t, double> by_elements_;  // batches repeat from step to step
};

}  // namespace rehearse
