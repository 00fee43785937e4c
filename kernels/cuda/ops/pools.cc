// Maximum and average pooling by cuDNN, global averages by a kernel of our own. An average divides
// by the whole window, padding included, as on CPU cores.
#include "kernels/cuda/images.h"
#include "kernels/cuda/library_tensor.h"
#include "kernels/cuda/operation.h"

namespace rehearse::cuda {
namespace {

class PoolDescriptor {
 public:
  PoolDescriptor(const Window& window, cudnnPoolingMode_t mode) {
    check(cudnnCreatePoolingDescriptor(&handle_), "describe a pool to cuDNN");
    const auto number = [](std::int64_t value) { return static_cast<int>(value); };
    check(cudnnSetPooling2dDescriptor(handle_, mode, CUDNN_PROPAGATE_NAN,
                                      number(window.kernel_height), number(window.kernel_width),
                                      number(window.padding_height), number(window.padding_width),
                                      number(window.stride_height), number(window.stride_width)),
          "describe a pool to cuDNN");
  }
  ~PoolDescriptor() { cudnnDestroyPoolingDescriptor(handle_); }
  PoolDescriptor(const PoolDescriptor&) = delete;
  PoolDescriptor& operator=(const PoolDescriptor&) = delete;

  [[nodiscard]] cudnnPoolingDescriptor_t handle() const { return handle_; }

 private:
  cudnnPoolingDescriptor_t handle_ = nullptr;
};

class Pool final : public Operation {
 public:
  explicit Pool(const Site& site)
      : engine_(site.engine),
        backward_(site.wants_input_gradient()),
        pool_(site.layer().window, site.layer().kind == LayerKind::max_pool
                                       ? CUDNN_POOLING_MAX_DETERMINISTIC
                                       : CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING),
        in_(site.input(), site.batch, engine_.type()),
        out_(site.layer().output, site.batch, engine_.type()) {}

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    check(cudnnPoolingForward(engine_.context().cudnn(), pool_.handle(), &kOne, in_.handle(),
                              operands_.inputs.front().data, &kZero, out_.handle(),
                              operands_.output.data),
          "pool");
  }

  void backward_data() override {
    if (!backward_) return;
    check(cudnnPoolingBackward(engine_.context().cudnn(), pool_.handle(), &kOne, out_.handle(),
                               operands_.output.data, out_.handle(), operands_.output_gradient.data,
                               in_.handle(), operands_.inputs.front().data, &kZero, in_.handle(),
                               operands_.input_gradients.front().data),
          "go back through a pool");
  }

 private:
  static constexpr float kOne = 1, kZero = 0;

  Engine& engine_;
  const bool backward_;
  PoolDescriptor pool_;
  LibraryTensor in_, out_;
  Operands operands_;
};

class GlobalAverage final : public Operation {
 public:
  explicit GlobalAverage(const Site& site)
      : engine_(site.engine),
        backward_(site.wants_input_gradient()),
        shape_{.samples = site.batch,
               .channels = site.input().channels,
               .pixels = site.input().height * site.input().width,
               .channels_last = true} {}

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    average_pixels(shape_, operands_.inputs.front(), operands_.output, engine_.stream());
  }
  void backward_data() override {
    if (!backward_) return;
    average_pixels_backward(shape_, operands_.output_gradient, operands_.input_gradients.front(),
                            engine_.stream());
  }

 private:
  Engine& engine_;
  const bool backward_;
  const ImageShape shape_;
  Operands operands_;
};

OperationKind pool_operation() {
  return {.make = construct<Pool>, .backward_reads_input = true, .backward_reads_output = true};
}

}  // namespace

OperationKind max_pool_operation() { return pool_operation(); }
OperationKind average_pool_operation() { return pool_operation(); }
OperationKind global_average_pool_operation() { return {.make = construct<GlobalAverage>}; }

}  // namespace rehearse::cuda
