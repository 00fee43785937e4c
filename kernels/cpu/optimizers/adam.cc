// adam and adamw, which differ in what their rule does with the weight decay.
#include "kernels/cpu/optimizers/adam_update.h"
#include "kernels/cpu/optimizers/chunks.h"
#include "kernels/cpu/optimizers/slot_optimizer.h"

namespace rehearse {
namespace {

class Adam final : public SlotOptimizer {
  using SlotOptimizer::SlotOptimizer;

  void update(const Step& step) override {
    const AdamRule by = adam_rule(options(), step.scale, step.lr, step.number);
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
