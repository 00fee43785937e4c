// The sum of layers' outputs with, where fused, ReLU. Its gradient is that of every input.
#include "kernels/cuda/operation.h"
#include "kernels/cuda/tensor_sum.h"
#include "kernels/devices/layer_fusion.h"

namespace rehearse::cuda {
namespace {

class Add final : public Operation {
 public:
  explicit Add(const Site& site)
      : engine_(site.engine), relu_(applies_relu(site.model, site.index)) {}

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override { add_all(operands_.inputs, operands_.output, relu_, engine_.stream()); }

 private:
  Engine& engine_;
  const bool relu_;
  Operands operands_;
};

}  // namespace

OperationKind add_operation() {
  return {.make = construct<Add>,
          .takes_sequences = true,
          .overwrites_input = true,
          .passes_gradient = true};
}

}  // namespace rehearse::cuda
