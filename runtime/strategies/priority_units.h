// What travels as one piece where gradients that the next forward pass needs first go first: small
// gradients together, large ones in slices.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/strategies/gradient_batches.h"

namespace rehearse {

// Elements [begin, end) of all gradients, which are parts of, or all of, the gradients named.
struct PriorityUnit {
  std::int64_t begin = 0, end = 0;
  FusedBatch gradients{};

  [[nodiscard]] std::int64_t size() const { return end - begin; }
  bool operator==(const PriorityUnit&) const = default;
};

// The units of gradients of so many elements each, in their order: the last unit is that which
// becomes ready last and is needed first. From the last gradient on, consecutive ones share a unit
// of at most `most` elements; a larger gradient is cut into equal parts, which travel alone. With
// `most` 0 each gradient is a unit.
std::vector<PriorityUnit> priority_units(std::span<const std::int64_t> gradients,
                                         std::int64_t most);

}  // namespace rehearse
