#include "runtime/optimizers/optimizer.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "base/error.h"
#include "runtime/optimizers/in_range.h"
#include "runtime/optimizers/slot_optimizer.h"

namespace rehearse {
namespace {

bool is_layerwise(const OptimizerOptions& options) {
  return options.name == "lars" || options.name == "larc";
}

void check(const OptimizerOptions& options) {
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

std::int64_t sum_of(const std::vector<OptimizerTensor>& tensors) {
  std::int64_t elements = 0;
  for (const OptimizerTensor& tensor : tensors) {
    EXPECTS(tensor.elements >= 0);
    elements += tensor.elements;
  }
  return elements;
}

}  // namespace

SlotOptimizer::SlotOptimizer(OptimizerOptions options, std::vector<OptimizerTensor> tensors,
                             int threads)
    : options_(std::move(options)),
      tensors_(std::move(tensors)),
      elements_(sum_of(tensors_)),
      threads_(threads),
      state_(static_cast<std::size_t>(optimizer_slots(options_) * elements_)) {
  EXPECTS(threads >= 1);
}

void SlotOptimizer::step(std::span<float> parameters, std::span<const float> gradients,
                         double scale, double lr, double momentum_correction) {
  EXPECTS(static_cast<std::int64_t>(parameters.size()) == elements_);
  EXPECTS(static_cast<std::int64_t>(gradients.size()) == elements_);
  EXPECTS(lr > 0 && std::isfinite(lr) && std::isfinite(scale));
  EXPECTS(std::isfinite(momentum_correction));
  ++steps_;
  update({parameters.data(), gradients.data(), scale, lr, options_.momentum * momentum_correction,
          steps_});
}

void SlotOptimizer::set_steps(std::int64_t steps) {
  EXPECTS(steps >= 0);
  steps_ = steps;
}

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options,
                                          std::vector<OptimizerTensor> tensors, int threads) {
  check(options);
  if (options.name == "adam") return make_adam(options, std::move(tensors), threads);
  if (is_layerwise(options)) return make_layerwise(options, std::move(tensors), threads);
  return make_sgd(options, std::move(tensors), threads);
}

const std::vector<std::string>& optimizer_names() {
  static const std::vector<std::string> kNames{"sgd", "nesterov", "adam", "lars", "larc"};
  return kNames;
}

int optimizer_slots(const OptimizerOptions& options) {
  if (options.name == "adam") return 2;
  return options.name == "sgd" && options.momentum == 0 ? 0 : 1;
}

bool velocity_holds_rate(const OptimizerOptions& options) { return options.name == "lars"; }

}  // namespace rehearse
