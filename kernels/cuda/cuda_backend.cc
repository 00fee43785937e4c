#include "kernels/cuda/cuda_backend.h"

#include <map>
#include <memory>
#include <mutex>

#include "base/contract.h"
#include "kernels/backend.h"
#include "kernels/cuda/cuda_devices.h"
#include "kernels/cuda/cuda_executor.h"
#include "kernels/cuda/cuda_layer_benchmark.h"
#include "kernels/cuda/cuda_memory.h"
#include "kernels/cuda/cuda_optimizer.h"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/exchanged_weights.h"
#include "kernels/cuda/reductions.h"

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
  explicit CudaBackend(int device) : device_(device) {}

  [[nodiscard]] std::string_view name() const override { return "cuda"; }
  [[nodiscard]] std::string library() const override { return cuda_libraries(); }
  [[nodiscard]] MemorySpace space() const override { return MemorySpace::device; }

  [[nodiscard]] bool computes_in(Precision precision) const override {
    using enum Precision;
    return precision == fp32 || precision == tf32 || precision == bf16 || precision == fp16;
  }
  [[nodiscard]] std::unique_ptr<Executor> make_executor(
      const Model& model, const ExecutorOptions& options) const override {
    EXPECTS(computes_in(options.precision));
    return make_cuda_executor(model, options, shared().graphs);
  }
  [[nodiscard]] std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options,
                                                          std::vector<OptimizerTensor> tensors,
                                                          int /*threads*/) const override {
    return make_cuda_optimizer(options, std::move(tensors), stream());
  }
  [[nodiscard]] MeasuredLayer benchmark_layer(const Model& model, std::size_t layer,
                                              const LayerBenchmarkOptions& options) const override {
    return benchmark_cuda_layer(model, layer, options, shared().graphs);
  }
  [[nodiscard]] std::unique_ptr<DeviceBuffer> allocate(std::int64_t elements,
                                                       ElementType type) const override {
    return std::make_unique<GpuBuffer>(device_, elements, type);
  }
  void copy(const Tensor& from, const Tensor& to) const override {
    EXPECTS(from.elements == to.elements && from.type == to.type);
    cuda::use_device(device_);
    const auto bytes = static_cast<std::size_t>(from.elements * from.element_bytes());
    if (bytes > 0) cuda::copy_bytes(from.data, to.data, bytes, stream().handle());
    stream().synchronize();
  }
  [[nodiscard]] std::unique_ptr<StreamMark> mark() const override {
    cuda::use_device(device_);
    return std::make_unique<GpuMark>(stream());
  }
  void add(const Tensor& x, const Tensor& sum) const override {
    cuda::use_device(device_);
    cuda::add({sum, x}, sum, false, stream().handle());
    stream().synchronize();
  }
  void scale(double factor, const Tensor& x) const override {
    cuda::use_device(device_);
    cuda::scale(x, static_cast<float>(factor), x, stream().handle());
    stream().synchronize();
  }
  [[nodiscard]] bool is_finite(const Tensor& x) const override {
    EXPECTS(x.type == ElementType::float32);
    cuda::use_device(device_);
    const cuda::DeviceMemory found(device_, sizeof(std::int32_t));
    std::int32_t overflow = 0;
    cuda::copy_bytes(&overflow, found.data(), sizeof overflow, stream().handle());
    cuda::find_overflow(x, static_cast<std::int32_t*>(found.data()), stream().handle());
    cuda::copy_bytes(found.data(), &overflow, sizeof overflow, stream().handle());
    stream().synchronize();
    return overflow == 0;
  }
  void convert(const Tensor& x, const Tensor& y) const override {
    cuda::use_device(device_);
    cuda::scale(x, 1, y, stream().handle());
    stream().synchronize();
  }
  void subtract(const Tensor& a, const Tensor& b, const Tensor& difference) const override {
    cuda::use_device(device_);
    cuda::subtract(a, b, difference, stream().handle());
    stream().synchronize();
  }
  void pull_towards(const Tensor& centre, double force, const Tensor& x) const override {
    cuda::use_device(device_);
    cuda::pull_towards(centre, static_cast<float>(force), x, stream().handle());
    stream().synchronize();
  }
  void gem_update(const GemFactors& factors, const Tensor& central,
                  const GemTensors& worker) const override {
    cuda::use_device(device_);
    cuda::gem_update(factors, central, worker, stream().handle());
    stream().synchronize();
  }

 private:
  struct Shared {
    explicit Shared(int device) : stream(device) {}

    const cuda::Stream stream;
    cuda::GraphPlans graphs{stream};
  };

  // Made when it is needed: it takes memory of the GPU.
  [[nodiscard]] Shared& shared() const {
    std::call_once(made_, [this] { shared_ = std::make_unique<Shared>(device_); });
    return *shared_;
  }
  [[nodiscard]] const cuda::Stream& stream() const { return shared().stream; }

  const int device_;
  mutable std::once_flag made_;
  mutable std::unique_ptr<Shared> shared_;
};

}  // namespace

const Backend* cuda_backend(int device) {
  EXPECTS(device >= 0);
  if (device >= cuda_device_count()) return nullptr;
  // They live as long as the program: CUDA's runtime may be gone before objects with static
  // lifetime are destroyed.
  static std::mutex guard;
  static auto* const made = new std::map<int, const Backend*>;
  const std::lock_guard lock(guard);
  const Backend*& backend = (*made)[device];
  if (backend == nullptr) backend = new CudaBackend(device);
  return backend;
}

}  // namespace rehearse
