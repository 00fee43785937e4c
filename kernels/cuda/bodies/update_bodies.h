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

// Of a parameter w.
REHEARSE_HOST_DEVICE inline void update_moments(const UpdateArrays& arrays, const AdamRule& rule,
                                                std::int64_t i, float w) {
  const float gradient = rule.scale * arrays.gradient(i) + rule.decay * w;
  arrays.first[i] = rule.beta1 * arrays.first[i] + rule.rest1 * gradient;
  arrays.second[i] = rule.beta2 * arrays.second[i] + rule.rest2 * gradient * gradient;
}

// u of kernels/adam_rule.h.
REHEARSE_HOST_DEVICE inline float step_of(const UpdateArrays& arrays, const AdamRule& rule,
                                          std::int64_t i, float w) {
  const float root = rule.root * sqrtf(arrays.second[i]);
  return rule.rate * arrays.first[i] / (root + rule.epsilon) + rule.shrink * w;
}

struct AdamUpdate {
  UpdateArrays arrays;
  AdamRule rule;

  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    if (arrays.is_left_out()) return;
    const float w = arrays.parameters[i];
    update_moments(arrays, rule, i, w);
    arrays.set(i, w - step_of(arrays, rule, i, w));
  }
};

// Row `piece`: moments, and the sums of squares of its parameters and of their steps.
struct LambMoments {
  UpdateArrays arrays;
  AdamRule rule;
  std::int64_t elements;
  double *parameter_pieces, *step_pieces;

  template <class Lanes>
  REHEARSE_HOST_DEVICE void operator()(std::int64_t piece, const Lanes& lanes) const {
    if (arrays.is_left_out()) return;
    const std::int64_t begin = piece * kLambPiece;
    const std::int64_t left = elements - begin;
    const std::int64_t end = begin + (left < kLambPiece ? left : kLambPiece);
    double parameters = 0, steps = 0;
    for (std::int64_t i = begin + lanes.first(); i < end; i += lanes.step()) {
      const float w = arrays.parameters[i];
      update_moments(arrays, rule, i, w);
      const double parameter = w, step = step_of(arrays, rule, i, w);
      parameters += parameter * parameter;
      steps += step * step;
    }
    parameters = lanes.sum(parameters);
    steps = lanes.sum(steps);
    if (lanes.first() != 0) return;
    parameter_pieces[piece] = parameters;
    step_pieces[piece] = steps;
  }
};

// The only element: lr times the ratio of the norms.
struct LambFactor {
  const double *parameter_squares, *step_squares;
  double lr;
  float* factor;

  REHEARSE_HOST_DEVICE void operator()(std::int64_t) const {
    const double parameters = sqrt(*parameter_squares), steps = sqrt(*step_squares);
    const double ratio = parameters == 0 || steps == 0 ? 1 : parameters / steps;
    *factor = static_cast<float>(lr * ratio);
  }
};

// After LambMoments and LambFactor.
struct LambUpdate {
  UpdateArrays arrays;
  AdamRule rule;
  const float* factor;

  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    if (arrays.is_left_out()) return;
    const float w = arrays.parameters[i];
    arrays.set(i, w - *factor * step_of(arrays, rule, i, w));
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
