// The router of a mixture: scores of a product, softmax, and of its values the greatest, divided by
// their sum. The output has the weights of the chosen experts and 0 for all others; of equal scores
// the first is chosen. The gradient is that of the chosen weights.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/cpu/steps.h"
#include "kernels/step/memory_plan.h"

namespace rehearse::cpu {
namespace {

class Router final : public Operation {
 public:
  explicit Router(const Site& site)
      : Operation(site.layer().parameters),
        backward_(site.model.needs_backward_data(site.index)),
        bias_(site.layer().bias),
        steps_(steps_of(site)),
        experts_(static_cast<std::size_t>(site.layer().experts.experts)),
        active_(static_cast<std::size_t>(site.layer().experts.active)) {}

  // Gradients of the scores.
  [[nodiscard]] std::size_t scratch_bytes() const override {
    return steps_.rows * experts_ * sizeof(float);
  }

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    multiply({.rows = steps_.rows, .columns = experts_, .inner = steps_.width},
             {operands_.inputs.front(), steps_.width},
             {operands_.parameters[0], steps_.width, true}, operands_.output, experts_);
#pragma omp parallel
    {
      std::vector<std::size_t> order(experts_);
#pragma omp for schedule(static)
      for (std::size_t step = 0; step < steps_.rows; ++step) {
        choose(operands_.output + step * experts_, order);
      }
    }
  }

  void backward_weights() override {
    auto* scores = reinterpret_cast<float*>(operands_.scratch);
#pragma omp parallel for schedule(static)
    for (std::size_t step = 0; step < steps_.rows; ++step) {
      const float* weight = operands_.output + step * experts_;
      const float* gradient = operands_.output_gradient + step * experts_;
      float mean = 0;
      for (std::size_t e = 0; e < experts_; ++e) mean += weight[e] * gradient[e];
      for (std::size_t e = 0; e < experts_; ++e) {
        scores[step * experts_ + e] = weight[e] * (gradient[e] - mean);
      }
    }
    multiply({.rows = experts_, .columns = steps_.width, .inner = steps_.rows},
             {scores, experts_, true}, {operands_.inputs.front(), steps_.width},
             operands_.parameter_gradients[0], steps_.width);
    if (!bias_) return;
    float* bias = operands_.parameter_gradients[1];
    std::fill_n(bias, experts_, 0.0F);
    for (std::size_t step = 0; step < steps_.rows; ++step) {
      for (std::size_t e = 0; e < experts_; ++e) bias[e] += scores[step * experts_ + e];
    }
  }

  // REQUIRES: backward_weights() has left the gradients of the scores.
  void backward_data() override {
    if (!backward_) return;
    const auto* scores = reinterpret_cast<const float*>(operands_.scratch);
    multiply({.rows = steps_.rows, .columns = steps_.width, .inner = experts_}, {scores, experts_},
             {operands_.parameters[0], steps_.width}, operands_.input_gradients.front(),
             steps_.width);
  }

 private:
  // Turns the scores of a step into weights.
  void choose(float* scores, std::vector<std::size_t>& order) const {
    if (bias_) {
      for (std::size_t e = 0; e < experts_; ++e) scores[e] += operands_.parameters[1][e];
    }
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto last = order.begin() + static_cast<std::ptrdiff_t>(active_);
    std::partial_sort(order.begin(), last, order.end(), [scores](std::size_t a, std::size_t b) {
      return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
    });
    const float largest = scores[order.front()];
    float sum = 0;
    for (auto e = order.begin(); e != last; ++e) {
      scores[*e] = std::exp(scores[*e] - largest);
      sum += scores[*e];
    }
    for (auto e = order.begin(); e != last; ++e) scores[*e] /= sum;
    for (auto e = last; e != order.end(); ++e) scores[*e] = 0;
  }

  const bool backward_, bias_;
  const Steps steps_;
  const std::size_t experts_, active_;
  Operands operands_;
};

}  // namespace

OperationKind router_operation() {
  return {.make = construct<Router>,
          .takes_sequences = true,
          .backward_reads_input = true,
          .backward_reads_output = true};
}

}  // namespace rehearse::cpu
