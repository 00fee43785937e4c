// The ranges that recursive halving leaves to each rank: exchange k is with the partner at distance
// 2^k, and bit k of the rank says which half is kept.
#pragma once

#include <cstdint>
#include <utility>

namespace rehearse {

struct ElementRange {
  std::int64_t begin, end;

  [[nodiscard]] std::int64_t size() const { return end - begin; }
};

inline std::pair<ElementRange, ElementRange> halves(const ElementRange& range) {
  const std::int64_t middle = range.begin + range.size() / 2;
  return {{range.begin, middle}, {middle, range.end}};
}

// What `rank` is responsible for after so many exchanges over `elements`.
inline ElementRange halved(std::int64_t elements, int rank, int exchanges) {
  ElementRange range{0, elements};
  for (int k = 0; k < exchanges; ++k) {
    const auto [lower, upper] = halves(range);
    range = ((rank >> k) & 1) == 0 ? lower : upper;
  }
  return range;
}

}  // namespace rehearse
