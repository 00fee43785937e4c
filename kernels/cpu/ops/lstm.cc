// An LSTM, all its steps at once (kernels/models/ops/lstm.cc has the equations).
//
// The library computes the hidden states of all steps and the gradients of all of them. Where the
// output is the last state, the states of all steps are kept here, and the gradients of the others
// are zero. One kernel makes all gradients; it runs as backward_weights, which every LSTM has.
//
// Two faults of oneDNN 2.6.3 are avoided. The state before the first step is zero, but an array of
// zeros says so: where there is none, the gradient of the recurrent weights may be summed over the
// states behind each step instead of those before. And inputs and states both lie sample by sample:
// where one of them lies step by step, the gradient of the weights is wrong.
#include <algorithm>

#include "kernels/cpu/staged_operation.h"

namespace rehearse::cpu {
namespace {

using Tag = dnnl::memory::format_tag;
using Forward = dnnl::lstm_forward;
using Backward = dnnl::lstm_backward;
constexpr auto kFloat = dnnl::memory::data_type::f32;
constexpr auto kOnward = dnnl::rnn_direction::unidirectional_left2right;
constexpr std::int64_t kGates = 4;

// Dimensions of weights: layer, direction, input, gate, unit.
Desc weights(std::int64_t inputs, std::int64_t units, Tag order) {
  return {{1, 1, inputs, kGates, units}, kFloat, order};
}

class Lstm final : public StagedOperation {
 public:
  explicit Lstm(const Site& site)
      : StagedOperation(site),
        engine_(site.engine),
        parameters_(site.layer().parameters),
        steps_(site.layer().steps),
        features_(site.input().channels),
        units_(site.layer().output.channels),
        last_only_(site.layer().output.sequence != steps_),
        batch_(static_cast<std::size_t>(site.batch)),
        in_({steps_, site.batch, features_}, kFloat, Tag::ntc),
        states_({steps_, site.batch, units_}, kFloat, Tag::ntc),
        first_({1, 1, site.batch, units_}, kFloat, Tag::ldnc),
        bias_({1, 1, kGates, units_}, kFloat, Tag::ldgo),
        zeros_(keep(first_.get_size())),
        kept_states_(last_only_ ? keep(states_.get_size()) : Slot{Operand::output}) {
    const Forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, kOnward, in_, first_, first_, as_held(0), as_held(1),
         bias_, states_, Desc(), Desc()},
        own_scratchpad(), site.engine.engine());
    const Slot workspace = keep(forward.workspace_desc().get_size());
    forward_.add(Forward(forward),
                 {{DNNL_ARG_SRC_LAYER, in_, {Operand::input}},
                  {DNNL_ARG_SRC_ITER, first_, zeros_},
                  {DNNL_ARG_SRC_ITER_C, first_, zeros_},
                  {DNNL_ARG_WEIGHTS_LAYER, as_held(0), {Operand::parameter, 0}},
                  {DNNL_ARG_WEIGHTS_ITER, as_held(1), {Operand::parameter, 1}},
                  {DNNL_ARG_BIAS, bias_, {Operand::parameter, 2}},
                  {DNNL_ARG_DST_LAYER, states_, kept_states_},
                  {DNNL_ARG_WORKSPACE, forward.workspace_desc(), workspace}},
                 forward.scratchpad_desc());
    write_backward(site, forward, workspace);
  }

  void bind(const Operands& operands) override {
    StagedOperation::bind(operands);
    operands_ = operands;
  }

  void forward() override {
    std::fill_n(reinterpret_cast<float*>(operands_.kept + zeros_.at), batch_ * width(), 0.0F);
    forward_.run();
    if (!last_only_) return;
    const auto* states = reinterpret_cast<const float*>(operands_.kept + kept_states_.at);
    for (std::size_t i = 0; i < batch_; ++i) {
      std::copy_n(states + last_of(i), width(), operands_.output + i * width());
    }
  }

  void backward_weights() override {
    for (std::size_t i = 0; i < parameters_.size(); ++i) {  // the kernel adds to what it finds
      std::fill_n(operands_.parameter_gradients[i], parameters_[i].elements, 0.0F);
    }
    if (last_only_) write_state_gradients();
    backward_weights_.run();
  }

  void import_parameter(std::size_t which, const float* plain, float* to) const override {
    if (which == 2) return Operation::import_parameter(which, plain, to);
    engine_.reorder(as_read_backward(which), plain, as_held(which), to);
  }
  void export_parameter(std::size_t which, const float* from, float* plain) const override {
    if (which == 2) return Operation::export_parameter(which, from, plain);
    engine_.reorder(as_held(which), from, as_read_backward(which), plain);
  }

