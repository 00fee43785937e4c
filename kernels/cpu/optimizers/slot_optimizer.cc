#include "kernels/cpu/optimizers/slot_optimizer.h"

#include <cmath>

#include "base/contract.h"

namespace rehearse {
namespace {

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

void SlotOptimizer::update(const Tensor& parameters, const Tensor& gradients,
                           const UpdateFactors& factors, std::int64_t begin, std::int64_t end) {
  EXPECTS(0 <= begin && begin <= end && end <= elements_);
  const bool of_range = gradients.elements == end - begin;
  EXPECTS(parameters.elements == elements_ && (of_range || gradients.elements == elements_));
  EXPECTS(factors.lr > 0 && std::isfinite(factors.lr) && std::isfinite(factors.scale));
  EXPECTS(std::isfinite(factors.momentum_correction));
  update({.parameters = parameters.floats(),
          .gradients = gradients.floats(),
          .first = of_range ? begin : 0,
          .begin = begin,
          .end = end,
          .scale = factors.scale,
          .lr = factors.lr,
          .momentum = options_.momentum * factors.momentum_correction,
          .number = factors.number > 0 ? factors.number : steps_ + 1});
  if (end == elements_) ++steps_;
}

void SlotOptimizer::set_steps(std::int64_t steps) {
  EXPECTS(steps >= 0);
  steps_ = steps;
}

std::unique_ptr<Optimizer> make_cpu_optimizer(const OptimizerOptions& options,
                                              std::vector<OptimizerTensor> tensors, int threads) {
  expect_optimizer(options);
  if (options.name == "adam" || options.name == "adamw") {
    return make_adam(options, std::move(tensors), threads);
  }
  if (options.name == "lamb") return make_lamb(options, std::move(tensors), threads);
  if (is_layerwise(options)) return make_layerwise(options, std::move(tensors), threads);
  return make_sgd(options, std::move(tensors), threads);
}

}  // namespace rehearse
