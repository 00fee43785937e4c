// lars and larc: a rate of its own for every tensor.
#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/cpu/optimizers/chunks.h"
#include "kernels/cpu/optimizers/momentum_update.h"
#include "kernels/cpu/optimizers/slot_optimizer.h"

namespace rehearse {
namespace {

// Independent sums let the loop run in vector registers without changing the order of additions.
double sum_of_squares(const float* x, std::int64_t elements) {
  constexpr int kLanes = 8;
  std::array<double, kLanes> sums{};
  std::int64_t i = 0;
  for (; i + kLanes <= elements; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const double value = x[i + lane];
      sums[lane] += value * value;
    }
  }
  double total = 0;
  for (; i < elements; ++i) total += static_cast<double>(x[i]) * x[i];
  for (const double sum : sums) total += sum;
  return total;
}

class Layerwise final : public SlotOptimizer {
 public:
  Layerwise(const OptimizerOptions& options, std::vector<OptimizerTensor> tensors, int threads)
      : SlotOptimizer(options, std::move(tensors), threads), clipped_(options.name == "larc") {}

 private:
  void update(const Step& step) override {
    std::int64_t begin = 0;
    for (const OptimizerTensor& tensor : this->tensors()) {
      if (begin >= step.begin && begin < step.end) update_tensor(step, tensor, begin);
      begin += tensor.elements;
    }
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
  double ratio_of(const Step& step, const float* w, const float* g, std::int64_t elements) {
    const double weights = norm(w, elements);
    const double gradient = std::abs(step.scale) * norm(g, elements);
    if (weights == 0 || gradient == 0) return 1;
    const double ratio = options().trust * weights / (gradient + options().weight_decay * weights);
    return clipped_ ? std::min(ratio / step.lr, 1.0) : ratio;
  }

  double norm(const float* x, std::int64_t elements) {
    partial_.resize(static_cast<std::size_t>(chunks_of(elements)));
    for_each_chunk(0, elements, threads(), [&](std::int64_t begin, std::int64_t end) {
      partial_[static_cast<std::size_t>(begin / kChunkElements)] =
          sum_of_squares(x + begin, end - begin);
    });
    double total = 0;
    for (const double sum : partial_) total += sum;
    return std::sqrt(total);
  }

  bool clipped_;
  std::vector<double> partial_;  // sums of squares per chunk
};

}  // namespace

std::unique_ptr<Optimizer> make_layerwise(const OptimizerOptions& options,
                                          std::vector<OptimizerTensor> tensors, int threads) {
  return std::make_unique<Layerwise>(options, std::move(tensors), threads);
}

}  // namespace rehearse
