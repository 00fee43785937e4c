// A dense layer with bias and, where fused, ReLU: products of matrices whose rows are samples or
// steps. Weights of a layer that reads images are in the order of those images (parameter_order.h).
#include "kernels/cuda/memory_slots.h"
#include "kernels/cuda/operation.h"
#include "kernels/cuda/row_product.h"
#include "kernels/cuda/sums.h"
#include "kernels/devices/layer_fusion.h"

namespace rehearse::cuda {
namespace {

class Dense final : public Operation {
 public:
  explicit Dense(const Site& site)
      : engine_(site.engine),
        bias_(site.layer().bias),
        relu_(applies_relu(site.model, site.index)),
        adds_(site.adds_to_gradient()),
        backward_(site.wants_input_gradient()),
        rows_{.rows = site.batch * site.layer().steps,
              .in = site.input().elements() / site.layer().steps,
              .out = site.layer().output.channels,
              .type = engine_.type(),
              .narrow = engine_.narrow()} {}

  [[nodiscard]] std::size_t scratch_bytes() const override {
    return bias_ ? bias_sum_bytes(rows(), out()) : 0;
  }
  [[nodiscard]] bool reads_copy(std::size_t /*which*/) const override { return true; }

  void bind(const Operands& operands) override {
    operands_ = operands;
    forward_ = forward_product(rows_, bias_, relu_);
    if (operands.output_gradient == nullptr) return;
    weights_ = weights_product(rows_, operands.parameter_gradients[0], adds_);
    data_ = data_product(rows_);
    // The library sums the gradient of the bias on the way where it can.
    sums_bias_ = bias_;
    if (!bias_ || alignment_of(operands.parameter_gradients[1]) < kVector) return;
    Product both = weights_;
    both.epilogue = Epilogue::bias_gradient;
    if (!engine_.products().can_run(both)) return;
    weights_ = both;
    sums_bias_ = false;
  }

  void forward() override {
    engine_.products().run(
        forward_, {.a = operands_.inputs.front(),
                   .b = operands_.copies[0],
                   .c = operands_.output,
                   .vector = bias_ ? const_cast<void*>(operands_.copies[1]) : nullptr});
  }

  void backward_weights() override {
    const bool on_the_way = bias_ && !sums_bias_;
    engine_.products().run(weights_,
                           {.a = operands_.output_gradient,
                            .b = operands_.inputs.front(),
                            .c = operands_.parameter_gradients[0],
                            .vector = on_the_way ? operands_.parameter_gradients[1] : nullptr});
    if (!sums_bias_) return;
    sum_rows(operands_.output_gradient, engine_.type(), rows(), out(),
             operands_.parameter_gradients[1], operands_.scratch, engine_.stream());
  }

  void backward_data() override {
    if (!backward_) return;
    engine_.products().run(data_, {.a = operands_.output_gradient,
                                   .b = operands_.copies[0],
                                   .c = operands_.input_gradients.front()});
  }

 private:
  [[nodiscard]] std::size_t rows() const { return static_cast<std::size_t>(rows_.rows); }
  [[nodiscard]] std::size_t out() const { return static_cast<std::size_t>(rows_.out); }

  Engine& engine_;
  const bool bias_, relu_;
  const bool adds_;  // its gradient of the weights to what another layer left
  const bool backward_;
  const RowProduct rows_;
  Product forward_, weights_, data_;
  bool sums_bias_ = false;  // by a kernel of its own
  Operands operands_;
};

}  // namespace

OperationKind dense_operation() {
  return {.make = construct<Dense>, .takes_sequences = true, .backward_reads_input = true};
}

}  // namespace rehearse::cuda
