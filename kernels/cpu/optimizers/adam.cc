#include <cmath>

#include "kernels/cpu/optimizers/chunks.h"
#include "kernels/cpu/optimizers/slot_optimizer.h"

namespace rehearse {
namespace {

struct AdamFactors {
  float scale, decay, beta1, rest1, beta2, rest2, rate, root, epsilon;
};

// Compiled with -fno-math-errno, so that the square root becomes a vector instruction.
void adam_update(float* __restrict w, const float* __restrict g, float* __restrict first,
                 float* __restrict second, std::int64_t elements, const AdamFactors& by) {
  const auto [s, d, beta1, rest1, beta2, rest2, rate, root, epsilon] = by;
  for (std::int64_t i = 0; i < elements; ++i) {
    const float gradient = s * g[i] + d * w[i];
    const float mean = beta1 * first[i] + rest1 * gradient;
    const float square = beta2 * second[i] + rest2 * gradient * gradient;
    first[i] = mean;
    second[i] = square;
    w[i] -= rate * mean / (root * std::sqrt(square) + epsilon);
  }
}

class Adam final : public SlotOptimizer {
  using SlotOptimizer::SlotOptimizer;

  void update(const Step& step) override {
    const double beta1 = options().beta1;
    const double beta2 = options().beta2;
    const auto number = static_cast<double>(step.number);
    // The bias corrections of both moments, taken out of the loop.
    const double first = 1 - std::pow(beta1, number);
    const double second = 1 - std::pow(beta2, number);
    const AdamFactors by{.scale = static_cast<float>(step.scale),
                         .decay = static_cast<float>(options().weight_decay),
                         .beta1 = static_cast<float>(beta1),
                         .rest1 = static_cast<float>(1 - beta1),
                         .beta2 = static_cast<float>(beta2),
                         .rest2 = static_cast<float>(1 - beta2),
                         .rate = static_cast<float>(step.lr / first),
                         .root = static_cast<float>(1 / std::sqrt(second)),
                         .epsilon = static_cast<float>(options().epsilon)};
    for_each_chunk(step.begin, step.end, threads(), [&](std::int64_t begin, std::int64_t end) {
      adam_update(step.parameters + begin, step.gradient(begin), slot(0) + begin, slot(1) + begin,
                  end - begin, by);
    });
  }
};

}  // namespace

std::unique_ptr<Optimizer> make_adam(const OptimizerOptions& options,
                                     std::vector<OptimizerTensor> tensors, int threads) {
  return std::make_unique<Adam>(options, std::move(tensors), threads);
}

}  // namespace rehearse
