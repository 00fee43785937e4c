// Delivers the batches of one rank: every epoch is a fresh permutation of the data set, the same on
// all ranks; a global batch takes the next workers * batch indices of it, of which each rank gets
// its consecutive share. Reader threads fill a bounded queue ahead of the training.
//
// An epoch has floor(size / (workers * batch)) full steps and the rest of the permutation is left
// out, unless the data set is smaller than one global batch, when the permutation is repeated to
// fill it. Which samples a step sees depends on (seed, step) and on workers * batch alone, so two
// workers of 32 see what one worker of 64 sees, and a resumed run sees what the interrupted one
// would have seen.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/data/dataset.h"

namespace rehearse {

struct InputOptions {
  std::int64_t batch = 1;  // of this rank
  int rank = 0;
  int workers = 1;
  std::int64_t first_step = 0;  // counted from the start of the whole training
  std::int64_t last_step = 0;   // one past the last
  int readers = 1;              // threads; 0: batches are read when asked for
  int prefetch = 2;             // batches ready or being read; more readers than that idle
  std::uint64_t seed = 1;
};

// The depth of the queue that keeps so many readers busy: one batch in hand of each, one ready.
constexpr int prefetched_batches(int readers) { return 2 * readers; }

struct Batch {
  std::vector<float> images;
  std::vector<std::int32_t> labels;
};

class InputPipeline {
 public:
  // Keeps `data`. Throws Error::input when a number is out of range.
  InputPipeline(std::shared_ptr<const Dataset> data, InputOptions options);
  ~InputPipeline();
  InputPipeline(const InputPipeline&) = delete;
  InputPipeline& operator=(const InputPipeline&) = delete;

  // The batch of the next step; blocks until it is read. Valid until the next call. An exception of
  // a reader is thrown again here. REQUIRES: fewer calls than steps.
  const Batch& next();

  // Rounded up: the last batch of an epoch is filled with its first samples.
  [[nodiscard]] static std::int64_t steps_per_epoch(std::int64_t samples,
                                                    std::int64_t global_batch);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rehearse
