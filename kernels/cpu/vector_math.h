// Functions of single precision that a vector loop (vector_loop.h) can inline. All are within a few
// units in the last place of the value.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "kernels/cpu/vector_loop.h"

namespace rehearse::cpu {

// The natural exponential; arguments are clamped to where the value is a normal number. With
// x = n ln 2 + r and |r| <= ln 2 / 2, e^x = 2^n e^r; the polynomial of e^r and the split of ln 2
// are those of Cephes (Moshier, netlib.org/cephes, expf.c).
REHEARSE_INLINE inline float exponential(float x) {
  constexpr float kMost = 88.0F, kLeast = -87.0F, kLog2E = 1.44269504F;
  constexpr float kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to a whole number
  x = x < kMost ? x : kMost;
  x = x > kLeast ? x : kLeast;
  const float n = (x * kLog2E + kRound) - kRound;
  const float r = (x - n * kLn2High) - n * kLn2Low;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * (r * r) + r + 1.0F;
  const std::int32_t bits = (static_cast<std::int32_t>(n) + 127) << 23;
  return p * std::bit_cast<float>(bits);
}

REHEARSE_INLINE inline float logistic(float x) { return 1.0F / (1.0F + exponential(-x)); }

// By the exponential, and near 0, where that loses digits, by its series.
REHEARSE_INLINE inline float hyperbolic_tangent(float x) {
  constexpr float kNear = 0.1F;
  const float square = x * x;
  const float near = x * (1.0F + square * (-1.0F / 3 + square * (2.0F / 15 - square * 17 / 315)));
  const float far = 1.0F - 2.0F / (1.0F + exponential(2.0F * x));
  const bool small = square < kNear * kNear;
  return small ? near : far;
}

}  // namespace rehearse::cpu
