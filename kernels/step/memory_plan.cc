#include "kernels/step/memory_plan.h"

#include <algorithm>
#include <numeric>

namespace rehearse {

MemoryPlan place_buffers(const std::vector<PlannedBuffer>& buffers) {
  std::vector<std::size_t> by_size(buffers.size());
  std::iota(by_size.begin(), by_size.end(), std::size_t{0});
  std::stable_sort(by_size.begin(), by_size.end(), [&](std::size_t a, std::size_t b) {
    return buffers[a].bytes > buffers[b].bytes;
  });

  MemoryPlan plan;
  plan.offsets.assign(buffers.size(), 0);
  std::vector<std::size_t> placed;  // in the order of their offsets
  for (const std::size_t i : by_size) {
    const PlannedBuffer& buffer = buffers[i];
    std::size_t at = 0;
    for (const std::size_t other : placed) {
      if (buffers[other].last < buffer.first || buffer.last < buffers[other].first) continue;
      if (plan.offsets[other] >= at + aligned(buffer.bytes)) break;
      at = std::max(at, plan.offsets[other] + aligned(buffers[other].bytes));
    }
    plan.offsets[i] = at;
    plan.bytes = std::max(plan.bytes, at + aligned(buffer.bytes));
    const auto after = std::upper_bound(
        placed.begin(), placed.end(), at,
        [&](std::size_t offset, std::size_t other) { return offset < plan.offsets[other]; });
    placed.insert(after, i);
  }
  return plan;
}

}  // namespace rehearse
