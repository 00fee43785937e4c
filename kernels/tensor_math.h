// Element by element arithmetic on whole tensors: what ranks that exchange weights do with them.
// Tensors are float32 in host memory and of equal size, if nothing else is said. Backend::add and
// its neighbours do the same wherever tensors are.
#pragma once

#include "kernels/tensor.h"

namespace rehearse {

void copy(const Tensor& from, const Tensor& to);
void add(const Tensor& x, const Tensor& sum);  // sum += x; of float16 and bfloat16 as well
void scale(double factor, const Tensor& x);    // x *= factor
bool is_finite(const Tensor& x);               // no element is infinite or not a number
// y = x in the type of y, rounded to the nearest. REQUIRES: float32, float16 or bfloat16, each.
void convert(const Tensor& x, const Tensor& y);
void subtract(const Tensor& a, const Tensor& b, const Tensor& difference);  // = a - b
// Elastic averaging (Zhang, Choromanska, LeCun, arXiv:1412.6651): x -= force (x - centre).
void pull_towards(const Tensor& centre, double force, const Tensor& x);

// Gradient energy matching (Corbett et al., NNLO's train/algo.py) on a worker, which has moved from
// `set` to `now` since it last took the weights of the master:
//   d = lr (now - set),  m = momentum m + d,  c = central - stale,  stale = central,
//   pi = clip((kappa |m| - |c|) / |d + 1e-12|, 0, 5),  update = pi d,
//   now = set = central + update.
struct GemFactors {
  double kappa = 2, momentum = 0.9, lr = 0.01;
};
struct GemTensors {
  Tensor now, set, m, stale, update;
};
void gem_update(const GemFactors& factors, const Tensor& central, const GemTensors& worker);

}  // namespace rehearse
