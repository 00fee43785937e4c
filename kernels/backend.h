// Who computes on a kind of device: makes executors and optimizers, times layers, has memory there
// and copies to and from it. Everything above asks a backend and does not know which one it is.
//
//   const Backend& backend = cpu_backend();
//   auto net = backend.make_executor(model, {.batch = 64, .threads = 2});
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/devices/layer_benchmark.h"
#include "kernels/executor.h"
#include "kernels/optimizer.h"
#include "kernels/stream_mark.h"
#include "kernels/tensor.h"

namespace rehearse {

struct GemFactors;  // kernels/tensor_math.h
struct GemTensors;

// Memory on a device, zero at first.
class DeviceBuffer {
 public:
  virtual ~DeviceBuffer() = default;
  [[nodiscard]] virtual Tensor tensor() const = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;  // "cpu", "cuda"
  [[nodiscard]] virtual std::string library() const = 0;    // with its version: "oneDNN 2.6.3"
  [[nodiscard]] virtual MemorySpace space() const = 0;      // where its tensors are

  // Whether its executors compute in this precision.
  [[nodiscard]] virtual bool computes_in(Precision precision) const = 0;
  // Throws Error::environment when the memory cannot be had, Error::input for a layer that it does
  // not know. REQUIRES: it computes in the precision.
  [[nodiscard]] virtual std::unique_ptr<Executor> make_executor(
      const Model& model, const ExecutorOptions& options) const = 0;
  // Throws Error::input as expect_optimizer. Results do not depend on the threads.
  [[nodiscard]] virtual std::unique_ptr<Optimizer> make_optimizer(
      const OptimizerOptions& options, std::vector<OptimizerTensor> tensors,
      int threads = 1) const = 0;
  // Throws what make_executor throws.
  [[nodiscard]] virtual MeasuredLayer benchmark_layer(
      const Model& model, std::size_t layer, const LayerBenchmarkOptions& options) const = 0;

  // Throws Error::environment when the memory cannot be had.
  [[nodiscard]] virtual std::unique_ptr<DeviceBuffer> allocate(std::int64_t elements,
                                                               ElementType type) const = 0;
  // Returns when the copy is complete. REQUIRES: as many elements of the same type; each tensor in
  // host memory or in that of this backend.
  virtual void copy(const Tensor& from, const Tensor& to) const = 0;

  // Behind everything that executors and optimizers of this backend have launched. Null where they
  // launch nothing: their functions return when they are done.
  [[nodiscard]] virtual std::unique_ptr<StreamMark> mark() const { return nullptr; }

  // Element by element, on tensors of equal size and, but for convert, of equal type in this
  // backend's memory; each returns when it is complete. What the calling thread launched before is
  // complete for it.
  //
  // sum += x. REQUIRES: float32, float16 or bfloat16; a sum of 16 bits is rounded once.
  virtual void add(const Tensor& x, const Tensor& sum) const = 0;
  // x *= factor. REQUIRES: float32.
  virtual void scale(double factor, const Tensor& x) const = 0;
  // Whether no element is infinite or not a number. REQUIRES: float32.
  [[nodiscard]] virtual bool is_finite(const Tensor& x) const = 0;
  // y = x, in the type of y, rounded to the nearest. REQUIRES: float32, float16 or bfloat16, each.
  virtual void convert(const Tensor& x, const Tensor& y) const = 0;
  // As kernels/tensor_math.h says. REQUIRES: float32.
  virtual void subtract(const Tensor& a, const Tensor& b, const Tensor& difference) const = 0;
  virtual void pull_towards(const Tensor& centre, double force, const Tensor& x) const = 0;
  virtual void gem_update(const GemFactors& factors, const Tensor& central,
                          const GemTensors& worker) const = 0;
};

// This machine's cores, with oneDNN.
const Backend& cpu_backend();

// Those that work in this build and on this machine: the CPU's and that of the first GPU.
std::vector<const Backend*> backends();

}  // namespace rehearse
