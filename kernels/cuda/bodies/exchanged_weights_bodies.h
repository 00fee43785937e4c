// What exchanged_weights.h does to one element.
#pragma once

#include <cmath>

#include "kernels/cuda/bodies/numbers.h"
#include "kernels/cuda/exchanged_weights.h"

namespace rehearse::cuda {

struct Difference {
  Inputs a, b;
  Outputs y;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const { y.set(i, a[i] - b[i]); }
};

struct Pulled {
  Inputs centre;
  float force;
  Outputs x;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const float own = x[i];
    x.set(i, own - force * (own - centre[i]));
  }
};

// In the names of GemTensors (kernels/tensor_math.h).
struct MatchedEnergies {
  static constexpr float kLeast = 1e-12F, kGreatest = 5;
  float kappa, momentum, lr;
  Inputs central;
  Outputs now, set, m, stale, update;

  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const float centre = central[i];
    const float d = lr * (now[i] - set[i]);
    const float moved = momentum * m[i] + d;
    m.set(i, moved);
    const float c = centre - stale[i];
    stale.set(i, centre);
    const float energy = (kappa * fabsf(moved) - fabsf(c)) / fabsf(d + kLeast);
    // What is no number stays so, as on CPU cores.
    const float clipped = energy < 0 ? 0 : energy > kGreatest ? kGreatest : energy;
    update.set(i, clipped * d);
    now.set(i, centre + clipped * d);
    set.set(i, centre + clipped * d);
  }
};

inline MatchedEnergies matched_energies(const GemFactors& factors, const Tensor& central,
                                        const GemTensors& worker) {
  return {.kappa = static_cast<float>(factors.kappa),
          .momentum = static_cast<float>(factors.momentum),
          .lr = static_cast<float>(factors.lr),
          .central = inputs_of(central),
          .now = outputs_of(worker.now),
          .set = outputs_of(worker.set),
          .m = outputs_of(worker.m),
          .stale = outputs_of(worker.stale),
          .update = outputs_of(worker.update)};
}

}  // namespace rehearse::cuda
