// Which gradients travel together. Gradients become ready in a fixed order (the reverse of the
// layers'), numbered from 0; a batch is a consecutive range of them and costs one all-reduce.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/units.h"

namespace rehearse {

struct FusedBatch {
  std::int64_t first;  // gradient
  std::int64_t end;

  bool operator==(const FusedBatch&) const = default;
};

// Horovod's tensor fusion over the gradients [first, end) that are ready on all ranks: greedy in
// order, a batch holds at most `threshold` bytes, a larger gradient travels alone (controller.cc,
// FuseResponses; its look-ahead past tensors that do not fit is not modelled because ours are all
// of one type). A threshold of zero disables fusion.
std::vector<FusedBatch> fuse(std::span<const Bytes> gradients, std::int64_t first, std::int64_t end,
                             Bytes threshold);

// The fixed buckets of PyTorch's DistributedDataParallel: a bucket closes when it holds at least
// its cap, which is `first_cap` for the first bucket and `cap` for the others (reducer.hpp).
std::vector<FusedBatch> buckets(std::span<const Bytes> gradients, Bytes first_cap, Bytes cap);

}  // namespace rehearse
