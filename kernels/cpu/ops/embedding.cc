// A row of the table for each token. Tokens are whole numbers in float, exact below 2^24. Where the
// table is a rank's share of the rows, from Layer::first on, other tokens have zeros.
#include <algorithm>

#include "base/contract.h"
#include "base/error.h"
#include "kernels/cpu/steps.h"
#include "kernels/cpu/vector_loop.h"
#include "kernels/step/shared_layers.h"

namespace rehearse::cpu {
namespace {

constexpr std::int64_t kMostTokens = std::int64_t{1} << 24;

class Embedding final : public Operation {
 public:
  explicit Embedding(const Site& site)
      : Operation(site.layer().parameters),
        steps_(steps_of(site).rows),
        width_(static_cast<std::size_t>(site.layer().output.channels)),
        vocabulary_(static_cast<std::size_t>(site.layer().vocabulary)),
        first_(static_cast<std::size_t>(site.layer().first)),
        is_share_(has_share_of_rows(site.model, site.index)),
        adds_(site.adds_to_gradient()) {
    if (site.layer().vocabulary > kMostTokens) {
      throw Error::input("cannot compute '" + site.layer().name + "' of " +
                             std::to_string(site.layer().vocabulary) + " tokens",
                         "at most " + std::to_string(kMostTokens) + " are exact in fp32",
                         "use 'predict'");
    }
  }

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    for_each_row(steps_, width_, [this](std::size_t step) {
      float* to = operands_.output + step * width_;
      const std::size_t row = row_of(step);
      if (row < vocabulary_) {
        std::copy_n(operands_.parameters.front() + row * width_, width_, to);
      } else {
        std::fill_n(to, width_, 0.0F);
      }
    });
  }

  // Each thread has features of its own, so that the order of the sums is that of the steps.
  void backward_weights() override {
    float* table = operands_.parameter_gradients.front();
    if (!adds_)
      split(vocabulary_ * width_, [table](std::size_t begin, std::size_t end) {
        std::fill(table + begin, table + end, 0.0F);
      });
    const auto threads = static_cast<std::size_t>(omp_get_max_threads());
#pragma omp parallel for
    for (std::size_t part = 0; part < threads; ++part) {
      const std::size_t begin = width_ * part / threads, end = width_ * (part + 1) / threads;
      rows(0, steps_, [=, this](std::size_t step) REHEARSE_INLINE {
        const std::size_t row = row_of(step);
        if (row >= vocabulary_) return;
        float* to = table + row * width_;
        const float* gradient = operands_.output_gradient + step * width_;
#pragma omp simd
        for (std::size_t i = begin; i < end; ++i) to[i] += gradient[i];
      });
    }
  }

  void write_inputs() override {
    for (std::size_t i = 0; i < steps_; ++i) {
      constexpr std::size_t kStride = 7919;  // a prime: neighbours lie apart
      operands_.inputs.front()[i] = static_cast<float>(i * kStride % vocabulary_);
    }
  }

 private:
  // Of the token of a step; vocabulary_ or more: another rank has it.
  [[nodiscard]] REHEARSE_INLINE std::size_t row_of(std::size_t step) const {
    const std::size_t row = static_cast<std::size_t>(operands_.inputs.front()[step]) - first_;
    EXPECTS(is_share_ || row < vocabulary_);
    return row;
  }

  const std::size_t steps_, width_, vocabulary_, first_;
  const bool is_share_;
  const bool adds_;
  Operands operands_;
};

}  // namespace

OperationKind embedding_operation() {
  return {.make = construct<Embedding>, .takes_sequences = true, .backward_reads_input = true};
}

}  // namespace rehearse::cpu
