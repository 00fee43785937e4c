#include "kernels/adam_rule.h"

#include <cmath>

#include "base/contract.h"

namespace rehearse {

AdamRule adam_rule(const OptimizerOptions& options, double scale, double lr, std::int64_t number) {
  EXPECTS(number >= 1);
  const bool decoupled = options.name != "adam";
  const double beta1 = options.beta1, beta2 = options.beta2;
  const auto steps = static_cast<double>(number);
  return {.scale = static_cast<float>(scale),
          .decay = decoupled ? 0 : static_cast<float>(options.weight_decay),
          .beta1 = static_cast<float>(beta1),
          .rest1 = static_cast<float>(1 - beta1),
          .beta2 = static_cast<float>(beta2),
          .rest2 = static_cast<float>(1 - beta2),
          .rate = static_cast<float>(lr / (1 - std::pow(beta1, steps))),
          .root = static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, steps))),
          .epsilon = static_cast<float>(options.epsilon),
          .shrink = decoupled ? static_cast<float>(lr * options.weight_decay) : 0};
}

}  // namespace rehearse
