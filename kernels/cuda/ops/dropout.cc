// Dropout with the masks of the CPU's. Nothing is kept: the backward pass draws the mask again.
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/operation.h"

namespace rehearse::cuda {
namespace {

class Dropout final : public Operation {
 public:
  explicit Dropout(const Site& site)
      : engine_(site.engine),
        layer_(static_cast<std::uint32_t>(site.index)),
        rate_(site.layer().dropout_rate),
        backward_(site.wants_input_gradient()) {}

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    const Tensor& x = operands_.inputs.front();
    if (operands_.mode->training) {
      dropout(x, mask(), operands_.output, engine_.stream());
    } else if (x.data != operands_.output.data) {
      scale(x, 1, operands_.output, engine_.stream());
    }
  }

  void backward_data() override {
    if (!backward_) return;
    dropout(operands_.output_gradient, mask(), operands_.input_gradients.front(), engine_.stream());
  }

 private:
  [[nodiscard]] DropoutMask mask() const {
    return {.rate = rate_,
            .seed = operands_.mode->dropout_seed,
            .stream = operands_.mode->dropout_stream,
            .layer = layer_};
  }

  Engine& engine_;
  const std::uint32_t layer_;
  const double rate_;
  const bool backward_;
  Operands operands_;
};

}  // namespace

OperationKind dropout_operation() {
  return {.make = construct<Dropout>,
          .takes_sequences = true,
          .overwrites_input = true,
          .overwrites_gradient = true};
}

}  // namespace rehearse::cuda
