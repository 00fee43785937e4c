// Adds the row of each position, of a rank's share of the steps from Layer::first on. Its gradient
// is that of the sum.
#include <algorithm>

#include "base/error.h"
#include "kernels/cpu/steps.h"
#include "kernels/cpu/vector_loop.h"

namespace rehearse::cpu {
namespace {

class PositionEmbedding final : public Operation {
 public:
  explicit PositionEmbedding(const Site& site)
      : Operation(site.layer().parameters),
        batch_(static_cast<std::size_t>(site.batch)),
        steps_(static_cast<std::size_t>(site.layer().steps)),
        width_(steps_of(site).width),
        positions_(static_cast<std::size_t>(site.layer().vocabulary)),
        first_(static_cast<std::size_t>(site.layer().first)) {
    if (site.layer().types == 0) return;
    throw Error::input("cannot compute '" + site.layer().name + "'",
                       "positions with types of tokens can be predicted, but not trained here",
                       "use 'predict'");
  }

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    for_each_row(batch_ * steps_, width_, [this](std::size_t row) REHEARSE_INLINE {
      const float* position = operands_.parameters.front() + (first_ + row % steps_) * width_;
      const float* from = operands_.inputs.front() + row * width_;
      float* to = operands_.output + row * width_;
#pragma omp simd
      for (std::size_t i = 0; i < width_; ++i) to[i] = from[i] + position[i];
    });
  }

  void backward_weights() override {
    for_each_row(positions_, batch_ * width_, [this](std::size_t position) REHEARSE_INLINE {
      float* to = operands_.parameter_gradients.front() + position * width_;
      std::fill_n(to, width_, 0.0F);
      const std::size_t step = position - first_;
      if (step >= steps_) return;
      for (std::size_t n = 0; n < batch_; ++n) {
        const float* gradient = operands_.output_gradient + (n * steps_ + step) * width_;
#pragma omp simd
        for (std::size_t i = 0; i < width_; ++i) to[i] += gradient[i];
      }
    });
  }

 private:
  const std::size_t batch_, steps_, width_, positions_, first_;
  Operands operands_;
};

}  // namespace

OperationKind position_embedding_operation() {
  return {.make = construct<PositionEmbedding>,
          .takes_sequences = true,
          .overwrites_input = true,
          .passes_gradient = true};
}

}  // namespace rehearse::cpu
