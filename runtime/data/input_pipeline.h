// Delivers the batches of one rank: those of SampleOrder (sample_order.h), so that a resumed run
// sees what the interrupted one would have seen. Reader threads fill a bounded queue ahead of the
// training.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/data/dataset.h"
#include "runtime/data/sample_order.h"

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
  // Of the same data, batch and workers, where other ranks of the process share it or the split is
  // not iid; null: one of its own.
  std::shared_ptr<SampleOrder> order{};
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
