// A ReLU. Where the layer before has applied it, only the gradient is left to do.
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/operation.h"
#include "kernels/devices/layer_fusion.h"

namespace rehearse::cuda {
namespace {

class Relu final : public Operation {
 public:
  explicit Relu(const Site& site)
      : engine_(site.engine),
        fused_(is_fused_relu(site.model, site.index)),
        backward_(site.wants_input_gradient()) {}

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    if (fused_) return;
    apply(Function::relu, operands_.inputs.front(), operands_.output, engine_.stream());
  }
  void backward_data() override {
    if (!backward_) return;
    apply_backward(Function::relu, operands_.output, operands_.output_gradient,
                   operands_.input_gradients.front(), engine_.stream());
  }

 private:
  Engine& engine_;
  const bool fused_, backward_;
  Operands operands_;
};

}  // namespace

OperationKind relu_operation() {
  return {.make = construct<Relu>,
          .does_nothing = is_wholly_fused_relu,
          .takes_sequences = true,
          .backward_reads_output = true,
          .overwrites_input = true,
          .overwrites_gradient = true};
}

}  // namespace rehearse::cuda
