// Places buffers that live for a part of a step in one block of memory: buffers whose lives overlap
// do not overlap in memory.
#pragma once

#include <cstddef>
#include <vector>

namespace rehearse {

inline constexpr std::size_t kAlignment = 64;  // a cache line, the widest vector

inline std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

// Lives from the beginning of moment `first` to the end of moment `last`.
struct PlannedBuffer {
  std::size_t bytes = 0;
  std::size_t first = 0, last = 0;
};

struct MemoryPlan {
  std::vector<std::size_t> offsets;  // of each buffer, multiples of kAlignment
  std::size_t bytes = 0;
};

// Largest buffer first, each at the lowest place that is free during its whole life (the "greedy by
// size" of Pisarchyk and Lee, arXiv:2001.03288).
MemoryPlan place_buffers(const std::vector<PlannedBuffer>& buffers);

}  // namespace rehearse
