// Numbers whose sums over ranks are exact in float, in any order of the additions.
#pragma once

#include "tests/worlds/world_under_test.h"

namespace rehearse {

// What stands at place i of a rank's tensor.
inline float term(int rank, std::size_t i) {
  return static_cast<float>((static_cast<std::size_t>(rank) + 1) * (i + 3) % 101);
}

inline Rule terms(int rank) {
  return [rank](std::size_t i) { return term(rank, i); };
}

// Over ranks 0 … ranks - 1.
inline Rule sums(int ranks) {
  return [ranks](std::size_t i) {
    float sum = 0;
    for (int rank = 0; rank < ranks; ++rank) sum += term(rank, i);
    return sum;
  };
}

}  // namespace rehearse
