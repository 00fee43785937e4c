// What elementwise.h does to one element.
#pragma once

#include <cmath>

#include "base/philox.h"
#include "kernels/cuda/bodies/numbers.h"
#include "kernels/cuda/elementwise.h"

namespace rehearse::cuda {

REHEARSE_HOST_DEVICE inline float logistic(float x) { return 1.0F / (1.0F + expf(-x)); }

struct Relu {
  REHEARSE_HOST_DEVICE static float value(float x) { return x > 0 ? x : 0; }
  REHEARSE_HOST_DEVICE static float slope(float y) { return y > 0 ? 1 : 0; }
};

// In the form with tanh of GPT-2 (Hendrycks and Gimpel, arXiv:1606.08415, section 2):
// x sigmoid(2 u) with u = sqrt(2 / pi) (x + 0.044715 x^3).
struct Gelu {
  static constexpr float kRoot = 0.797884561F, kCubic = 0.044715F;

  REHEARSE_HOST_DEVICE static float twice_u(float x) {
    return 2.0F * kRoot * x * (1.0F + kCubic * x * x);
  }
  REHEARSE_HOST_DEVICE static float value(float x) { return x * logistic(twice_u(x)); }
  REHEARSE_HOST_DEVICE static float slope(float x) {
    const float s = logistic(twice_u(x));
    return s + x * s * (1.0F - s) * 2.0F * kRoot * (1.0F + 3.0F * kCubic * x * x);
  }
};

struct Silu {
  REHEARSE_HOST_DEVICE static float value(float x) { return x * logistic(x); }
  REHEARSE_HOST_DEVICE static float slope(float x) {
    const float s = logistic(x);
    return s + x * s * (1.0F - s);
  }
};

struct Sigmoid {
  REHEARSE_HOST_DEVICE static float value(float x) { return logistic(x); }
  REHEARSE_HOST_DEVICE static float slope(float y) { return y * (1.0F - y); }
};

struct Tanh {
  REHEARSE_HOST_DEVICE static float value(float x) { return tanhf(x); }
  REHEARSE_HOST_DEVICE static float slope(float y) { return 1.0F - y * y; }
};

template <class F>
struct Forward {
  Inputs x;
  Outputs y;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const { y.set(i, F::value(x[i])); }
};

template <class F>
struct Backward {
  Inputs kept, dy;
  Outputs dx;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    dx.set(i, dy[i] * F::slope(kept[i]));
  }
};

// run(F{}) with the struct of the function.
template <class Run>
void with_function(Function function, const Run& run) {
  switch (function) {
    case Function::relu:
      return run(Relu());
    case Function::gelu:
      return run(Gelu());
    case Function::silu:
      return run(Silu());
    case Function::sigmoid:
      return run(Sigmoid());
    case Function::tanh:
      return run(Tanh());
  }
}

struct Sum {
  static constexpr int kMost = 4;
  Inputs from[kMost];
  int count;
  bool relu;
  Outputs y;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    float total = from[0][i];
    for (int k = 1; k < count; ++k) total += from[k][i];
    y.set(i, relu ? Relu::value(total) : total);
  }
};

struct Scaled {
  Inputs x;
  float factor;
  Outputs y;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const { y.set(i, x[i] * factor); }
};

struct GatedUnit {
  Inputs x;
  Outputs y;
  std::int64_t width;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t gate = i / width * 2 * width + i % width;
    y.set(i, Silu::value(x[gate]) * x[gate + width]);
  }
};

struct GatedUnitBackward {
  Inputs x, dy;
  Outputs dx;
  std::int64_t width;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t gate = i / width * 2 * width + i % width;
    const float g = x[gate], v = x[gate + width], d = dy[i];
    dx.set(gate, d * v * Silu::slope(g));
    dx.set(gate + width, d * Silu::value(g));
  }
};

struct BiasSum {
  Inputs x, bias;
  std::int64_t width;
  Outputs y;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const { y.set(i, x[i] + bias[i % width]); }
};

// Four elements, which share a block of random numbers.
struct Dropout {
  Inputs x;
  Outputs y;
  std::int64_t elements;
  std::uint64_t seed, stream;
  std::uint32_t layer, threshold;  // of the 2^32 numbers so many drop
  float factor;

  REHEARSE_HOST_DEVICE void operator()(std::int64_t block) const {
    const auto bits =
        philox_block({static_cast<std::uint32_t>(block), layer, static_cast<std::uint32_t>(stream),
                      static_cast<std::uint32_t>(stream >> 32)},
                     {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
    for (std::int64_t k = 0; k < 4 && 4 * block + k < elements; ++k) {
      const std::int64_t i = 4 * block + k;
      const bool kept = bits[static_cast<std::size_t>(k)] >= threshold;
      y.set(i, kept ? x[i] * factor : 0.0F);
    }
  }
};

inline Dropout dropout_body(const Tensor& x, const DropoutMask& mask, const Tensor& y) {
  EXPECTS(mask.rate >= 0 && mask.rate < 1 && x.elements < std::int64_t{1} << 34);
  return {.x = inputs_of(x),
          .y = outputs_of(y),
          .elements = x.elements,
          .seed = mask.seed,
          .stream = mask.stream,
          .layer = mask.layer,
          .threshold = static_cast<std::uint32_t>(std::lround(mask.rate * 0x1p32 - 0.5)),
          .factor = static_cast<float>(1 / (1 - mask.rate))};
}

}  // namespace rehearse::cuda
