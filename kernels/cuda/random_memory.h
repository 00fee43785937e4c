// Memory of a GPU full of random numbers, for benchmarks: zeros take less power than numbers of a
// training, and the GPU would clock higher. Includes nothing of CUDA.
#pragma once

#include <cstdint>

#include "kernels/cuda/cuda_memory.h"
#include "kernels/tensor.h"

namespace rehearse::cuda {

// Numbers in [-1, 1) that repeat after 1,048,576. Returns when they are there.
class RandomMemory {
 public:
  RandomMemory(const Stream& stream, std::int64_t elements, ElementType type);

  [[nodiscard]] void* data() const { return memory_.data(); }
  [[nodiscard]] Tensor tensor() const {
    return {memory_.data(), elements_, type_, MemorySpace::device};
  }

 private:
  DeviceMemory memory_;
  std::int64_t elements_;
  ElementType type_;
};

}  // namespace rehearse::cuda
