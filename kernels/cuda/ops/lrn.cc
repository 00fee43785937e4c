// Local response normalisation across channels by cuDNN, with the constants of the CPU's (PyTorch's
// defaults): y = x / (1 + alpha / size * sum of squares)^0.75 with alpha 1e-4.
#include "base/error.h"
#include "kernels/cuda/library_tensor.h"
#include "kernels/cuda/operation.h"

namespace rehearse::cuda {
namespace {

constexpr double kAlpha = 1e-4, kBeta = 0.75, kOffset = 1;

class LrnDescriptor {
 public:
  explicit LrnDescriptor(std::int64_t size) {
    check(cudnnCreateLRNDescriptor(&handle_), "describe an lrn to cuDNN");
    check(cudnnSetLRNDescriptor(handle_, static_cast<unsigned>(size), kAlpha, kBeta, kOffset),
          "describe an lrn to cuDNN");
  }
  ~LrnDescriptor() { cudnnDestroyLRNDescriptor(handle_); }
  LrnDescriptor(const LrnDescriptor&) = delete;
  LrnDescriptor& operator=(const LrnDescriptor&) = delete;

  [[nodiscard]] cudnnLRNDescriptor_t handle() const { return handle_; }

 private:
  cudnnLRNDescriptor_t handle_ = nullptr;
};

std::int64_t size_of(const Layer& layer) {
  constexpr std::int64_t kMost = CUDNN_LRN_MAX_N;
  if (layer.lrn_size % 2 == 1 && layer.lrn_size <= kMost) return layer.lrn_size;
  throw Error::input(
      "cannot compute '" + layer.name + "': its size is " + std::to_string(layer.lrn_size),
      "cuDNN takes an odd size of at most " + std::to_string(kMost));
}

class Lrn final : public Operation {
 public:
  explicit Lrn(const Site& site)
      : engine_(site.engine),
        backward_(site.wants_input_gradient()),
        lrn_(size_of(site.layer())),
        layout_(site.input(), site.batch, engine_.type()) {}

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    check(cudnnLRNCrossChannelForward(engine_.context().cudnn(), lrn_.handle(),
                                      CUDNN_LRN_CROSS_CHANNEL_DIM1, &kOne, layout_.handle(),
                                      operands_.inputs.front(), &kZero, layout_.handle(),
                                      operands_.output),
          "normalise across channels");
  }

  void backward_data() override {
    if (!backward_) return;
    check(cudnnLRNCrossChannelBackward(
              engine_.context().cudnn(), lrn_.handle(), CUDNN_LRN_CROSS_CHANNEL_DIM1, &kOne,
              layout_.handle(), operands_.output, layout_.handle(), operands_.output_gradient,
              layout_.handle(), operands_.inputs.front(), &kZero, layout_.handle(),
              operands_.input_gradients.front()),
          "go back through an lrn");
  }

 private:
  static constexpr float kOne = 1, kZero = 0;

  Engine& engine_;
  const bool backward_;
  LrnDescriptor lrn_;
  LibraryTensor layout_;
  Operands operands_;
};

}  // namespace

OperationKind lrn_operation() {
  return {
      .make = construct<Lrn>, .backward_reads_input = true, .backward_reads_output = true};
}

}  // namespace rehearse::cuda
