// The first half of the channels, through silu, times the second half.
#include "kernels/cpu/gated_unit.h"
#include "kernels/cpu/steps.h"

namespace rehearse::cpu {
namespace {

class Swiglu final : public Operation {
 public:
  explicit Swiglu(const Site& site)
      : Operation({}),
        backward_(site.model.needs_backward_data(site.index)),
        steps_(steps_of(site)) {}

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    gated_unit(operands_.inputs.front(), operands_.output, steps_.rows, steps_.width / 2);
  }
  void backward_data() override {
    if (!backward_) return;
    gated_unit_gradient(operands_.inputs.front(), operands_.output_gradient,
                        operands_.input_gradients.front(), steps_.rows, steps_.width / 2);
  }

 private:
  const bool backward_;
  const Steps steps_;
  Operands operands_;
};

}  // namespace

OperationKind swiglu_operation() {
  return {.make = construct<Swiglu>, .takes_sequences = true, .backward_reads_input = true};
}

}  // namespace rehearse::cpu
