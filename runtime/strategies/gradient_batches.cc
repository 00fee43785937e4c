#include "runtime/strategies/gradient_batches.h"

namespace rehearse {

std::vector<FusedBatch> fuse(std::span<const Bytes> gradients, std::int64_t first, std::int64_t end,
                             Bytes threshold) {
  std::vector<FusedBatch> batches;
  Bytes held;
  for (std::int64_t i = first; i < end; ++i) {
    const Bytes size = gradients[static_cast<std::size_t>(i)];
    if (!batches.empty() && held + size <= threshold) {
      batches.back().end = i + 1;
      held += size;
    } else {
      batches.push_back({i, i + 1});
      held = size;
    }
  }
  return batches;
}

std::vector<FusedBatch> buckets(std::span<const Bytes> gradients, Bytes first_cap, Bytes cap) {
  std::vector<FusedBatch> all;
  Bytes held;
  bool open = false;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    if (!open) {
      all.push_back({index, index});
      held = Bytes(0);
    }
    all.back().end = index + 1;
    held += gradients[i];
    open = held < (all.size() == 1 ? first_cap : cap);
  }
  return all;
}

}  // namespace rehearse
