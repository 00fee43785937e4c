// Batch normalisation by cuDNN, with the constants of the CPU's: 1e-5 is added to the variance, and
// the running statistics move by a tenth towards those of the batch (the unbiased variance). The
// ReLU behind it, where fused, is applied to the output in place, and to the gradient on the way
// back.
//
// Its kernels read vectors of channels 16 bytes at a time, while a model's tensors follow each
// other without gaps: those that lie otherwise are copied to scratch memory and back.
#include <array>

#include "base/error.h"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/library_tensor.h"
#include "kernels/cuda/memory_slots.h"
#include "kernels/cuda/operation.h"
#include "kernels/cuda/product.h"
#include "kernels/devices/layer_fusion.h"

namespace rehearse::cuda {
namespace {

constexpr double kEpsilon = 1e-5, kMomentum = 0.1;
constexpr auto kPlain = CUDNN_BATCHNORM_OPS_BN;

class BatchNorm final : public Operation {
 public:
  explicit BatchNorm(const Site& site)
      : engine_(site.engine),
        relu_(applies_relu(site.model, site.index)),
        elements_(static_cast<std::size_t>(site.elements())),
        channels_(static_cast<std::size_t>(site.layer().output.channels)),
        // The kernels that keep the batch on the chip are for two bytes and channels together.
        mode_(engine_.type() == ElementType::float32 ? CUDNN_BATCHNORM_SPATIAL
                                                     : CUDNN_BATCHNORM_SPATIAL_PERSISTENT),
        layout_(site.input(), site.batch, engine_.type()) {
    cudnnContext* const library = engine_.context().cudnn();
    check(cudnnDeriveBNTensorDescriptor(vector_.handle(), layout_.handle(), mode_),
          "describe a batch normalisation to cuDNN");
    std::size_t reserve = 0, forward = 0, backward = 0;
    check(cudnnGetBatchNormalizationTrainingExReserveSpaceSize(library, mode_, kPlain, nullptr,
                                                               layout_.handle(), &reserve),
          "plan a batch normalisation");
    check(cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize(
              library, mode_, kPlain, layout_.handle(), nullptr, layout_.handle(), vector_.handle(),
              nullptr, &forward),
          "plan a batch normalisation");
    check(cudnnGetBatchNormalizationBackwardExWorkspaceSize(
              library, mode_, kPlain, layout_.handle(), nullptr, layout_.handle(), nullptr,
              layout_.handle(), vector_.handle(), nullptr, &backward),
          "plan a batch normalisation");
    mean_ = kept_.take(channels_ * sizeof(float));
    deviation_ = kept_.take(channels_ * sizeof(float));
    reserve_ = kept_.take(reserve);
    reserve_bytes_ = reserve;
    workspace_bytes_ = std::max(forward, backward);
    workspace_ = scratch_.take(workspace_bytes_);
    const std::size_t bytes = elements_ * engine_.bytes();
    if (relu_) gradient_ = scratch_.take(bytes);
    if (!site.wants_input_gradient()) unwanted_ = scratch_.take(bytes);
    for (std::size_t& at : aside_) at = scratch_.take(channels_ * sizeof(float));
  }

  [[nodiscard]] std::size_t kept_bytes() const override { return kept_.bytes(); }
  [[nodiscard]] std::size_t scratch_bytes() const override { return scratch_.bytes(); }

  void bind(const Operands& operands) override {
    operands_ = operands;
    vectors_ = {static_cast<float*>(operands.parameters[0].data),
                static_cast<float*>(operands.parameters[1].data),
                static_cast<float*>(operands.parameter_gradients[0].data),
                static_cast<float*>(operands.parameter_gradients[1].data),
                operands.statistics,
                operands.statistics + channels_};
  }

  void forward() override {
    if (operands_.mode->training) {
      train();
    } else {
      evaluate();
    }
    if (relu_) {
      apply(Function::relu, operands_.output, operands_.output, engine_.stream());
    }
  }

  // One kernel makes all gradients.
  void backward_data() override {
    Tensor gradient = operands_.output_gradient;
    if (relu_) {
      gradient.data = operands_.scratch + gradient_;
      apply_backward(Function::relu, operands_.output, operands_.output_gradient, gradient,
                     engine_.stream());
    }
    void* to = operands_.input_gradients.front().data;
    if (to == nullptr) to = operands_.scratch + unwanted_;
    float* const scale = bring(Vector::scale);
    check(cudnnBatchNormalizationBackwardEx(
              engine_.context().cudnn(), mode_, kPlain, &kOne, &kZero, &kOne, &kZero,
              layout_.handle(), operands_.inputs.front().data, nullptr, nullptr, layout_.handle(),
              gradient.data, nullptr, nullptr, layout_.handle(), to, vector_.handle(), scale,
              nullptr, place_of(Vector::scale_gradient), place_of(Vector::shift_gradient), kEpsilon,
              kept(mean_), kept(deviation_), nullptr, operands_.scratch + workspace_,
              workspace_bytes_, kept(reserve_), reserve_bytes_),
          "go back through a batch normalisation");
    fetch(Vector::scale_gradient);
    fetch(Vector::shift_gradient);
  }

