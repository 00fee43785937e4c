// The loop that every optimizer with a velocity runs. Internal to the folder.
#pragma once

#include <cstdint>

namespace rehearse {

// v = m v + f (s g + d w);  w -= lr v, or with nesterov w -= lr (f (s g + d w) + m v).
struct MomentumFactors {
  float scale, decay, factor, momentum, lr;
};

template <bool kNesterov>
inline void momentum_update(float* __restrict w, const float* __restrict g, float* __restrict v,
                            std::int64_t elements, const MomentumFactors& by) {
  const auto [s, d, f, m, lr] = by;
  for (std::int64_t i = 0; i < elements; ++i) {
    const float gradient = f * (s * g[i] + d * w[i]);
    const float velocity = m * v[i] + gradient;
    v[i] = velocity;
    w[i] -= lr * (kNesterov ? gradient + m * velocity : velocity);
  }
}

}  // namespace rehearse
