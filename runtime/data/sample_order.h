// Which samples each worker sees in each step.
//
// iid: every epoch is a fresh permutation of the data set, the same for all workers; a global batch
// takes the next workers * batch places of it, of which each worker gets its consecutive share. An
// epoch's last global batch is filled up with its first samples. So which samples a step sees
// depends on (seed, step) and on workers * batch alone: two workers of 32 see what one of 64 sees.
//
// by_class: the samples, sorted by their label, are dealt to the workers in consecutive shares, so
// that a worker knows few classes; each permutes its share anew when it has gone through it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/enum_names.h"
#include "runtime/data/dataset.h"

namespace rehearse {

enum class DataSplit : std::uint8_t { iid, by_class };

inline constexpr auto kDataSplitNames = enum_names<DataSplit>("iid", "by_class");

struct SampleOrderOptions {
  std::int64_t batch = 1;  // of a worker
  int workers = 1;
  std::uint64_t seed = 1;
  DataSplit split = DataSplit::iid;
};

// May be shared by all workers of a process; thread-safe.
class SampleOrder {
 public:
  // Keeps the data. REQUIRES: it has samples; under by_class at least one for each worker.
  SampleOrder(std::shared_ptr<const Dataset> data, const SampleOrderOptions& options);

  // The samples of a worker's batch. REQUIRES: batch of them; 0 <= worker < workers; step >= 0.
  void batch(int worker, std::int64_t step, std::span<std::int64_t> samples);

 private:
  using Permutation = std::vector<std::int64_t>;

  std::shared_ptr<const Permutation> of_epoch(std::int64_t epoch);
  void batch_of_share(int worker, std::int64_t step, std::span<std::int64_t> samples) const;

  std::shared_ptr<const Dataset> data_;
  SampleOrderOptions options_;
  std::int64_t steps_per_epoch_;
  Permutation by_class_;  // empty unless the split is
  std::mutex mutex_;
  std::int64_t epoch_ = -1;  // whose permutation is kept: steps are rarely of different epochs
  std::shared_ptr<const Permutation> order_;
};

}  // namespace rehearse
