// A backend whose memory is one of FakeNccl's devices: of the host in truth, so that the CPU's
// arithmetic does what is asked for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/contract.h"
#include "kernels/backend.h"
#include "kernels/tensor_math.h"
#include "tests/runtime/fake_nccl/fake_nccl.h"

namespace rehearse {

class FakeDevice : public Backend {
 public:
  explicit FakeDevice(NcclApi& api) : api_(api) {}

  [[nodiscard]] std::string_view name() const override { return "fake"; }
  [[nodiscard]] std::string library() const override { return "fake"; }
  [[nodiscard]] MemorySpace space() const override { return MemorySpace::device; }
  [[nodiscard]] bool computes_in(Precision) const override { return false; }
  [[nodiscard]] std::unique_ptr<Executor> make_executor(const Model&,
                                                        const ExecutorOptions&) const override {
    EXPECTS(!"there are no kernels here");
    return {};
  }
  [[nodiscard]] std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions&,
                                                          std::vector<OptimizerTensor>,
                                                          int) const override {
    EXPECTS(!"there are no kernels here");
    return {};
  }
  [[nodiscard]] MeasuredLayer benchmark_layer(const Model&, std::size_t,
                                              const LayerBenchmarkOptions&) const override {
    EXPECTS(!"there are no kernels here");
    return {};
  }
  [[nodiscard]] std::unique_ptr<DeviceBuffer> allocate(std::int64_t elements,
                                                       ElementType type) const override {
    return std::make_unique<Memory>(api_, elements, type);
  }
  void copy(const Tensor& from, const Tensor& to) const override {
    cpu_backend().copy(here(from), here(to));
  }
  void add(const Tensor& x, const Tensor& sum) const override {
    cpu_backend().add(of_device(x), of_device(sum));
  }
  void scale(double factor, const Tensor& x) const override {
    cpu_backend().scale(factor, of_device(x));
  }
  [[nodiscard]] bool is_finite(const Tensor& x) const override {
    return cpu_backend().is_finite(of_device(x));
  }
  void convert(const Tensor& x, const Tensor& y) const override {
    cpu_backend().convert(of_device(x), of_device(y));
  }
  void subtract(const Tensor& a, const Tensor& b, const Tensor& difference) const override {
    cpu_backend().subtract(of_device(a), of_device(b), of_device(difference));
  }
  void pull_towards(const Tensor& centre, double force, const Tensor& x) const override {
    cpu_backend().pull_towards(of_device(centre), force, of_device(x));
  }
  void gem_update(const GemFactors& factors, const Tensor& central,
                  const GemTensors& worker) const override {
    cpu_backend().gem_update(factors, of_device(central),
                             {of_device(worker.now), of_device(worker.set), of_device(worker.m),
                              of_device(worker.stale), of_device(worker.update)});
  }

 private:
  class Memory : public DeviceBuffer {
   public:
    Memory(NcclApi& api, std::int64_t elements, ElementType type)
        : buffer_(api.allocate(static_cast<std::size_t>(elements * element_bytes(type)))),
          elements_(elements),
          type_(type) {}
    [[nodiscard]] Tensor tensor() const override {
      return {buffer_->data(), elements_, type_, MemorySpace::device};
    }

   private:
    std::unique_ptr<NcclBuffer> buffer_;
    std::int64_t elements_;
    ElementType type_;
  };

  static Tensor here(Tensor tensor) {
    tensor.space = MemorySpace::host;
    return tensor;
  }
  // Arithmetic is on the device's tensors only.
  static Tensor of_device(const Tensor& tensor) {
    EXPECTS(tensor.space == MemorySpace::device);
    return here(tensor);
  }

  NcclApi& api_;
};

}  // namespace rehearse
