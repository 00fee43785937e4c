// The first half of the channels, through silu, times the second half.
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/operation.h"

namespace rehearse::cuda {
namespace {

class Swiglu final : public Operation {
 public:
  explicit Swiglu(const Site& site)
      : engine_(site.engine),
        backward_(site.wants_input_gradient()),
        width_(site.layer().output.channels) {}

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    gated_unit(operands_.inputs.front(), operands_.output, width_, engine_.stream());
  }
  void backward_data() override {
    if (!backward_) return;
    gated_unit_backward(operands_.inputs.front(), operands_.output_gradient,
                        operands_.input_gradients.front(), width_, engine_.stream());
  }

 private:
  Engine& engine_;
  const bool backward_;
  const std::int64_t width_;
  Operands operands_;
};

}  // namespace

OperationKind swiglu_operation() {
  return {.make = construct<Swiglu>, .takes_sequences = true, .backward_reads_input = true};
}

}  // namespace rehearse::cuda
