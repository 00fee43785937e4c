// lamb: moments and norms of a tensor first, then its parameters.
#include <algorithm>
#include <array>

#include "kernels/cpu/optimizers/adam_update.h"
#include "kernels/cpu/optimizers/chunks.h"
#include "kernels/cpu/optimizers/slot_optimizer.h"
#include "kernels/cpu/optimizers/squares.h"

namespace rehearse {
namespace {

// Of u.
double squares_of_steps(const float* w, const float* first, const float* second,
                        std::int64_t elements, const AdamRule& by) {
  constexpr std::int64_t kBlock = 1024;  // 4 KiB: stays in the first cache
  std::array<float, kBlock> steps;
  double total = 0;
  for (std::int64_t begin = 0; begin < elements; begin += kBlock) {
    const std::int64_t count = std::min(kBlock, elements - begin);
    for (std::int64_t i = 0; i < count; ++i) {
      steps[static_cast<std::size_t>(i)] =
          adam_step(w[begin + i], first[begin + i], second[begin + i], by);
    }
    total += sum_of_squares(steps.data(), count);
  }
  return total;
}

void take_steps(float* __restrict w, const float* __restrict first, const float* __restrict second,
                std::int64_t elements, const AdamRule& rule, float factor) {
  const AdamRule by = rule;
  for (std::int64_t i = 0; i < elements; ++i) {
    w[i] -= factor * adam_step(w[i], first[i], second[i], by);
  }
}

class Lamb final : public SlotOptimizer {
  using SlotOptimizer::SlotOptimizer;

  void update(const Step& step) override {
    for_each_tensor(step, [&](const OptimizerTensor& tensor, std::int64_t begin) {
      if (tensor.one_dimensional) {
        update_vector(step, tensor.elements, begin);
      } else {
        update_tensor(step, tensor.elements, begin);
      }
    });
  }

  // Without ratio and decay.
  void update_vector(const Step& step, std::int64_t elements, std::int64_t begin) {
    AdamRule by = adam_rule(options(), step.scale, step.lr, step.number);
    by.shrink = 0;
    for_each_chunk(begin, begin + elements, threads(), [&](std::int64_t from, std::int64_t to) {
      adam_update(step.parameters + from, step.gradient(from), slot(0) + from, slot(1) + from,
                  to - from, by);
    });
  }

  void update_tensor(const Step& step, std::int64_t elements, std::int64_t begin) {
    const AdamRule by = adam_rule(options(), step.scale, 1, step.number);
    float* const w = step.parameters + begin;
    const float* const g = step.gradient(begin);
    float *const first = slot(0) + begin, *const second = slot(1) + begin;
    ChunkSums weights(elements), steps(elements);
    for_each_chunk(0, elements, threads(), [&](std::int64_t from, std::int64_t to) {
      update_moments(w + from, g + from, first + from, second + from, to - from, by);
      weights.of(from) = sum_of_squares(w + from, to - from);
      steps.of(from) = squares_of_steps(w + from, first + from, second + from, to - from, by);
    });
    const double length = weights.norm(), step_length = steps.norm();
    const double ratio = length == 0 || step_length == 0 ? 1 : length / step_length;
    const auto factor = static_cast<float>(step.lr * ratio);
    for_each_chunk(0, elements, threads(), [&](std::int64_t from, std::int64_t to) {
      take_steps(w + from, first + from, second + from, to - from, by, factor);
    });
  }
};

}  // namespace

std::unique_ptr<Optimizer> make_lamb(const OptimizerOptions& options,
                                     std::vector<OptimizerTensor> tensors, int threads) {
  return std::make_unique<Lamb>(options, std::move(tensors), threads);
}

}  // namespace rehearse
