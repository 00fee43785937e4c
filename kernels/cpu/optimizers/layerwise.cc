// lars and larc: a rate of its own for every tensor.
#include <algorithm>
#include <cmath>

#include "kernels/cpu/optimizers/chunks.h"
#include "kernels/cpu/optimizers/momentum_update.h"
#include "kernels/cpu/optimizers/slot_optimizer.h"
#include "kernels/cpu/optimizers/squares.h"

namespace rehearse {
namespace {

class Layerwise final : public SlotOptimizer {
 public:
  Layerwise(const OptimizerOptions& options, std::vector<OptimizerTensor> tensors, int threads)
      : SlotOptimizer(options, std::move(tensors), threads), clipped_(options.name == "larc") {}

 private:
  void update(const Step& step) override {
    for_each_tensor(step, [&](const OptimizerTensor& tensor, std::int64_t begin) {
      update_tensor(step, tensor, begin);
    });
  }

  void update_tensor(const Step& step, const OptimizerTensor& tensor, std::int64_t begin) {
    float* const w = step.parameters + begin;
    const float* const g = step.gradient(begin);
    float* const v = slot(0) + begin;
    const double ratio = tensor.one_dimensional ? 1 : ratio_of(step, w, g, tensor.elements);
    const MomentumFactors by{
        .scale = static_cast<float>(step.scale),
        .decay = tensor.one_dimensional ? 0 : static_cast<float>(options().weight_decay),
        .factor = static_cast<float>(clipped_ ? ratio : step.lr * ratio),
        .momentum = static_cast<float>(step.momentum),
        .lr = clipped_ ? static_cast<float>(step.lr) : 1};
    for_each_chunk(0, tensor.elements, threads(), [&](std::int64_t from, std::int64_t to) {
      momentum_update<false>(w + from, g + from, v + from, to - from, by);
    });
  }

  // What multiplies the gradient of a tensor.
  double ratio_of(const Step& step, const float* w, const float* g, std::int64_t elements) const {
    const double weights = norm(w, elements);
    const double gradient = std::abs(step.scale) * norm(g, elements);
    if (weights == 0 || gradient == 0) return 1;
    const double ratio = options().trust * weights / (gradient + options().weight_decay * weights);
    return clipped_ ? std::min(ratio / step.lr, 1.0) : ratio;
  }

  [[nodiscard]] double norm(const float* x, std::int64_t elements) const {
    ChunkSums squares(elements);
    for_each_chunk(0, elements, threads(), [&](std::int64_t begin, std::int64_t end) {
      squares.of(begin) = sum_of_squares(x + begin, end - begin);
    });
    return squares.norm();
  }

  bool clipped_;
};

}  // namespace

std::unique_ptr<Optimizer> make_layerwise(const OptimizerOptions& options,
                                          std::vector<OptimizerTensor> tensors, int threads) {
  return std::make_unique<Layerwise>(options, std::move(tensors), threads);
}

}  // namespace rehearse
