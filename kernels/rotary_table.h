// The turns of rotary positions (Su et al., arXiv:2104.09864, equation 15): features i and i + half
// of a head turn at a step by the angle step * 10000^(-i / half).
#pragma once

#include <cstdint>
#include <vector>

namespace rehearse {

struct RotaryTable {
  std::vector<float> cosines, sines;  // [step, i], computed in fp64
};

RotaryTable rotary_table(std::int64_t steps, std::int64_t half);

}  // namespace rehearse
