// The loops over moments that adam, adamw and lamb run. Internal to the folder; for files compiled
// with -fno-math-errno, so that the square root becomes a vector instruction.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/adam_rule.h"

namespace rehearse {

// u of adam_rule.h.
inline float adam_step(float w, float first, float second, const AdamRule& by) {
  return by.rate * first / (by.root * std::sqrt(second) + by.epsilon) + by.shrink * w;
}

inline void update_moments(const float* __restrict w, const float* __restrict g,
                           float* __restrict first, float* __restrict second, std::int64_t elements,
                           const AdamRule& rule) {
  const AdamRule by = rule;
  for (std::int64_t i = 0; i < elements; ++i) {
    const float gradient = by.scale * g[i] + by.decay * w[i];
    first[i] = by.beta1 * first[i] + by.rest1 * gradient;
    second[i] = by.beta2 * second[i] + by.rest2 * gradient * gradient;
  }
}

// Moments and parameters.
inline void adam_update(float* __restrict w, const float* __restrict g, float* __restrict first,
                        float* __restrict second, std::int64_t elements, const AdamRule& rule) {
  const AdamRule by = rule;
  for (std::int64_t i = 0; i < elements; ++i) {
    const float gradient = by.scale * g[i] + by.decay * w[i];
    const float mean = by.beta1 * first[i] + by.rest1 * gradient;
    const float square = by.beta2 * second[i] + by.rest2 * gradient * gradient;
    first[i] = mean;
    second[i] = square;
    w[i] -= adam_step(w[i], mean, square, by);
  }
}

}  // namespace rehearse
