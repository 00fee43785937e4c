// The angles of rotary positions (Su et al., arXiv:2104.09864): feature i of a half of `half`
// features turns by the step times 10000^(-i / half).
#pragma once

#include <cstddef>
#include <vector>

namespace rehearse {

// [step, i].
struct RotaryTable {
  std::vector<float> cosines, sines;
};

RotaryTable rotary_table(std::size_t steps, std::size_t half);

}  // namespace rehearse