 private:
  static constexpr float kOne = 1, kZero = 0;

  enum class Vector { scale, shift, scale_gradient, shift_gradient, mean, variance };

  [[nodiscard]] void* kept(std::size_t at) const { return operands_.kept + at; }

  [[nodiscard]] float* own(Vector which) const { return vectors_[static_cast<std::size_t>(which)]; }
  // Where cuDNN finds or leaves it.
  [[nodiscard]] float* place_of(Vector which) const {
    constexpr int kRead = 16;
    if (alignment_of(own(which)) >= kRead) return own(which);
    return reinterpret_cast<float*>(operands_.scratch + aside_[static_cast<std::size_t>(which)]);
  }
  // What it holds, where cuDNN finds it.
  [[nodiscard]] float* bring(Vector which) const {
    float* const there = place_of(which);
    if (there != own(which)) {
      copy_bytes(own(which), there, channels_ * sizeof(float), engine_.stream());
    }
    return there;
  }
  void fetch(Vector which) const {
    const float* const there = place_of(which);
    if (there == own(which)) return;
    copy_bytes(there, own(which), channels_ * sizeof(float), engine_.stream());
  }

  void train() {
    float* const scale = bring(Vector::scale);
    float* const shift = bring(Vector::shift);
    float* const mean = bring(Vector::mean);
    float* const variance = bring(Vector::variance);
    check(cudnnBatchNormalizationForwardTrainingEx(
              engine_.context().cudnn(), mode_, kPlain, &kOne, &kZero, layout_.handle(),
              operands_.inputs.front().data, nullptr, nullptr, layout_.handle(),
              operands_.output.data, vector_.handle(), scale, shift, kMomentum, mean, variance,
              kEpsilon, kept(mean_), kept(deviation_), nullptr, operands_.scratch + workspace_,
              workspace_bytes_, kept(reserve_), reserve_bytes_),
          "normalise a batch");
    fetch(Vector::mean);
    fetch(Vector::variance);
  }

  void evaluate() {
    float* const scale = bring(Vector::scale);
    float* const shift = bring(Vector::shift);
    float* const mean = bring(Vector::mean);
    float* const variance = bring(Vector::variance);
    check(cudnnBatchNormalizationForwardInference(
              engine_.context().cudnn(), CUDNN_BATCHNORM_SPATIAL, &kOne, &kZero, layout_.handle(),
              operands_.inputs.front().data, layout_.handle(), operands_.output.data,
              vector_.handle(), scale, shift, mean, variance, kEpsilon),
          "normalise by running statistics");
  }

  Engine& engine_;
  const bool relu_;
  const std::size_t elements_, channels_;
  const cudnnBatchNormMode_t mode_;
  LibraryTensor layout_, vector_;
  MemorySlots kept_, scratch_;
  std::size_t mean_ = 0, deviation_ = 0, reserve_ = 0, reserve_bytes_ = 0;
  std::size_t workspace_ = 0, workspace_bytes_ = 0;
  std::size_t gradient_ = 0;            // behind the ReLU
  std::size_t unwanted_ = 0;            // the gradient of an input that nobody wants
  std::array<std::size_t, 6> aside_{};  // in scratch memory, of each Vector
  std::array<float*, 6> vectors_{};     // of the model, of each Vector
  Operands operands_;
};

std::unique_ptr<Operation> make_batch_norm(const Site& site) {
  if (site.layer().synchronised || site.layer().ghost > 0) {
    throw Error::input("cannot compute '" + site.layer().name + "'",
                       std::string("batch normalisation ") +
                           (site.layer().synchronised ? "over all workers" : "of ghost batches") +
                           " can be predicted, but not trained here",
                       "use 'predict', or leave 'sync' and 'ghost' out");
  }
  return construct<BatchNorm>(site);
}

}  // namespace

OperationKind batch_norm_operation() {
  return {.make = make_batch_norm, .backward_reads_input = true, .reads_output = applies_relu};
}

}  // namespace rehearse::cuda
