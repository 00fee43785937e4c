// What a step of adam, adamw or lamb multiplies, worked out once for all parameters, on CPUs and on
// GPUs alike.
#pragma once

#include "kernels/optimizer.h"

namespace rehearse {

// With g the gradient, w the parameter, m and v the moments:
//   d = scale g + decay w;  m = beta1 m + rest1 d;  v = beta2 v + rest2 d^2
//   u = rate m / (root sqrt(v) + epsilon) + shrink w
// adam and adamw subtract u from w. The corrections of the moments (Kingma and Ba, arXiv:1412.6980,
// algorithm 1) are in `rate` = lr / (1 - beta1^t) and `root` = 1 / sqrt(1 - beta2^t). The weight
// decay of adam is `decay`; that of the others, lr weight_decay, is `shrink`.
struct AdamRule {
  float scale, decay, beta1, rest1, beta2, rest2, rate, root, epsilon, shrink;
};

// Of step `number`, from 1. What lamb scales by its ratio is u with lr = 1.
AdamRule adam_rule(const OptimizerOptions& options, double scale, double lr, std::int64_t number);

}  // namespace rehearse
