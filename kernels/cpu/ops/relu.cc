// A ReLU. Where the layer before has applied it, only the gradient is left to do.
#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/operation.h"
#include "kernels/devices/layer_fusion.h"

namespace rehearse::cpu {
namespace {

class Relu final : public Operation {
 public:
  explicit Relu(const Site& site)
      : Operation({}),
        fused_(is_fused_relu(site.model, site.index)),
        backward_(site.model.needs_backward_data(site.index)),
        size_(stored_elements(site.layer().output, site.batch)) {}

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    if (!fused_) relu(operands_.inputs.front(), operands_.output, size_);
  }
  void backward_data() override {
    if (!backward_) return;
    relu_gradient(operands_.output, operands_.output_gradient, operands_.input_gradients.front(),
                  size_);
  }

 private:
  const bool fused_, backward_;
  const std::size_t size_;
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

}  // namespace rehearse::cpu
