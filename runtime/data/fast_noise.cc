#include "runtime/data/fast_noise.h"

namespace rehearse {
namespace {

// Of the sum of four independent bytes: variance 4 (256^2 - 1) / 12 = 21845.
constexpr float kMeanOfSum = 510;
constexpr float kDeviationOfSum = 147.80054F;

std::uint32_t sum_of_bytes(std::uint32_t word) {
  const std::uint32_t pairs = (word & 0x00ff00ffU) + (word >> 8 & 0x00ff00ffU);
  return (pairs & 0xffffU) + (pairs >> 16);
}

}  // namespace

FastNoise::FastNoise(RandomStream& start) {
  for (std::uint32_t& lane : state_) {
    do lane = start.bits();
    while (lane == 0);  // the one state that xorshift does not leave
  }
}

void FastNoise::add(std::span<float> out, float deviation) {
  const float factor = deviation / kDeviationOfSum;
  Lanes state = state_;
  std::array<float, kLanes> draws{};
  const auto draw = [&] {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      std::uint32_t x = state[lane];
      x ^= x << 13;
      x ^= x >> 17;
      x ^= x << 5;
      state[lane] = x;
      const auto sum = static_cast<float>(static_cast<std::int32_t>(sum_of_bytes(x)));
      draws[lane] = factor * (sum - kMeanOfSum);
    }
  };
  std::size_t i = 0;
  for (; i + kLanes <= out.size(); i += kLanes) {
    draw();
    for (std::size_t lane = 0; lane < kLanes; ++lane) out[i + lane] += draws[lane];
  }
  if (i < out.size()) draw();
  for (std::size_t lane = 0; i < out.size(); ++i, ++lane) out[i] += draws[lane];
  state_ = state;
}

}  // namespace rehearse
