// Arrays in the memory of a GPU, for tests of launchers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/cuda/cuda_memory.h"
#include "kernels/cuda/cuda_stream.h"
#include "kernels/tensor.h"

namespace rehearse::test {

template <class Item>
class GpuArray {
 public:
  GpuArray(const cuda::Stream& stream, std::size_t count)
      : stream_(stream), count_(count), memory_(stream.device(), count * sizeof(Item)) {}
  GpuArray(const cuda::Stream& stream, const std::vector<Item>& values)
      : GpuArray(stream, values.size()) {
    cuda::copy_bytes(values.data(), data(), memory_.bytes(), stream.handle());
    stream.synchronize();
  }

  [[nodiscard]] Item* data() const { return static_cast<Item*>(memory_.data()); }
  [[nodiscard]] Tensor tensor(ElementType type = ElementType::float32) const {
    return {data(), static_cast<std::int64_t>(count_), type, MemorySpace::device};
  }
  [[nodiscard]] std::vector<Item> values() const {
    std::vector<Item> result(count_);
    cuda::copy_bytes(data(), result.data(), memory_.bytes(), stream_.handle());
    stream_.synchronize();
    return result;
  }

 private:
  const cuda::Stream& stream_;
  std::size_t count_;
  cuda::DeviceMemory memory_;
};

}  // namespace rehearse::test
