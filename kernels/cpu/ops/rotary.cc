// Rotary positions, by halves as in Llama: features i and i + d/2 of a head of d turn by the step
// times 10000^(-2 i / d). Values pass.
#include "base/error.h"
#include "kernels/cpu/steps.h"
#include "kernels/cpu/vector_loop.h"
#include "kernels/rotary_table.h"

namespace rehearse::cpu {
namespace {

class Rotary final : public Operation {
 public:
  explicit Rotary(const Site& site)
      : Operation({}),
        backward_(site.model.needs_backward_data(site.index)),
        all_(steps_of(site)),
        steps_(static_cast<std::size_t>(site.layer().steps)),
        turned_(static_cast<std::size_t>(site.layer().attention.heads +
                                         site.layer().attention.kv_heads)),
        half_(static_cast<std::size_t>(site.layer().attention.head_dim / 2)),
        table_(rotary_table(site.layer().steps, site.layer().attention.head_dim / 2)) {
    if (site.layer().attention.head_dim % 2 != 0) {
      throw Error::input("cannot compute '" + site.layer().name + "'",
                         "heads of " + std::to_string(site.layer().attention.head_dim) +
                             " features have no halves",
                         "make 'head_dim' even");
    }
  }

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override { turn(operands_.inputs.front(), operands_.output, 1); }
  void backward_data() override {
    if (backward_) turn(operands_.output_gradient, operands_.input_gradients.front(), -1);
  }

 private:
  void turn(const float* from, float* to, float sign) const {
    for_each_row(all_.rows, all_.width, [=, this](std::size_t row) REHEARSE_INLINE {
      const float* cosine = table_.cosines.data() + row % steps_ * half_;
      const float* sine = table_.sines.data() + row % steps_ * half_;
      const float* x = from + row * all_.width;
      float* y = to + row * all_.width;
      for (std::size_t head = 0; head < turned_; ++head, x += 2 * half_, y += 2 * half_) {
#pragma omp simd
        for (std::size_t i = 0; i < half_; ++i) {
          const float a = x[i], b = x[i + half_], s = sign * sine[i];
          y[i] = a * cosine[i] - b * s;
          y[i + half_] = b * cosine[i] + a * s;
        }
      }
      if (from == to) return;
      const std::size_t values = all_.width - 2 * half_ * turned_;
#pragma omp simd
      for (std::size_t i = 0; i < values; ++i) y[i] = x[i];
    });
  }

  const bool backward_;
  const Steps all_;
  const std::size_t steps_, turned_, half_;  // turned_: heads of queries and keys
  const RotaryTable table_;
  Operands operands_;
};

}  // namespace

OperationKind rotary_operation() {
  return {.make = construct<Rotary>,
          .takes_sequences = true,
          .overwrites_input = true,
          .overwrites_gradient = true};
}

}  // namespace rehearse::cpu
