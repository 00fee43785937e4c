#include "kernels/optimizer.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/in_range.h"

namespace rehearse {

void expect_optimizer(const OptimizerOptions& options) {
  const std::vector<std::string>& names = optimizer_names();
  if (std::find(names.begin(), names.end(), options.name) == names.end()) {
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
    throw Error::input("unknown optimizer '" + options.name + "'", "", "use one of " + known);
  }
  // A comparison with NaN is false, so NaN is out of every range.
  const auto is_share = [](double value) { return value >= 0 && value < 1; };
  const auto is_positive = [](double value) { return value > 0 && std::isfinite(value); };
  expect_in_range(is_share(options.momentum), "momentum of the optimizer", options.momentum,
                  "in [0, 1)");
  expect_in_range(options.name != "nesterov" || options.momentum > 0, "momentum of the optimizer",
                  options.momentum, "above 0 with nesterov");
  expect_in_range(options.weight_decay >= 0 && std::isfinite(options.weight_decay),
                  "weight decay of the optimizer", options.weight_decay, "of at least 0");
  expect_in_range(is_share(options.beta1), "beta1 of the optimizer", options.beta1, "in [0, 1)");
  expect_in_range(is_share(options.beta2), "beta2 of the optimizer", options.beta2, "in [0, 1)");
  expect_in_range(is_positive(options.epsilon), "epsilon of the optimizer", options.epsilon,
                  "above 0");
  expect_in_range(is_positive(options.trust), "trust of the optimizer", options.trust, "above 0");
}

const std::vector<std::string>& optimizer_names() {
  static const std::vector<std::string> kNames{"sgd",  "nesterov", "adam", "adamw",
                                               "lars", "larc",     "lamb"};
  return kNames;
}

int optimizer_slots(const OptimizerOptions& options) {
  if (options.name == "adam" || options.name == "adamw" || options.name == "lamb") return 2;
  return options.name == "sgd" && options.momentum == 0 ? 0 : 1;
}

bool is_layerwise(const OptimizerOptions& options) {
  return options.name == "lars" || options.name == "larc" || options.name == "lamb";
}

int repeated_passes(const OptimizerOptions& options) { return options.name == "lamb" ? 3 : 0; }

Bytes optimizer_traffic(const OptimizerOptions& options, std::int64_t parameters) {
  const int passes = 3 + 2 * optimizer_slots(options) + repeated_passes(options);
  return Bytes(4.0 * passes * static_cast<double>(parameters));
}

bool velocity_holds_rate(const OptimizerOptions& options) { return options.name == "lars"; }

}  // namespace rehearse
