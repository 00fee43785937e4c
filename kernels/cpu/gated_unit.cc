#include "kernels/cpu/gated_unit.h"

#include "kernels/cpu/vector_loop.h"
#include "kernels/cpu/vector_math.h"

namespace rehearse::cpu {

void gated_unit(const float* pairs, float* to, std::size_t rows, std::size_t n) {
  for_each_row(rows, n, [=](std::size_t row) REHEARSE_INLINE {
    const float* gate = pairs + row * 2 * n;
    const float* value = gate + n;
    float* out = to + row * n;
#pragma omp simd
    for (std::size_t i = 0; i < n; ++i) out[i] = gate[i] * logistic(gate[i]) * value[i];
  });
}

void gated_unit_gradient(const float* pairs, const float* gradient, float* to, std::size_t rows,
                         std::size_t n) {
  for_each_row(rows, n, [=](std::size_t row) REHEARSE_INLINE {
    const float* gate = pairs + row * 2 * n;
    const float* value = gate + n;
    const float* from = gradient + row * n;
    float* of_gate = to + row * 2 * n;
    float* of_value = of_gate + n;
#pragma omp simd
    for (std::size_t i = 0; i < n; ++i) {
      const float x = gate[i], s = logistic(x), v = value[i];
      of_gate[i] = from[i] * v * (s + x * s * (1.0F - s));
      of_value[i] = from[i] * x * s;
    }
  });
}

}  // namespace rehearse::cpu
