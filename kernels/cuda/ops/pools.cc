// Maximum, average and global average pooling by cuDNN. An average divides by the whole window,
// padding included, as on CPU cores.
#include "kernels/cuda/library_tensor.h"
#include "kernels/cuda/operation.h"

namespace rehearse::cuda {
namespace {

class PoolDescriptor {
 public:
  PoolDescriptor(const Window& window, cudnnPoolingMode_t mode) {
    check(cudnnCreatePoolingDescriptor(&handle_), "describe a pool to cuDNN");
    const auto number = [](std::int64_t value) { return static_cast<int>(value); };
    check(cudnnSetPooling2dDescriptor(
              handle_, mode, CUDNN_PROPAGATE_NAN, number(window.kernel_height),
              number(window.kernel_width), number(window.padding_height),
              number(window.padding_width), number(window.stride_height),
              number(window.stride_width)),
          "describe a pool to cuDNN");
  }
  ~PoolDescriptor() { cudnnDestroyPoolingDescriptor(handle_); }
  PoolDescriptor(const PoolDescriptor&) = delete;
  PoolDescriptor& operator=(const PoolDescriptor&) = delete;

  [[nodiscard]] cudnnPoolingDescriptor_t handle() const { return handle_; }

 private:
  cudnnPoolingDescriptor_t handle_ = nullptr;
};

Window window_of(const Site& site) {
  if (site.layer().kind != LayerKind::global_average_pool) return site.layer().window;
  return {.kernel_height = site.input().height, .kernel_width = site.input().width};
}

class Pool final : public Operation {
 public:
  explicit Pool(const Site& site)
      : engine_(site.engine),
        backward_(site.wants_input_gradient()),
        pool_(window_of(site), site.layer().kind == LayerKind::max_pool
                                   ? CUDNN_POOLING_MAX_DETERMINISTIC
                                   : CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING),
        in_(site.input(), site.batch, engine_.type()),
        out_(site.layer().output, site.batch, engine_.type()) {}

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    check(cudnnPoolingForward(engine_.context().cudnn(), pool_.handle(), &kOne, in_.handle(),
                              operands_.inputs.front(), &kZero, out_.handle(), operands_.output),
          "pool");
  }

  void backward_data() override {
    if (!backward_) return;
    check(cudnnPoolingBackward(engine_.context().cudnn(), pool_.handle(), &kOne, out_.handle(),
                               operands_.output, out_.handle(), operands_.output_gradient,
                               in_.handle(), operands_.inputs.front(), &kZero, in_.handle(),
                               operands_.input_gradients.front()),
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

OperationKind pool_operation() {
  return {
      .make = construct<Pool>, .backward_reads_input = true, .backward_reads_output = true};
}

}  // namespace

OperationKind max_pool_operation() { return pool_operation(); }
OperationKind average_pool_operation() { return pool_operation(); }
OperationKind global_average_pool_operation() { return pool_operation(); }

}  // namespace rehearse::cuda
