// Dropout that divides what it keeps by the share it keeps, so that evaluation passes everything.
// Whether an element is dropped is a function of the seed, the stream, the layer and its place in
// memory: numbers 4 i to 4 i + 3 are the Philox block of the counter (i, layer, stream) under the
// seed as key.
#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/operation.h"

namespace rehearse::cpu {
namespace {

class Dropout final : public Operation {
 public:
  explicit Dropout(const Site& site)
      : Operation({}),
        layer_(static_cast<std::uint32_t>(site.index)),
        backward_(site.model.needs_backward_data(site.index)),
        size_(stored_elements(site.layer().output, site.batch)),
        factor_(static_cast<float>(1 / (1 - site.layer().dropout_rate))),
        threshold_(
            static_cast<std::uint32_t>(std::lround(site.layer().dropout_rate * 0x1p32 - 0.5))) {}

  [[nodiscard]] std::size_t kept_bytes() const override { return size_; }

  void bind(const Operands& operands) override {
    operands_ = operands;
    mask_ = reinterpret_cast<std::uint8_t*>(operands.kept);
  }

  void forward() override {
    if (!operands_.mode->training) {
      if (operands_.output != operands_.inputs.front()) {
        copy(operands_.inputs.front(), operands_.output, size_);
      }
      return;
    }
    draw_mask();
    masked(mask_, operands_.inputs.front(), factor_, operands_.output, size_);
  }

  void backward_data() override {
    if (!backward_) return;
    masked(mask_, operands_.output_gradient, factor_, operands_.input_gradients.front(), size_);
  }

 private:
  void draw_mask() {
    const std::uint64_t seed = operands_.mode->dropout_seed;
    const std::uint64_t stream = operands_.mode->dropout_stream;
    const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
    const auto blocks = static_cast<std::int64_t>((size_ + 3) / 4);
#pragma omp parallel for
    for (std::int64_t block = 0; block < blocks; ++block) {
      const auto i = static_cast<std::size_t>(block);
      const auto bits = philox4x32({low(i), layer_, low(stream), low(stream >> 32)},
                                   {low(seed), low(seed >> 32)});
      for (std::size_t k = 4 * i; k < std::min(size_, 4 * i + 4); ++k) {
        mask_[k] = bits[k % 4] >= threshold_ ? 1 : 0;
      }
    }
  }

  const std::uint32_t layer_;
  const bool backward_;
  const std::size_t size_;
  const float factor_;
  const std::uint32_t threshold_;  // of the 2^32 numbers so many drop
  Operands operands_;
  std::uint8_t* mask_ = nullptr;
};

}  // namespace

OperationKind dropout_operation() {
  return {.make = construct<Dropout>,
          .takes_sequences = true,
          .overwrites_input = true,
          .overwrites_gradient = true};
}

}  // namespace rehearse::cpu
