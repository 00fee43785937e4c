// What updates.h does to one parameter.
#pragma once

#include <cmath>

#include "kernels/cuda/bodies/numbers.h"
#include "kernels/cuda/updates.h"

namespace rehearse::cuda {

// What all rules share.
struct UpdateArrays {
  float* parameters;
  Inputs gradients;
  float *first, *second;
  Outputs copy;
  const float* factor;
  const std::int32_t* overflow;

  REHEARSE_HOST_DEVICE bool is_left_out() const { return overflow != nullptr && *overflow != 0; }
  REHEARSE_HOST_DEVICE float gradient(std::int64_t i) const {
    return factor == nullptr ? gradients[i] : gradients[i] * *factor;
  }
  REHEARSE_HOST_DEVICE void set(std::int64_t i, float parameter) const {
    parameters[i] = parameter;
    if (copy.data != nullptr) copy.set(i, parameter);
  }
};

inline UpdateArrays arrays_of(const UpdateOperands& operands) {
  const Tensor& w = operands.parameters;
  EXPECTS(w.type == ElementType::float32 && operands.gradients.elements == w.elements);
  EXPECTS(operands.copy.data == nullptr || operands.copy.elements == w.elements);
  return {static_cast<float*>(w.data),
          inputs_of(operands.gradients),
          operands.first,
          operands.second,
          outputs_of(operands.copy),
          operands.factor,
          operands.overflow};
}

struct MomentumUpdate {
  UpdateArrays arrays;
  MomentumRule rule;
  const float* trust;  // null: 1

  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    if (arrays.is_left_out()) return;
    const float w = arrays.parameters[i];
    const float factor = trust == nullptr ? rule.factor : *trust;
    const float gradient = factor * (rule.scale * arrays.gradient(i) + rule.decay * w);
    float step = gradient;
    if (arrays.first != nullptr) {
      const float velocity = rule.momentum * arrays.first[i] + gradient;
      arrays.first[i] = velocity;
      step = rule.nesterov ? gradient + rule.momentum * velocity : velocity;
    }
    arrays.set(i, w - rule.lr * step);
  }
};

struct AdamUpdate {
  UpdateArrays arrays;
  AdamRule rule;

  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    if (arrays.is_left_out()) return;
    const float w = arrays.parameters[i];
    const float gradient = rule.scale * arrays.gradient(i) + rule.decay * w;
    const float mean = rule.beta1 * arrays.first[i] + rule.rest1 * gradient;
    const float square = rule.beta2 * arrays.second[i] + rule.rest2 * gradient * gradient;
    arrays.first[i] = mean;
    arrays.second[i] = square;
    arrays.set(i, w - rule.rate * mean / (rule.root * sqrtf(square) + rule.epsilon));
  }
};

// The only element.
struct TrustFactor {
  const double *parameter_squares, *gradient_squares;
  TrustRule rule;
  float* factor;

  REHEARSE_HOST_DEVICE void operator()(std::int64_t) const {
    const double weights = sqrt(*parameter_squares);
    const double gradient = fabs(rule.scale) * sqrt(*gradient_squares);
    double ratio = 1;
    if (weights != 0 && gradient != 0) {
      ratio = rule.trust * weights / (gradient + rule.decay * weights);
      if (rule.clipped) ratio = fmin(ratio / rule.lr, 1.0);
    }
    *factor = static_cast<float>(rule.clipped ? ratio : rule.lr * ratio);
  }
};

// The only element.
struct ClipFactor {
  const double* squares;
  double scale, norm;
  float* factor;

  REHEARSE_HOST_DEVICE void operator()(std::int64_t) const {
    const double own = fabs(scale) * sqrt(*squares);
    *factor = own > norm ? static_cast<float>(norm / own) : 1.0F;
  }
};

}  // namespace rehearse::cuda
