#include "kernels/cuda/cuda_optimizer.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "kernels/cuda/cuda_memory.h"
#include "kernels/cuda/memory_slots.h"
#include "kernels/cuda/reductions.h"
#include "kernels/cuda/updates.h"

namespace rehearse {
namespace {

using cuda::MomentumRule;
using cuda::UpdateOperands;

class CudaOptimizer final : public Optimizer {
 public:
  CudaOptimizer(OptimizerOptions options, std::vector<OptimizerTensor> tensors,
                const cuda::Stream& stream)
      : options_(std::move(options)), tensors_(std::move(tensors)), stream_(stream) {
    std::int64_t largest = 0;
    for (const OptimizerTensor& tensor : tensors_) {
      elements_ += tensor.elements;
      largest = std::max(largest, tensor.elements);
    }
    state_ = cuda::DeviceMemory(stream.device(),
                                static_cast<std::size_t>(slots() * elements_) * sizeof(float));
    if (!is_layerwise(options_)) return;
    // Of a tensor: two sums of squares, the factor, the parts of the sums.
    const std::int64_t doubles =
        is_lamb() ? cuda::lamb_scratch(largest) : 3 + cuda::square_scratch(largest);
    scratch_ =
        cuda::DeviceMemory(stream.device(), static_cast<std::size_t>(doubles) * sizeof(double));
  }

  void update(const Tensor& parameters, const Tensor& gradients, const UpdateFactors& factors,
              std::int64_t begin, std::int64_t end) override {
    EXPECTS(0 <= begin && begin <= end && end <= elements_);
    const bool of_range = gradients.elements == end - begin;
    EXPECTS(parameters.elements == elements_ && (of_range || gradients.elements == elements_));
    EXPECTS(parameters.space == MemorySpace::device && gradients.space == MemorySpace::device);
    EXPECTS(factors.lr > 0 && std::isfinite(factors.lr) && std::isfinite(factors.scale));
    EXPECTS(std::isfinite(factors.momentum_correction));
    cuda::use_device(stream_.device());
    const Place place{parameters, gradients, of_range ? begin : 0};
    if (is_layerwise(options_)) {
      update_tensors(place, factors, begin, end);
    } else if (slots() == 2) {
      adam_step(operands(place, begin, end), rule_of(factors, factors.lr), stream_.handle());
    } else {
      momentum_step(operands(place, begin, end), momentum_rule(factors), stream_.handle());
    }
    if (end == elements_) ++steps_;
  }

  [[nodiscard]] Tensor state() override {
    return {state_.data(), slots() * elements_, ElementType::float32, MemorySpace::device};
  }
  [[nodiscard]] std::int64_t steps() const override { return steps_; }
  void set_steps(std::int64_t steps) override {
    EXPECTS(steps >= 0);
    steps_ = steps;
  }

 private:
  struct Place {
    Tensor parameters, gradients;
    std::int64_t first;  // element that the gradients begin with
  };

  [[nodiscard]] std::int64_t slots() const { return optimizer_slots(options_); }
  [[nodiscard]] bool is_lamb() const { return options_.name == "lamb"; }
  [[nodiscard]] float* slot(std::int64_t index, std::int64_t begin) const {
    if (index >= slots()) return nullptr;
    return static_cast<float*>(state_.data()) + index * elements_ + begin;
  }

  [[nodiscard]] UpdateOperands operands(const Place& place, std::int64_t begin,
                                        std::int64_t end) const {
    return {.parameters = place.parameters.part(begin, end - begin),
            .gradients = place.gradients.part(begin - place.first, end - begin),
            .first = slot(0, begin),
            .second = slot(1, begin)};
  }

  [[nodiscard]] MomentumRule momentum_rule(const UpdateFactors& factors) const {
    return {.scale = static_cast<float>(factors.scale),
            .decay = static_cast<float>(options_.weight_decay),
            .factor = 1,
            .momentum = static_cast<float>(options_.momentum * factors.momentum_correction),
            .lr = static_cast<float>(factors.lr),
            .nesterov = options_.name == "nesterov"};
  }

  [[nodiscard]] AdamRule rule_of(const UpdateFactors& factors, double lr) const {
    return adam_rule(options_, factors.scale, lr, factors.number > 0 ? factors.number : steps_ + 1);
  }

  // lars, larc and lamb: a rate of its own for every tensor.
  void update_tensors(const Place& place, const UpdateFactors& factors, std::int64_t begin,
                      std::int64_t end) const {
    std::int64_t at = 0;
    for (const OptimizerTensor& tensor : tensors_) {
      if (at >= begin && at < end) {
        const UpdateOperands of = operands(place, at, at + tensor.elements);
        is_lamb() ? lamb(of, factors, tensor) : lars(of, factors, tensor);
      }
      at += tensor.elements;
    }
  }

  void lamb(const UpdateOperands& of, const UpdateFactors& factors,
            const OptimizerTensor& tensor) const {
    if (tensor.one_dimensional) {
      AdamRule rule = rule_of(factors, factors.lr);
      rule.shrink = 0;
      return adam_step(of, rule, stream_.handle());
    }
    lamb_step(of, rule_of(factors, 1), factors.lr, static_cast<double*>(scratch_.data()),
              stream_.handle());
  }

  // And larc.
  void lars(const UpdateOperands& of, const UpdateFactors& factors,
            const OptimizerTensor& tensor) const {
    const bool clipped = options_.name == "larc";
    MomentumRule rule = momentum_rule(factors);
    if (!clipped) rule.lr = 1;  // the velocity holds the rate
    if (tensor.one_dimensional) {
      rule.decay = 0;
      if (!clipped) rule.factor = static_cast<float>(factors.lr);
      return momentum_step(of, rule, stream_.handle());
    }
    auto* const squares = static_cast<double*>(scratch_.data());
    double* const parts = squares + 3;
    auto* const factor = reinterpret_cast<float*>(squares + 2);
    cuda::sum_of_squares(of.parameters, squares, parts, stream_.handle());
    cuda::sum_of_squares(of.gradients, squares + 1, parts, stream_.handle());
    cuda::trust_factor(squares, squares + 1,
                       {.scale = factors.scale,
                        .decay = options_.weight_decay,
                        .trust = options_.trust,
                        .lr = factors.lr,
                        .clipped = clipped},
                       factor, stream_.handle());
    layerwise_step(of, rule, factor, stream_.handle());
  }

  const OptimizerOptions options_;
  const std::vector<OptimizerTensor> tensors_;
  const cuda::Stream& stream_;
  std::int64_t elements_ = 0;
  cuda::DeviceMemory state_, scratch_;
  std::int64_t steps_ = 0;
};

}  // namespace

std::unique_ptr<Optimizer> make_cuda_optimizer(const OptimizerOptions& options,
                                               std::vector<OptimizerTensor> tensors,
                                               const cuda::Stream& stream) {
  expect_optimizer(options);
  return std::make_unique<CudaOptimizer>(options, std::move(tensors), stream);
}

}  // namespace rehearse
