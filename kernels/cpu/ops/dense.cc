// A dense layer with bias and, where fused, ReLU. Its input is one vector in the order channel,
// height, width, or a sequence of such vectors, each a row of the product. Weights that another
// layer has, too, are in plain order.
#include "kernels/cpu/choice.h"
#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/staged_operation.h"
#include "kernels/devices/layer_fusion.h"

namespace rehearse::cpu {
namespace {

using Tag = dnnl::memory::format_tag;
using Forward = dnnl::inner_product_forward;
using BackwardData = dnnl::inner_product_backward_data;
using BackwardWeights = dnnl::inner_product_backward_weights;
constexpr auto kFloat = dnnl::memory::data_type::f32;

class Dense final : public StagedOperation {
 public:
  explicit Dense(const Site& site)
      : StagedOperation(site),
        engine_(site.engine),
        bias_(site.layer().bias),
        stored_(activation_layout(site.input(), site.batch)),
        in_plain_(is_plain(site.input()) ? stored_ : plain_layout(site.input(), site.batch)),
        adds_(site.adds_to_gradient()),
        in_({site.batch * site.layer().steps, inputs(site)}, kFloat, Tag::ab),
        out_({site.batch * site.layer().steps, site.layer().output.channels}, kFloat, Tag::ab),
        plain_({site.layer().output.channels, inputs(site)}, kFloat, Tag::ab) {
    if (bias_) bias_layout_ = Desc({site.layer().output.channels}, kFloat, Tag::a);
    const Desc any({plain_.dims()}, kFloat, Tag::any);
    dnnl::primitive_attr attributes = own_scratchpad();
    if (applies_relu(site.model, site.index)) {
      dnnl::post_ops post;
      post.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
      attributes.set_post_ops(post);
    }
    const auto make = [&](const Desc& weights) {
      return Forward::primitive_desc(
          {dnnl::prop_kind::forward_training, in_, weights, bias_layout_, out_}, attributes,
          engine_.engine());
    };
    Forward::primitive_desc forward = make(site.shares_weights() ? plain_ : any);
    if (!is_permutation(forward.weights_desc())) forward = make(plain_);
    weights_ = forward.weights_desc();
    write_forward(forward);
    write_backward_weights(forward, any);
    if (site.model.needs_backward_data(site.index)) write_backward_data(forward, any);
  }

  void bind(const Operands& operands) override {
    StagedOperation::bind(operands);
    if (!adds_) return;
    gradient_ = operands.parameter_gradients.front();
    part_ = reinterpret_cast<const float*>(operands.scratch + own_.at);
  }

  void backward_weights() override {
    StagedOperation::backward_weights();
    if (adds_) sum({gradient_, part_}, gradient_, plain_.get_size() / sizeof(float));
  }

  void import_parameter(std::size_t which, const float* plain, float* to) const override {
    if (which > 0) return Operation::import_parameter(which, plain, to);
    engine_.reorder(plain_, plain, weights_, to);
  }
  void export_parameter(std::size_t which, const float* from, float* plain) const override {
    if (which > 0) return Operation::export_parameter(which, from, plain);
    engine_.reorder(weights_, from, plain_, plain);
  }

 private:
  // Elements of the vector of a step.
  static std::int64_t inputs(const Site& site) {
    return site.input().elements() / site.layer().steps;
  }

  void write_forward(const Forward::primitive_desc& desc) {
    std::vector<Argument> arguments{
        {DNNL_ARG_SRC, in_, forward_.converted(stored_, {Operand::input}, in_plain_)},
        {DNNL_ARG_WEIGHTS, weights_, {Operand::parameter}},
        {DNNL_ARG_DST, out_, {Operand::output}}};
    if (bias_) arguments.push_back({DNNL_ARG_BIAS, bias_layout_, {Operand::parameter, 1}});
    forward_.add(Forward(desc), std::move(arguments), desc.scratchpad_desc());
  }

  void write_backward_weights(const Forward::primitive_desc& hint, const Desc& any) {
    const auto make = [&](const Desc& weights) {
      return BackwardWeights::primitive_desc({in_, weights, bias_layout_, out_}, own_scratchpad(),
                                             engine_.engine(), hint);
    };
    const auto exact = attempt([&] { return make(weights_); });
    const BackwardWeights::primitive_desc desc = exact && !is_slow(*exact) ? *exact : make(any);

    Stage& stage = backward_weights_;
    own_ = adds_ ? stage.scratch(weights_.get_size()) : Slot{Operand::parameter_gradient};
    const Slot to = stage.target(desc.diff_weights_desc(), weights_, own_);
    std::vector<Argument> arguments{
        {DNNL_ARG_SRC, in_, stage.converted(stored_, {Operand::input}, in_plain_)},
        {DNNL_ARG_DIFF_DST, out_, {Operand::output_gradient}},
        {DNNL_ARG_DIFF_WEIGHTS, desc.diff_weights_desc(), to}};
    if (bias_) {
      arguments.push_back({DNNL_ARG_DIFF_BIAS, bias_layout_, {Operand::parameter_gradient, 1}});
    }
    stage.add(BackwardWeights(desc), std::move(arguments), desc.scratchpad_desc());
    stage.deliver(desc.diff_weights_desc(), to, weights_, own_);
  }

  void write_backward_data(const Forward::primitive_desc& hint, const Desc& any) {
    const auto make = [&](const Desc& weights) {
      return BackwardData::primitive_desc({in_, weights, out_}, own_scratchpad(), engine_.engine(),
                                          hint);
    };
    const auto exact = attempt([&] { return make(weights_); });
    const BackwardData::primitive_desc desc = exact && !is_slow(*exact) ? *exact : make(any);

    Stage& stage = backward_data_;
    const Slot to = stage.target(in_plain_, stored_, {Operand::input_gradient});
    stage.add(BackwardData(desc),
              {{DNNL_ARG_DIFF_DST, out_, {Operand::output_gradient}},
               {DNNL_ARG_WEIGHTS, desc.weights_desc(),
                stage.converted(weights_, {Operand::parameter}, desc.weights_desc())},
               {DNNL_ARG_DIFF_SRC, in_, to}},
              desc.scratchpad_desc());
    stage.deliver(in_plain_, to, stored_, {Operand::input_gradient});
  }

  const Engine& engine_;
  const bool bias_;
  const Desc stored_;    // the input as it lies
  const Desc in_plain_;  // the input in the order of the vector
  const bool adds_;      // its gradient of the weights to what another layer left
  const Desc in_, out_, plain_;
  Desc bias_layout_;                       // none by default
  Desc weights_;                           // as parameters() holds them
  Slot own_{Operand::parameter_gradient};  // where the gradient of the weights goes
  float* gradient_ = nullptr;
  const float* part_ = nullptr;
};

}  // namespace

OperationKind dense_operation() {
  return {.make = construct<Dense>, .takes_sequences = true, .backward_reads_input = true};
}

}  // namespace rehearse::cpu
