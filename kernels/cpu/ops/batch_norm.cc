// Batch normalisation, y = scale (x - mean) / sqrt(variance + 1e-5) + shift, with the ReLU behind
// it where fused. Training takes mean and variance from the batch and moves the running statistics
// by a tenth towards them (the unbiased variance; momentum and epsilon are PyTorch's defaults).
// Evaluation takes the running statistics.
#include "base/error.h"
#include "kernels/cpu/staged_operation.h"
#include "kernels/devices/layer_fusion.h"

namespace rehearse::cpu {
namespace {

using Forward = dnnl::batch_normalization_forward;
using Backward = dnnl::batch_normalization_backward;
using Flags = dnnl::normalization_flags;
constexpr float kEpsilon = 1e-5F, kMomentum = 0.1F;

class BatchNorm final : public StagedOperation {
 public:
  explicit BatchNorm(const Site& site)
      : StagedOperation(site),
        channels_(site.layer().output.channels),
        samples_(site.batch * site.layer().output.height * site.layer().output.width),
        layout_(activation_layout(site.input(), site.batch)),
        scale_shift_({2, channels_}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::ab),
        vector_({channels_}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::a),
        flags_(Flags::use_scale_shift),
        mean_(keep(vector_.get_size())),
        variance_(keep(vector_.get_size())),
        evaluate_(site.engine) {
    if (applies_relu(site.model, site.index)) flags_ |= Flags::fuse_norm_relu;
    const Forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, layout_, kEpsilon, flags_}, own_scratchpad(),
        site.engine.engine());
    const Desc workspace = forward.workspace_desc();  // where the ReLU passed
    const Slot kept = keep(workspace.get_size());
    write_forward(forward, forward_, mean_, variance_, {DNNL_ARG_WORKSPACE, workspace, kept});
    const Forward::primitive_desc evaluate(
        {dnnl::prop_kind::forward_training, layout_, kEpsilon, flags_ | Flags::use_global_stats},
        own_scratchpad(), site.engine.engine());
    write_forward(evaluate, evaluate_, {Operand::statistics}, {Operand::statistics, bytes()},
                  {DNNL_ARG_WORKSPACE, workspace, kept});
    write_backward(site, forward, {DNNL_ARG_WORKSPACE, workspace, kept});
  }

  [[nodiscard]] std::size_t scratch_bytes() const override {
    return std::max(StagedOperation::scratch_bytes(), evaluate_.scratch_bytes());
  }

  void bind(const Operands& operands) override {
    StagedOperation::bind(operands);
    evaluate_.bind(operands);
    mode_ = operands.mode;
    running_ = operands.statistics;
    batch_mean_ = reinterpret_cast<const float*>(operands.kept + mean_.at);
    batch_variance_ = reinterpret_cast<const float*>(operands.kept + variance_.at);
  }

  void forward() override {
    if (!mode_->training) return evaluate_.run();
    forward_.run();
    const auto n = static_cast<float>(samples_);
    const float unbiased = samples_ > 1 ? n / (n - 1) : 1;
    for (std::int64_t c = 0; c < channels_; ++c) {
      move(running_[c], batch_mean_[c]);
      move(running_[channels_ + c], unbiased * batch_variance_[c]);
    }
  }

 private:
  static void move(float& running, float batch) { running += kMomentum * (batch - running); }

  [[nodiscard]] std::size_t bytes() const { return vector_.get_size(); }

  void write_forward(const Forward::primitive_desc& desc, Stage& stage, Slot mean, Slot variance,
                     const Argument& workspace) {
    std::vector<Argument> arguments{{DNNL_ARG_SRC, layout_, {Operand::input}},
                                    {DNNL_ARG_SCALE_SHIFT, scale_shift_, {Operand::parameter}},
                                    {DNNL_ARG_MEAN, vector_, mean},
                                    {DNNL_ARG_VARIANCE, vector_, variance},
                                    {DNNL_ARG_DST, layout_, {Operand::output}}};
    if (workspace.layout.get_size() > 0) arguments.push_back(workspace);
    stage.add(Forward(desc), std::move(arguments), desc.scratchpad_desc());
  }

  // One kernel makes all gradients.
  void write_backward(const Site& site, const Forward::primitive_desc& hint,
                      const Argument& workspace) {
    const Backward::primitive_desc desc(
        {dnnl::prop_kind::backward, layout_, layout_, kEpsilon, flags_}, own_scratchpad(),
        site.engine.engine(), hint);
    Stage& stage = backward_data_;
    const Slot in = site.model.needs_backward_data(site.index) ? Slot{Operand::input_gradient}
                                                               : stage.scratch(layout_.get_size());
    std::vector<Argument> arguments{
        {DNNL_ARG_SRC, layout_, {Operand::input}},
        {DNNL_ARG_SCALE_SHIFT, scale_shift_, {Operand::parameter}},
        {DNNL_ARG_MEAN, vector_, mean_},
        {DNNL_ARG_VARIANCE, vector_, variance_},
        {DNNL_ARG_DIFF_DST, layout_, {Operand::output_gradient}},
        {DNNL_ARG_DIFF_SRC, layout_, in},
        {DNNL_ARG_DIFF_SCALE_SHIFT, scale_shift_, {Operand::parameter_gradient}}};
    if (workspace.layout.get_size() > 0) arguments.push_back(workspace);
    stage.add(Backward(desc), std::move(arguments), desc.scratchpad_desc());
  }

  const std::int64_t channels_;
  const std::int64_t samples_;  // that mean and variance are taken over
  const Desc layout_;
  const Desc scale_shift_;  // one parameter tensor behind the other
  const Desc vector_;
  Flags flags_;
  Slot mean_, variance_;  // of the batch, kept for the backward pass
  Stage evaluate_;
  const Mode* mode_ = nullptr;
  float* running_ = nullptr;
  const float* batch_mean_ = nullptr;
  const float* batch_variance_ = nullptr;
};

}  // namespace

namespace {

std::unique_ptr<Operation> make_batch_norm(const Site& site) {
  if (site.layer().synchronised) {
    throw Error::input(
        "cannot compute '" + site.layer().name + "'",
        "batch normalisation over all workers can be predicted, but not trained here",
        "use 'predict', or leave 'sync' out");
  }
  if (site.layer().ghost > 0) {
    throw Error::input(
        "cannot compute '" + site.layer().name + "'",
        "batch normalisation of ghost batches can be predicted, but not trained here",
        "use 'predict', or leave 'ghost' out");
  }
  return construct<BatchNorm>(site);
}

}  // namespace

OperationKind batch_norm_operation() {
  return {.make = make_batch_norm, .backward_reads_input = true};
}

}  // namespace rehearse::cpu
