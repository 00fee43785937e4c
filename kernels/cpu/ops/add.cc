// The sum of layers' outputs with, where fused, ReLU. Its gradient is that of every input.
#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/operation.h"
#include "kernels/devices/layer_fusion.h"

namespace rehearse::cpu {
namespace {

class Add final : public Operation {
 public:
  explicit Add(const Site& site)
      : Operation({}),
        relu_(applies_relu(site.model, site.index)),
        size_(stored_elements(site.layer().output, site.batch)) {}

  void bind(const Operands& operands) override {
    inputs_.assign(operands.inputs.begin(), operands.inputs.end());
    output_ = operands.output;
  }

  void forward() override {
    if (relu_) {
      sum_relu(inputs_, output_, size_);
    } else {
      sum(inputs_, output_, size_);
    }
  }

 private:
  const bool relu_;
  const std::size_t size_;
  std::vector<const float*> inputs_;
  float* output_ = nullptr;
};

}  // namespace

OperationKind add_operation() {
  return {.make = construct<Add>,
          .takes_sequences = true,
          .overwrites_input = true,
          .passes_gradient = true};
}

}  // namespace rehearse::cpu
