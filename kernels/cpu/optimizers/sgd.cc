// sgd without and with momentum, and nesterov.
#include "kernels/cpu/optimizers/chunks.h"
#include "kernels/cpu/optimizers/momentum_update.h"
#include "kernels/cpu/optimizers/slot_optimizer.h"

namespace rehearse {
namespace {

void plain_update(float* __restrict w, const float* __restrict g, std::int64_t elements,
                  float scale, float decay, float lr) {
  for (std::int64_t i = 0; i < elements; ++i) w[i] -= lr * (scale * g[i] + decay * w[i]);
}

class PlainSgd final : public SlotOptimizer {
  using SlotOptimizer::SlotOptimizer;

  void update(const Step& step) override {
    const auto scale = static_cast<float>(step.scale);
    const auto decay = static_cast<float>(options().weight_decay);
    const auto lr = static_cast<float>(step.lr);
    for_each_chunk(step.begin, step.end, threads(), [&](std::int64_t begin, std::int64_t end) {
      plain_update(step.parameters + begin, step.gradient(begin), end - begin, scale, decay, lr);
    });
  }
};

template <bool kNesterov>
class MomentumSgd final : public SlotOptimizer {
  using SlotOptimizer::SlotOptimizer;

  void update(const Step& step) override {
    const MomentumFactors by{.scale = static_cast<float>(step.scale),
                             .decay = static_cast<float>(options().weight_decay),
                             .factor = 1,
                             .momentum = static_cast<float>(step.momentum),
                             .lr = static_cast<float>(step.lr)};
    for_each_chunk(step.begin, step.end, threads(), [&](std::int64_t begin, std::int64_t end) {
      momentum_update<kNesterov>(step.parameters + begin, step.gradient(begin), slot(0) + begin,
                                 end - begin, by);
    });
  }
};

}  // namespace

std::unique_ptr<Optimizer> make_sgd(const OptimizerOptions& options,
                                    std::vector<OptimizerTensor> tensors, int threads) {
  if (options.name == "nesterov") {
    return std::make_unique<MomentumSgd<true>>(options, std::move(tensors), threads);
  }
  if (options.momentum > 0) {
    return std::make_unique<MomentumSgd<false>>(options, std::move(tensors), threads);
  }
  return std::make_unique<PlainSgd>(options, std::move(tensors), threads);
}

}  // namespace rehearse