 private:
  // The weights of the input (0) or of the state (1) as the forward pass wants them and leaves
  // their gradients, and as the backward pass wants them, which is the plain order.
  [[nodiscard]] Desc as_held(std::size_t which) const {
    return weights(which == 0 ? features_ : units_, units_, Tag::ldigo);
  }
  [[nodiscard]] Desc as_read_backward(std::size_t which) const {
    return weights(which == 0 ? features_ : units_, units_, Tag::ldgoi);
  }

  [[nodiscard]] std::size_t width() const { return static_cast<std::size_t>(units_); }
  // Where the last state of a sample begins among those of all steps.
  [[nodiscard]] std::size_t last_of(std::size_t sample) const {
    return ((sample + 1) * static_cast<std::size_t>(steps_) - 1) * width();
  }

  void write_state_gradients() const {
    auto* to = reinterpret_cast<float*>(operands_.scratch + state_gradients_.at);
    for (std::size_t i = 0; i < batch_; ++i) {
      float* last = to + last_of(i);
      std::fill(i == 0 ? to : to + last_of(i - 1) + width(), last, 0.0F);
      std::copy_n(operands_.output_gradient + i * width(), width(), last);
    }
  }

  void write_backward(const Site& site, const Forward::primitive_desc& forward, Slot workspace) {
    const Backward::desc what(dnnl::prop_kind::backward, kOnward, in_, first_, first_,
                              as_read_backward(0), as_read_backward(1), bias_, states_, Desc(),
                              Desc(), in_, first_, first_, as_held(0), as_held(1), bias_, states_,
                              Desc(), Desc());
    const Backward::primitive_desc desc(what, own_scratchpad(), site.engine.engine(), forward);
    Stage& stage = backward_weights_;
    const Slot in_gradient = site.model.needs_backward_data(site.index)
                                 ? Slot{Operand::input_gradient}
                                 : stage.scratch(in_.get_size());
    state_gradients_ =
        last_only_ ? stage.scratch(states_.get_size()) : Slot{Operand::output_gradient};
    const auto plain = [&](std::size_t which) {
      return stage.converted(as_held(which), {Operand::parameter, which}, as_read_backward(which));
    };
    stage.add(Backward(desc),
              {{DNNL_ARG_SRC_LAYER, in_, {Operand::input}},
               {DNNL_ARG_SRC_ITER, first_, zeros_},
               {DNNL_ARG_SRC_ITER_C, first_, zeros_},
               {DNNL_ARG_WEIGHTS_LAYER, as_read_backward(0), plain(0)},
               {DNNL_ARG_WEIGHTS_ITER, as_read_backward(1), plain(1)},
               {DNNL_ARG_BIAS, bias_, {Operand::parameter, 2}},
               {DNNL_ARG_DST_LAYER, states_, kept_states_},
               {DNNL_ARG_WORKSPACE, forward.workspace_desc(), workspace},
               {DNNL_ARG_DIFF_DST_LAYER, states_, state_gradients_},
               {DNNL_ARG_DIFF_SRC_LAYER, in_, in_gradient},
               {DNNL_ARG_DIFF_SRC_ITER, first_, stage.scratch(first_.get_size())},
               {DNNL_ARG_DIFF_SRC_ITER_C, first_, stage.scratch(first_.get_size())},
               {DNNL_ARG_DIFF_WEIGHTS_LAYER, as_held(0), {Operand::parameter_gradient, 0}},
               {DNNL_ARG_DIFF_WEIGHTS_ITER, as_held(1), {Operand::parameter_gradient, 1}},
               {DNNL_ARG_DIFF_BIAS, bias_, {Operand::parameter_gradient, 2}}},
              desc.scratchpad_desc());
  }

  const Engine& engine_;
  const std::vector<ParameterTensor> parameters_;  // of inputs, of the state, bias
  const std::int64_t steps_, features_, units_;
  const bool last_only_;  // the output is the last state
  const std::size_t batch_;
  const Desc in_, states_, first_, bias_;  // first: the state before the first step
  const Slot zeros_, kept_states_;
  Slot state_gradients_{Operand::scratch};
  Operands operands_;
};

}  // namespace

OperationKind lstm_operation() {
  return {.make = construct<Lstm>,
          .takes_sequences = true,
          .backward_reads_input = true,
          .backward_reads_output = true};
}

}  // namespace rehearse::cpu
