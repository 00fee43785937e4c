#include "kernels/cuda/cuda_backend.h"

#include <memory>

#include "base/contract.h"
#include "kernels/backend.h"
#include "kernels/cuda/cuda_devices.h"
#include "kernels/cuda/cuda_executor.h"
#include "kernels/cuda/cuda_layer_benchmark.h"
#include "kernels/cuda/cuda_memory.h"
#include "kernels/cuda/cuda_optimizer.h"
#include "kernels/cuda/elementwise.h"

namespace rehearse {
namespace {

class GpuBuffer final : public DeviceBuffer {
 public:
  GpuBuffer(int device, std::int64_t elements, ElementType type)
      : memory_(device, static_cast<std::size_t>(elements * element_bytes(type))),
        elements_(elements),
        type_(type) {}

  [[nodiscard]] Tensor tensor() const override {
    return {memory_.data(), elements_, type_, MemorySpace::device};
  }

 private:
  cuda::DeviceMemory memory_;
  std::int64_t elements_;
  ElementType type_;
};

class GpuMark final : public StreamMark {
 public:
  explicit GpuMark(const cuda::Stream& stream) : event_(stream.device()) {
    event_.record(stream.handle());
  }
  [[nodiscard]] bool passed() override { return event_.reached(); }
  void wait() override { event_.synchronize(); }

 private:
  cuda::Event event_;
};

class CudaBackend final : public Backend {
 public:
  explicit CudaBackend(int device) : stream_(device) {}

  [[nodiscard]] std::string_view name() const override { return "cuda"; }
  [[nodiscard]] std::string library() const override { return cuda_libraries(); }
  [[nodiscard]] MemorySpace space() const override { return MemorySpace::device; }

  [[nodiscard]] std::unique_ptr<Executor> make_executor(
      const Model& model, const ExecutorOptions& options) const override {
    return make_cuda_executor(model, options, stream_);
  }
  [[nodiscard]] std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options,
                                                          std::vector<OptimizerTensor> tensors,
                                                          int /*threads*/) const override {
    return make_cuda_optimizer(options, std::move(tensors), stream_);
  }
  [[nodiscard]] MeasuredLayer benchmark_layer(const Model& model, std::size_t layer,
                                              const LayerBenchmarkOptions& options) const override {
    return benchmark_cuda_layer(model, layer, options, stream_);
  }
  [[nodiscard]] std::unique_ptr<DeviceBuffer> allocate(std::int64_t elements,
                                                       ElementType type) const override {
    return std::make_unique<GpuBuffer>(stream_.device(), elements, type);
  }
  void copy(const Tensor& from, const Tensor& to) const override {
    EXPECTS(from.elements == to.elements && from.type == to.type);
    const cuda::DeviceScope scope(stream_.device());
    const auto bytes = static_cast<std::size_t>(from.elements * from.element_bytes());
    if (bytes > 0) cuda::copy_bytes(from.data, to.data, bytes, stream_.handle());
    stream_.synchronize();
  }
  [[nodiscard]] std::unique_ptr<StreamMark> mark() const override {
    const cuda::DeviceScope scope(stream_.device());
    return std::make_unique<GpuMark>(stream_);
  }
  void add(const Tensor& x, const Tensor& sum) const override {
    const cuda::DeviceScope scope(stream_.device());
    cuda::add({sum, x}, sum, false, stream_.handle());
    stream_.synchronize();
  }
  void scale(double factor, const Tensor& x) const override {
    const cuda::DeviceScope scope(stream_.device());
    cuda::scale(x, static_cast<float>(factor), x, stream_.handle());
    stream_.synchronize();
  }

 private:
  cuda::Stream stream_;
};

// They live as long as the program: CUDA's runtime may be gone before objects with static lifetime
// are destroyed.
const std::vector<const Backend*>& all_backends() {
  static const auto* const kAll = [] {
    auto* const all = new std::vector<const Backend*>;
    for (int device = 0; device < cuda_device_count(); ++device) {
      all->push_back(new CudaBackend(device));
    }
    return all;
  }();
  return *kAll;
}

}  // namespace

const Backend* cuda_backend(int device) {
  EXPECTS(device >= 0);
  const auto at = static_cast<std::size_t>(device);
  return at < all_backends().size() ? all_backends()[at] : nullptr;
}

}  // namespace rehearse
