// A dense layer with bias and, where fused, ReLU or GELU: products of matrices whose rows are
// samples or steps. Weights of a layer that reads images are in the order of those images
// (parameter_order.h).
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/gelu_fusion.h"
#include "kernels/cuda/memory_slots.h"
#include "kernels/cuda/operation.h"
#include "kernels/cuda/reductions.h"
#include "kernels/cuda/row_product.h"
#include "kernels/devices/layer_fusion.h"

namespace rehearse::cuda {
namespace {

class Dense final : public Operation {
 public:
  explicit Dense(const Site& site)
      : engine_(site.engine),
        bias_(site.layer().bias),
        relu_(applies_relu(site.model, site.index)),
        gelu_(applies_gelu(site.model, site.index)),
        behind_gelu_(layer_before_gelu(site.model, site.index).has_value()),
        adds_(site.adds_to_gradient()),
        backward_(site.wants_input_gradient()),
        rows_{.rows = site.batch * site.layer().steps,
              .in = site.input().elements() / site.layer().steps,
              .out = site.layer().output.channels,
              .type = engine_.type(),
              .narrow = engine_.narrow()} {}

  // What the GELU is applied to.
  [[nodiscard]] std::size_t kept_bytes() const override {
    return gelu_ ? static_cast<std::size_t>(rows_.rows * rows_.out) * engine_.bytes() : 0;
  }
  [[nodiscard]] std::size_t scratch_bytes() const override {
    return bias_ ? static_cast<std::size_t>(column_scratch(rows_.out)) * sizeof(float) : 0;
  }
  [[nodiscard]] bool reads_copy(std::size_t /*which*/) const override { return true; }

  void bind(const Operands& operands) override {
    operands_ = operands;
    forward_ = gelu_ ? gelu_product(rows_, bias_) : forward_product(rows_, bias_, relu_);
    gelu_follows_ = gelu_ && !engine_.products().can_run(forward_);
    if (gelu_follows_) forward_ = forward_product(rows_, bias_, false);
    bias_follows_ = (bias_ || relu_) && !engine_.products().can_run(forward_);
    if (bias_follows_) forward_ = forward_product(rows_, false, false);
    if (operands.output_gradient.data == nullptr) return;
    weights_ = weights_product(rows_, operands.parameter_gradients[0].data, adds_);
    data_ = behind_gelu_ ? gelu_data_product(rows_) : data_product(rows_);
    slope_follows_ = behind_gelu_ && !engine_.products().can_run(data_);
    if (slope_follows_) data_ = data_product(rows_);
    // The library sums the gradient of the bias on the way where it can.
    sums_bias_ = bias_;
    if (!bias_ || alignment_of(operands.parameter_gradients[1].data) < kVector) return;
    Product both = weights_;
    both.epilogue = Epilogue::bias_gradient;
    if (!engine_.products().can_run(both)) return;
    weights_ = both;
    sums_bias_ = false;
  }

  void forward() override {
    const Tensor& y = operands_.output;
    const Tensor sums = gelu_follows_ ? device_tensor(operands_.kept, y.elements, y.type) : y;
    engine_.products().run(forward_, {.a = operands_.inputs.front().data,
                                      .b = operands_.copies[0].data,
                                      .c = sums.data,
                                      .vector = bias_ ? operands_.copies[1].data : nullptr,
                                      .auxiliary = operands_.kept});
    if (bias_follows_ && bias_) add_bias(sums, operands_.copies[1], sums, engine_.stream());
    if (bias_follows_ && relu_) apply(Function::relu, y, y, engine_.stream());
    if (gelu_follows_) apply(Function::gelu, sums, y, engine_.stream());
  }

  void backward_weights() override {
    const bool on_the_way = bias_ && !sums_bias_;
    engine_.products().run(
        weights_, {.a = operands_.output_gradient.data,
                   .b = operands_.inputs.front().data,
                   .c = operands_.parameter_gradients[0].data,
                   .vector = on_the_way ? operands_.parameter_gradients[1].data : nullptr});
    if (!sums_bias_) return;
    column_sums(operands_.output_gradient, operands_.parameter_gradients[1],
                reinterpret_cast<float*>(operands_.scratch), engine_.stream());
  }

  void backward_data() override {
    if (!backward_) return;
    engine_.products().run(data_, {.a = operands_.output_gradient.data,
                                   .b = operands_.copies[0].data,
                                   .c = operands_.input_gradients.front().data,
                                   .auxiliary = operands_.before_gelu.data});
    if (!slope_follows_) return;
    const Tensor& dx = operands_.input_gradients.front();
    apply_backward(Function::gelu, operands_.before_gelu, dx, dx, engine_.stream());
  }

 private:
  Engine& engine_;
  const bool bias_, relu_, gelu_;
  const bool behind_gelu_;
  const bool adds_;  // its gradient of the weights to what another layer left
  const bool backward_;
  const RowProduct rows_;
  Product forward_, weights_, data_;
  // By kernels of their own:
  bool sums_bias_ = false, bias_follows_ = false;  // with the bias goes the ReLU
  bool gelu_follows_ = false, slope_follows_ = false;
  Operands operands_;
};

}  // namespace

OperationKind dense_operation() {
  return {.make = construct<Dense>, .takes_sequences = true, .backward_reads_input = true};
}

}  // namespace rehearse::cuda
