// The router of a mixture: scores of a product in fp32, and of each step the weights of the experts
// that serve it.
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/experts.h"
#include "kernels/cuda/memory_slots.h"
#include "kernels/cuda/operation.h"
#include "kernels/cuda/reductions.h"
#include "kernels/cuda/row_product.h"

namespace rehearse::cuda {
namespace {

class Router final : public Operation {
 public:
  explicit Router(const Site& site)
      : engine_(site.engine),
        backward_(site.wants_input_gradient()),
        bias_(site.layer().bias),
        shape_{.rows = site.batch * site.layer().steps,
               .experts = site.layer().experts.experts,
               .active = site.layer().experts.active},
        rows_{.rows = shape_.rows,
              .in = site.input().channels,
              .out = shape_.experts,
              .type = engine_.type(),
              .narrow = engine_.narrow()} {
    const auto scores = static_cast<std::size_t>(shape_.rows * shape_.experts);
    scores_ = scratch_.take(scores * sizeof(float));
    narrowed_ = scratch_.take(scores * engine_.bytes());
    sums_ = scratch_.take(static_cast<std::size_t>(column_scratch(shape_.experts)) * sizeof(float));
  }

  [[nodiscard]] std::size_t scratch_bytes() const override { return scratch_.bytes(); }
  [[nodiscard]] bool reads_copy(std::size_t which) const override { return which == 0; }
  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    Product product = forward_product(rows_, false, false);
    product.c.type = ElementType::float32;
    engine_.products().run(
        product,
        {.a = operands_.inputs.front().data, .b = operands_.copies[0].data, .c = scores().data});
    if (bias_) add_bias(scores(), operands_.parameters[1], scores(), engine_.stream());
    choose_experts(shape_, scores(), operands_.output, engine_.stream());
  }

  void backward_weights() override {
    choose_experts_backward(shape_, operands_.output, operands_.output_gradient, scores(),
                            engine_.stream());
    scale(scores(), 1, narrowed(), engine_.stream());
    engine_.products().run(weights_product(rows_, operands_.parameter_gradients[0].data, false),
                           {.a = narrowed().data,
                            .b = operands_.inputs.front().data,
                            .c = operands_.parameter_gradients[0].data});
    if (!bias_) return;
    column_sums(scores(), operands_.parameter_gradients[1],
                reinterpret_cast<float*>(operands_.scratch + sums_), engine_.stream());
  }

  // REQUIRES: backward_weights() has left the gradients of the scores.
  void backward_data() override {
    if (!backward_) return;
    engine_.products().run(data_product(rows_), {.a = narrowed().data,
                                                 .b = operands_.copies[0].data,
                                                 .c = operands_.input_gradients.front().data});
  }

 private:
  // The scores, then their gradients.
  [[nodiscard]] Tensor scores() const {
    return device_tensor(operands_.scratch + scores_, shape_.rows * shape_.experts,
                         ElementType::float32);
  }
  // Their gradients in the type of the product.
  [[nodiscard]] Tensor narrowed() const {
    return device_tensor(operands_.scratch + narrowed_, shape_.rows * shape_.experts,
                         engine_.type());
  }

  Engine& engine_;
  const bool backward_, bias_;
  const RouterShape shape_;
  const RowProduct rows_;
  MemorySlots scratch_;
  std::size_t scores_ = 0, narrowed_ = 0, sums_ = 0;
  Operands operands_;
};

}  // namespace

OperationKind router_operation() {
  return {.make = construct<Router>,
          .takes_sequences = true,
          .backward_reads_input = true,
          .backward_reads_output = true};
}

}  // namespace rehearse::cuda
