#include <cstring>

#include "base/contract.h"
#include "kernels/backend.h"
#include "kernels/cpu/cpu_executor.h"
#include "kernels/cpu/cpu_layer_benchmark.h"
#include "kernels/cpu/optimizers/slot_optimizer.h"
#include "kernels/cpu/page_memory.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/tensor_math.h"

namespace rehearse {
namespace {

class HostBuffer : public DeviceBuffer {
 public:
  HostBuffer(std::int64_t elements, ElementType type)
      : memory_(static_cast<std::size_t>(elements * element_bytes(type))),
        elements_(elements),
        type_(type) {}

  [[nodiscard]] Tensor tensor() const override { return {memory_.data(), elements_, type_}; }

 private:
  cpu::PageMemory memory_;
  std::int64_t elements_;
  ElementType type_;
};

class CpuBackend : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "cpu"; }
  [[nodiscard]] std::string library() const override { return cpu_kernel_library(); }
  [[nodiscard]] MemorySpace space() const override { return MemorySpace::host; }

  [[nodiscard]] bool computes_in(Precision precision) const override {
    return precision == Precision::fp32;
  }
  [[nodiscard]] std::unique_ptr<Executor> make_executor(
      const Model& model, const ExecutorOptions& options) const override {
    EXPECTS(computes_in(options.precision));
    return make_cpu_executor(model, options);
  }
  [[nodiscard]] std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options,
                                                          std::vector<OptimizerTensor> tensors,
                                                          int threads) const override {
    return make_cpu_optimizer(options, std::move(tensors), threads);
  }
  [[nodiscard]] MeasuredLayer benchmark_layer(const Model& model, std::size_t layer,
                                              const LayerBenchmarkOptions& options) const override {
    return benchmark_cpu_layer(model, layer, options);
  }
  [[nodiscard]] std::unique_ptr<DeviceBuffer> allocate(std::int64_t elements,
                                                       ElementType type) const override {
    return std::make_unique<HostBuffer>(elements, type);
  }
  void copy(const Tensor& from, const Tensor& to) const override {
    EXPECTS(from.elements == to.elements && from.type == to.type);
    EXPECTS(from.space == MemorySpace::host && to.space == MemorySpace::host);
    const auto bytes = static_cast<std::size_t>(from.elements * from.element_bytes());
    if (bytes > 0) std::memmove(to.data, from.data, bytes);
  }
  void add(const Tensor& x, const Tensor& sum) const override { rehearse::add(x, sum); }
  void scale(double factor, const Tensor& x) const override { rehearse::scale(factor, x); }
  [[nodiscard]] bool is_finite(const Tensor& x) const override { return rehearse::is_finite(x); }
  void convert(const Tensor& x, const Tensor& y) const override { rehearse::convert(x, y); }
  void subtract(const Tensor& a, const Tensor& b, const Tensor& difference) const override {
    rehearse::subtract(a, b, difference);
  }
  void pull_towards(const Tensor& centre, double force, const Tensor& x) const override {
    rehearse::pull_towards(centre, force, x);
  }
  void gem_update(const GemFactors& factors, const Tensor& central,
                  const GemTensors& worker) const override {
    rehearse::gem_update(factors, central, worker);
  }
};

}  // namespace

const Backend& cpu_backend() {
  static const CpuBackend kBackend;
  return kBackend;
}

std::vector<const Backend*> backends() {
  std::vector<const Backend*> all{&cpu_backend()};
  if (const Backend* const first = cuda_backend(0); first != nullptr) all.push_back(first);
  return all;
}

}  // namespace rehearse
