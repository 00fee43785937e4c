// Convolution with bias and, where fused, ReLU.
//
// Each pass takes the layouts of activations and parameters as they are where the library has a
// fast implementation for them; otherwise it takes the layouts that the library asks for, with
// reorders.
#include "base/contract.h"
#include "kernels/cpu/choice.h"
#include "kernels/cpu/staged_operation.h"
#include "kernels/devices/layer_fusion.h"

namespace rehearse::cpu {
namespace {

using Tag = dnnl::memory::format_tag;
using Dims = dnnl::memory::dims;
using Forward = dnnl::convolution_forward;
using BackwardData = dnnl::convolution_backward_data;
using BackwardWeights = dnnl::convolution_backward_weights;
constexpr auto kFloat = dnnl::memory::data_type::f32;
constexpr auto kDirect = dnnl::algorithm::convolution_direct;

Desc any(const Desc& layout) { return {layout.dims(), kFloat, Tag::any}; }

class Convolution final : public StagedOperation {
 public:
  explicit Convolution(const Site& site)
      : StagedOperation(site),
        engine_(site.engine),
        layer_(site.layer()),
        in_(activation_layout(site.input(), site.batch)),
        out_(activation_layout(layer_.output, site.batch)),
        plain_(plain_weights(site.input())) {
    if (layer_.bias) bias_ = Desc({layer_.output.channels}, kFloat, Tag::a);
    const Forward::primitive_desc forward = choose_forward(applies_relu(site.model, site.index));
    weights_ = is_permutation(forward.weights_desc()) ? forward.weights_desc() : plain_;
    write_forward(forward);
    write_backward_weights(forward);
    if (site.model.needs_backward_data(site.index)) write_backward_data(forward);
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
  [[nodiscard]] Desc plain_weights(const Shape& in) const {
    const std::int64_t groups = layer_.groups;
    const Dims dims{layer_.output.channels / groups, in.channels / groups,
                    layer_.window.kernel_height, layer_.window.kernel_width};
    if (groups == 1) return {dims, kFloat, Tag::oihw};
    return {{groups, dims[0], dims[1], dims[2], dims[3]}, kFloat, Tag::goihw};
  }

  [[nodiscard]] Dims strides() const {
    return {layer_.window.stride_height, layer_.window.stride_width};
  }
  [[nodiscard]] Dims padding() const {
    return {layer_.window.padding_height, layer_.window.padding_width};
  }

  [[nodiscard]] Forward::primitive_desc choose_forward(bool relu) const {
    dnnl::primitive_attr attributes = own_scratchpad();
    if (relu) {
      dnnl::post_ops post;
      post.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
      attributes.set_post_ops(post);
    }
    const auto make = [&](const Desc& in, const Desc& out) {
      return Forward::primitive_desc({dnnl::prop_kind::forward_training, kDirect, in, any(plain_),
                                      bias_, out, strides(), padding(), padding()},
                                     attributes, engine_.engine());
    };
    const auto as_is = attempt([&] { return make(in_, out_); });
    return as_is && !is_slow(*as_is) ? *as_is : make(any(in_), any(out_));
  }

  void write_forward(const Forward::primitive_desc& desc) {
    std::vector<Argument> arguments{
        {DNNL_ARG_SRC, desc.src_desc(), forward_.converted(in_, {Operand::input}, desc.src_desc())},
        {DNNL_ARG_WEIGHTS, desc.weights_desc(),
         forward_.converted(weights_, {Operand::parameter}, desc.weights_desc())}};
    if (layer_.bias) arguments.push_back({DNNL_ARG_BIAS, bias_, {Operand::parameter, 1}});
    const Slot to = forward_.target(desc.dst_desc(), out_, {Operand::output});
    arguments.push_back({DNNL_ARG_DST, desc.dst_desc(), to});
    forward_.add(Forward(desc), std::move(arguments), desc.scratchpad_desc());
    forward_.deliver(desc.dst_desc(), to, out_, {Operand::output});
  }

  void write_backward_weights(const Forward::primitive_desc& hint) {
    const auto make = [&](const Desc& in, const Desc& weights, const Desc& out) {
      return BackwardWeights::primitive_desc(
          {kDirect, in, weights, bias_, out, strides(), padding(), padding()}, own_scratchpad(),
          engine_.engine(), hint);
    };
    auto desc = attempt([&] { return make(in_, any(plain_), out_); });
    if (!desc || is_slow(*desc)) desc = make(any(in_), any(plain_), any(out_));
    prefer(desc, [&] { return make(desc->src_desc(), weights_, desc->diff_dst_desc()); });

    Stage& stage = backward_weights_;
    const Slot to =
        stage.target(desc->diff_weights_desc(), weights_, {Operand::parameter_gradient});
    std::vector<Argument> arguments{
        {DNNL_ARG_SRC, desc->src_desc(), stage.converted(in_, {Operand::input}, desc->src_desc())},
        {DNNL_ARG_DIFF_DST, desc->diff_dst_desc(),
         stage.converted(out_, {Operand::output_gradient}, desc->diff_dst_desc())},
        {DNNL_ARG_DIFF_WEIGHTS, desc->diff_weights_desc(), to}};
    if (layer_.bias) {
      arguments.push_back({DNNL_ARG_DIFF_BIAS, bias_, {Operand::parameter_gradient, 1}});
    }
    stage.add(BackwardWeights(*desc), std::move(arguments), desc->scratchpad_desc());
    stage.deliver(desc->diff_weights_desc(), to, weights_, {Operand::parameter_gradient});
  }

  void write_backward_data(const Forward::primitive_desc& hint) {
    const auto make = [&](const Desc& in, const Desc& weights, const Desc& out) {
      return BackwardData::primitive_desc(
          {kDirect, in, weights, out, strides(), padding(), padding()}, own_scratchpad(),
          engine_.engine(), hint);
    };
    auto desc = attempt([&] { return make(in_, any(plain_), out_); });
    if (!desc || is_slow(*desc)) desc = make(any(in_), any(plain_), any(out_));
    prefer(desc, [&] { return make(desc->diff_src_desc(), weights_, desc->diff_dst_desc()); });

    Stage& stage = backward_data_;
    const Slot to = stage.target(desc->diff_src_desc(), in_, {Operand::input_gradient});
    stage.add(BackwardData(*desc),
              {{DNNL_ARG_DIFF_DST, desc->diff_dst_desc(),
                stage.converted(out_, {Operand::output_gradient}, desc->diff_dst_desc())},
               {DNNL_ARG_WEIGHTS, desc->weights_desc(),
                stage.converted(weights_, {Operand::parameter}, desc->weights_desc())},
               {DNNL_ARG_DIFF_SRC, desc->diff_src_desc(), to}},
              desc->scratchpad_desc());
    stage.deliver(desc->diff_src_desc(), to, in_, {Operand::input_gradient});
  }

  // Takes the parameters' layout where the same implementation accepts it.
  template <class PrimitiveDesc, class Make>
  static void prefer(std::optional<PrimitiveDesc>& desc, const Make& make) {
    const auto exact = attempt(make);
    if (exact && std::string(exact->impl_info_str()) == desc->impl_info_str()) desc = exact;
  }

  const Engine& engine_;
  const Layer layer_;
  const Desc in_, out_, plain_;
  Desc bias_;     // none by default
  Desc weights_;  // as parameters() holds them
};

}  // namespace

OperationKind convolution_operation() {
  return {.make = construct<Convolution>, .backward_reads_input = true};
}

}  // namespace rehearse::cpu
