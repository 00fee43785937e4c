#include "kernels/cuda/step_norm.h"

#include "kernels/cuda/norms.h"
#include "kernels/cuda/reductions.h"

namespace rehearse::cuda {
namespace {

class StepNorm final : public Operation {
 public:
  StepNorm(const Site& site, bool centred)
      : engine_(site.engine),
        backward_(site.wants_input_gradient()),
        shape_{.rows = site.elements() / site.layer().output.channels,
               .width = site.layer().output.channels,
               .centred = centred} {}

  [[nodiscard]] std::size_t kept_bytes() const override {
    return static_cast<std::size_t>(2 * shape_.rows) * sizeof(float);
  }
  [[nodiscard]] std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(2 * column_scratch(shape_.width)) * sizeof(float);
  }

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    norm_forward(shape_, operands_.inputs.front(), scale_of(operands_.parameters),
                 shift_of(operands_.parameters), operands_.output, moments(), engine_.stream());
  }
  void backward_weights() override {
    norm_backward_parameters(shape_, operands_.inputs.front(), operands_.output_gradient, moments(),
                             scale_of(operands_.parameter_gradients),
                             shift_of(operands_.parameter_gradients),
                             reinterpret_cast<float*>(operands_.scratch), engine_.stream());
  }
  void backward_data() override {
    if (!backward_) return;
    norm_backward_data(shape_, operands_.inputs.front(), operands_.output_gradient,
                       scale_of(operands_.parameters), moments(), operands_.input_gradients.front(),
                       engine_.stream());
  }

 private:
  [[nodiscard]] float* moments() const { return reinterpret_cast<float*>(operands_.kept); }
  static const Tensor& scale_of(const std::vector<Tensor>& tensors) { return tensors[0]; }
  // The scale where there is no shift: it is not read.
  static const Tensor& shift_of(const std::vector<Tensor>& tensors) { return tensors.back(); }

  Engine& engine_;
  const bool backward_;
  const NormShape shape_;
  Operands operands_;
};

}  // namespace

std::unique_ptr<Operation> make_step_norm(const Site& site, bool centred) {
  return std::make_unique<StepNorm>(site, centred);
}

}  // namespace rehearse::cuda
